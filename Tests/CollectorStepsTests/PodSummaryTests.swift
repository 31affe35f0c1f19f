import CollectorSteps
import StructuredText
import Testing

struct PodSummaryTests {
    @Test
    func aRunningPodWithAllItRefersTo() throws {
        let pod = try PodFixtures.pod(PodFixtures.shell)
        #expect(pod.name == "shell-c789ffc79-sscbx")
        #expect(pod.namespace == "demo")
        #expect(pod.phase == "Running")
        #expect(pod.node == "node1")
        #expect(pod.serviceAccount == "app")
        #expect(pod.metadata.owners.map(\.name) == ["shell-c789ffc79"])
        #expect(pod.configMaps == ["app-config", "app-env", "app-mode", "projected-config"])
        #expect(pod.secrets == ["app-secret", "app-password", "app-secret-env", "projected-secret", "registry"])
        #expect(pod.claims == ["shell-data"])
        #expect(pod.containers.map(\.name) == ["shell", "echo"])
        let shell = pod.containers[0]
        #expect(shell.isRunning && shell.hasStarted && !shell.hasPrevious)
        #expect(shell.startedAt == "2026-11-21T09:57:59Z", "statuses stand in another order than the containers")
        #expect(shell.scratchMounts == ["/work"])
        #expect(pod.containers[1].scratchMounts.isEmpty)
    }

    @Test
    func aFailingInitContainer() throws {
        let pod = try PodFixtures.pod(PodFixtures.initFailure)
        #expect(pod.containers.map(\.name) == ["init", "main"])
        #expect(pod.containers.map(\.role) == [.initContainer, .container])
        let (first, main) = (pod.containers[0], pod.containers[1])
        #expect(!first.isRunning && first.hasStarted && first.hasPrevious)
        #expect(first.condition == "CrashLoopBackOff")
        #expect(!main.isRunning && !main.hasStarted && !main.hasPrevious)
        #expect(main.condition == "PodInitializing")
    }

    @Test
    func aContainerThatWasKilledHasALogButNoPreviousOne() throws {
        let container = try PodFixtures.pod(PodFixtures.killedOnce).containers[0]
        #expect(!container.isRunning && container.hasStarted && !container.hasPrevious)
        #expect(container.condition == "OOMKilled")
    }

    @Test
    func aPodThatIsNowhereYet() throws {
        let pod = try PodFixtures.pod(PodFixtures.pending)
        #expect(pod.node == nil)
        #expect(pod.serviceAccount == "default")
        #expect(pod.containers.map(\.condition) == ["no status yet"])
        #expect(!pod.containers[0].hasStarted)
    }

    @Test
    func ephemeralContainersAreContainers() {
        let pod = PodSummary([
            "spec": ["containers": [["name": "a"]], "ephemeralContainers": [["name": "debug"]]],
            "status": [
                "ephemeralContainerStatuses": [
                    ["name": "debug", "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]]]
                ]
            ],
        ])
        #expect(pod.containers.map(\.role) == [.container, .ephemeral])
        #expect(pod.containers[1].isRunning)
    }

    /// Kubernetes 1.35 and later: a certificate for the pod, and its key beside it.
    @Test
    func mountsOfCertificatesOfThePodHaveSecrets() {
        let pod = PodSummary([
            "spec": [
                "containers": [
                    [
                        "name": "a",
                        "volumeMounts": [["name": "own", "mountPath": "/own"], ["name": "ca", "mountPath": "/ca"]],
                    ]
                ],
                "volumes": [
                    [
                        "name": "own",
                        "projected": ["sources": [["podCertificate": ["credentialBundlePath": "own.pem"]]]],
                    ],
                    ["name": "ca", "projected": ["sources": [["clusterTrustBundle": ["path": "ca.pem"]]]]],
                ],
            ]
        ])
        #expect(pod.containers[0].secretMounts == ["/own"])
        #expect(pod.containers[0].plainMounts == ["/ca"])
    }

    @Test(arguments: [
        "null", "[]", "{}", "3", #"{"spec": [], "status": "x", "metadata": 3}"#,
        #"{"spec": {"containers": {"name": "a"}, "volumes": 3}}"#,
        #"{"spec": {"containers": [null, 3, {"name": 3}, {"name": ""}]}, "metadata": {"labels": [], "ownerReferences": {}}}"#,
    ])
    func whatIsNoPodIsNoTrap(_ text: String) throws {
        let pod = PodSummary(try JSONValue(parsing: Array(text.utf8)))
        #expect(pod.containers.isEmpty)
        #expect(pod.name.isEmpty)
    }

    @Test
    func whatCannotBeANameIsNotPlannedFor() {
        let pod = PodSummary([
            "spec": ["containers": [["name": .string(String(repeating: "n", count: 254))], ["name": "../a"]]]
        ])
        #expect(pod.containers.map(\.name) == ["../a"], "odd characters are escaped in paths; too long is no name")
    }

    @Test
    func manyStatusesAreReadInLinearTime() {
        let names = (0..<20_000).map { JSONValue.object(["name": .string("c\($0)")]) }
        let pod = PodSummary([
            "spec": ["containers": .array(names)], "status": ["containerStatuses": .array(names.reversed())],
        ])
        #expect(pod.containers.count == 20_000)
    }
}
