import BundleFormat
import Collection
import CollectorSteps
import StructuredText
import Testing

/// Collectors that are run once for a pod: in which of its containers.
struct PodScopeTests {
    private static func yaml(_ select: String = "") -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: routes, title: Routes}
        scope: pod
        \(select)
        volatility: 3
        steps:
          - exec: {argv: [cat, /proc/net/route]}
            output: route.txt
            limits: {timeout: 10s, bytes: 1MiB}
        """
    }

    /// Containers a (that prepares), b, c, d and e (added later); only those that are named run.
    private static func pod(running: Set<String>, default name: String? = nil) throws -> PodSummary {
        let annotations = name.map { #"{"kubectl.kubernetes.io/default-container":"\#($0)"}"# } ?? "{}"
        func status(_ name: String) -> String {
            let state = running.contains(name) ? #""running":{}"# : #""waiting":{}"#
            return #"{"name":"\#(name)","restartCount":0,"state":{\#(state)}}"#
        }
        return try PodFixtures.pod(
            """
            {"metadata":{"name":"p","namespace":"n","annotations":\(annotations)},
             "spec":{"initContainers":[{"name":"a","image":"app"}],
               "containers":[{"name":"b","image":"proxy"},{"name":"c","image":"app"},{"name":"d","image":"app"}],
               "ephemeralContainers":[{"name":"e","image":"app"}]},
             "status":{"initContainerStatuses":[\(status("a"))],"ephemeralContainerStatuses":[\(status("e"))],
               "containerStatuses":[\(["b", "c", "d"].map(status).joined(separator: ","))]}}
            """)
    }

    @Test(
        arguments: [
            ("", Set(["a", "b", "c", "d", "e"]), nil, "b"),
            ("", ["b", "c", "d"], "c", "c"),
            // One that does not run has nothing to say while another does.
            ("", ["d"], "c", "d"), ("", [], "c", "c"), ("", [], nil, "b"),
            ("", ["b", "c"], "elsewhere", "b"), ("", ["a", "b"], "a", "b"),
            // While the pod is prepared, where that is done; never where somebody looks into it.
            ("", ["a"], nil, "a"), ("", ["a"], "c", "a"), ("", ["e"], nil, "b"), ("", ["a", "e"], nil, "a"),
            ("select: {image: [proxy]}", ["a"], nil, "b"), ("select: {image: [app]}", ["a"], "d", "a"),
            ("select: {image: [app]}", ["b", "c", "d"], nil, "c"),
            ("select: {image: [app]}", ["b", "c", "d"], "b", "c"),
            ("select: {image: [app]}", ["b", "c", "d"], "d", "d"), ("select: {image: [app]}", ["b"], nil, "c"),
            ("select: {image: [other]}", ["b"], nil, nil),
        ] as [(String, Set<String>, String?, String?)])
    func itIsOneContainer(_ select: String, _ running: Set<String>, _ named: String?, _ expected: String?) throws {
        let definition = try CollectorDefinitionDecoder(file: "routes.yaml", kinds: StepRegistry.kinds)
            .decode(Self.yaml(select))
        #expect(try Self.pod(running: running, default: named).place(of: definition)?.name == expected)
    }

    /// Kubernetes 1.28 and later: an init container that goes on running.
    @Test(arguments: [
        ("", "b"), ("select: {image: [app]}", "b"), ("select: {image: [proxy]}", "s"),
        ("select: {image: [setup]}", nil),
    ])
    func aSidecarIsOneOfThemAndTheLast(_ select: String, _ expected: String?) throws {
        let definition = try CollectorDefinitionDecoder(file: "routes.yaml", kinds: StepRegistry.kinds)
            .decode(Self.yaml(select))
        let running = #""restartCount":0,"state":{"running":{}}"#
        let pod = try PodFixtures.pod(
            """
            {"metadata":{"name":"p","namespace":"n"},
             "spec":{"initContainers":[{"name":"a","image":"setup"},{"name":"s","image":"proxy","restartPolicy":"Always"}],
               "containers":[{"name":"b","image":"app","restartPolicy":"Always"}]},
             "status":{"initContainerStatuses":[{"name":"a",\(running)},{"name":"s",\(running)}],
               "containerStatuses":[{"name":"b",\(running)}]}}
            """)
        #expect(pod.place(of: definition)?.name == expected)
        #expect(pod.containers.filter(\.isSidecar).map(\.name) == ["s"])
    }

    /// What is asked of the pod is not put down to a sidecar, unless it says that the port is its own.
    @Test(arguments: [(80, "b"), (15_090, "s")])
    func aSidecarAnswersForWhatItDeclares(_ port: Int, _ expected: String) throws {
        let definition = try CollectorDefinitionDecoder(file: "routes.yaml", kinds: StepRegistry.kinds)
            .decode(Self.yaml(""))
        let pod = try PodFixtures.pod(
            """
            {"metadata":{"name":"p","namespace":"n"},
             "spec":{"initContainers":[{"name":"s","image":"proxy","restartPolicy":"Always","ports":[{"containerPort":15090}]}],
               "containers":[{"name":"b","image":"app"}]},
             "status":{"initContainerStatuses":[{"name":"s","restartCount":0,"state":{"running":{}}}],
               "containerStatuses":[{"name":"b","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
            """)
        #expect(pod.speaker(for: port, of: definition)?.name == expected)
    }

    @Test(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
    func aPodOfTwoContainersIsAskedOnce() async throws {
        for (scope, count) in [("pod", 1), ("container", 2)] {
            let text = Self.yaml().replacing("scope: pod", with: "scope: \(scope)")
            let capture = try await LiveCapture.of("deployment/shell", catalog: LiveCapture.custom(text))
            let lines = capture.lines.filter { $0.collector == "routes" }
            #expect(lines.count == count && lines.allSatisfy { $0.state == .ok }, "\(scope): \(lines)")
            #expect(capture.execs.count == count)
        }
    }
}
