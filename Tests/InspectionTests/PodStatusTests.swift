import Inspection
import Testing

/// What `kubectl get pods` shows for a pod.
struct PodVector: Sendable, CustomTestStringConvertible {
    var name: String
    var status: String
    var ready: String
    var restarts: Int
    /// Flow style, for short.
    var metadata = "{}"
    var spec: String
    var state: String

    var testDescription: String { name }

    var yaml: String {
        "metadata: \(metadata)\nspec: \(spec)\nstatus: \(state)\n"
    }

    private static let one = "{containers: [{name: a}]}"
    private static let two = "{containers: [{name: a}, {name: b}]}"
    private static let withInit = "{initContainers: [{name: i}, {name: j}], containers: [{name: a}]}"
    private static let sidecar = "{initContainers: [{name: s, restartPolicy: Always}], containers: [{name: a}]}"
    private static let running = "{name: a, ready: true, restartCount: 0, state: {running: {}}}"
    private static let ready = "conditions: [{type: Ready, status: 'True'}]"

    static let all: [PodVector] = [
        PodVector(
            name: "running", status: "Running", ready: "1/1", restarts: 0, spec: one,
            state: "{phase: Running, \(ready), containerStatuses: [\(running)]}"),
        PodVector(
            name: "one of two is ready", status: "Running", ready: "1/2", restarts: 3, spec: two,
            state:
                "{phase: Running, containerStatuses: [\(running), {name: b, ready: false, restartCount: 3, state: {running: {}}}]}"),
        PodVector(
            name: "crash loop", status: "CrashLoopBackOff", ready: "0/1", restarts: 8, spec: one,
            state:
                "{phase: Running, containerStatuses: [{name: a, ready: false, restartCount: 8, state: {waiting: {reason: CrashLoopBackOff}}}]}"),
        PodVector(
            name: "out of memory", status: "OOMKilled", ready: "0/1", restarts: 0, spec: one,
            state:
                "{phase: Failed, containerStatuses: [{name: a, ready: false, restartCount: 0, state: {terminated: {reason: OOMKilled, exitCode: 137}}}]}"),
        PodVector(
            name: "image pull", status: "ImagePullBackOff", ready: "0/1", restarts: 0, spec: one,
            state:
                "{phase: Pending, containerStatuses: [{name: a, ready: false, restartCount: 0, state: {waiting: {reason: ImagePullBackOff}}}]}"
        ),
        PodVector(
            name: "not scheduled", status: "Pending", ready: "0/1", restarts: 0, spec: one,
            state: "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}"),
        PodVector(
            name: "scheduling gate", status: "SchedulingGated", ready: "0/1", restarts: 0, spec: one,
            state: "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]}"),
        PodVector(
            name: "completed", status: "Completed", ready: "0/1", restarts: 0, spec: one,
            state:
                "{phase: Succeeded, containerStatuses: [{name: a, ready: false, restartCount: 0, state: {terminated: {reason: Completed, exitCode: 0}}}]}"
        ),
        PodVector(
            name: "one completed, one runs, ready", status: "Running", ready: "1/2", restarts: 0, spec: two,
            state:
                "{phase: Running, \(ready), containerStatuses: [{name: b, ready: false, restartCount: 0, state: {terminated: {reason: Completed, exitCode: 0}}}, \(running)]}"
        ),
        PodVector(
            name: "one completed, one runs, not ready", status: "NotReady", ready: "1/2", restarts: 0, spec: two,
            state:
                "{phase: Running, containerStatuses: [{name: b, ready: false, restartCount: 0, state: {terminated: {reason: Completed, exitCode: 0}}}, \(running)]}"
        ),
        PodVector(
            name: "ended without a reason", status: "ExitCode:3", ready: "0/1", restarts: 0, spec: one,
            state: "{phase: Failed, containerStatuses: [{name: a, ready: false, state: {terminated: {exitCode: 3}}}]}"),
        PodVector(
            name: "ended by a signal", status: "Signal:9", ready: "0/1", restarts: 0, spec: one,
            state:
                "{phase: Failed, containerStatuses: [{name: a, ready: false, state: {terminated: {signal: 9, exitCode: 137}}}]}"),
        PodVector(
            name: "evicted", status: "Evicted", ready: "0/1", restarts: 0, spec: one,
            state: "{phase: Failed, reason: Evicted, message: The node was low on memory}"),
        PodVector(
            name: "terminating", status: "Terminating", ready: "1/1", restarts: 0,
            metadata: "{deletionTimestamp: '2026-11-21T03:14:15Z'}", spec: one,
            state: "{phase: Running, \(ready), containerStatuses: [\(running)]}"),
        PodVector(
            name: "deleted, but it had ended", status: "Completed", ready: "0/1", restarts: 0,
            metadata: "{deletionTimestamp: '2026-11-21T03:14:15Z'}", spec: one,
            state:
                "{phase: Succeeded, containerStatuses: [{name: a, ready: false, state: {terminated: {reason: Completed, exitCode: 0}}}]}"
        ),
        PodVector(
            name: "node lost", status: "Unknown", ready: "1/1", restarts: 0,
            metadata: "{deletionTimestamp: '2026-11-21T03:14:15Z'}", spec: one,
            state: "{phase: Running, reason: NodeLost, \(ready), containerStatuses: [\(running)]}"),
        PodVector(
            name: "second init container runs", status: "Init:1/2", ready: "0/1", restarts: 2, spec: withInit,
            state:
                "{phase: Pending, initContainerStatuses: [{name: i, restartCount: 2, state: {terminated: {reason: Completed, exitCode: 0}}}, {name: j, state: {running: {}}}], containerStatuses: [{name: a, ready: false, restartCount: 7, state: {waiting: {reason: PodInitializing}}}]}"
        ),
        PodVector(
            name: "init container fails", status: "Init:Error", ready: "0/1", restarts: 1, spec: withInit,
            state:
                "{phase: Pending, initContainerStatuses: [{name: i, restartCount: 1, state: {terminated: {reason: Error, exitCode: 1}}}, {name: j, state: {waiting: {reason: PodInitializing}}}]}"
        ),
        PodVector(
            name: "init container fails by a signal", status: "Init:Signal:15", ready: "0/1", restarts: 0, spec: withInit,
            state: "{phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {signal: 15, exitCode: 143}}}]}"),
        PodVector(
            name: "init container fails without a reason", status: "Init:ExitCode:2", ready: "0/1", restarts: 0, spec: withInit,
            state: "{phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 2}}}]}"),
        PodVector(
            name: "init container in a crash loop", status: "Init:CrashLoopBackOff", ready: "0/1", restarts: 5, spec: withInit,
            state:
                "{phase: Pending, initContainerStatuses: [{name: i, restartCount: 5, state: {waiting: {reason: CrashLoopBackOff}}}]}"
        ),
        PodVector(
            name: "containers start after the init containers", status: "PodInitializing", ready: "0/1", restarts: 0,
            spec: withInit,
            state:
                "{phase: Pending, initContainerStatuses: [{name: i, restartCount: 1, state: {terminated: {exitCode: 0}}}, {name: j, state: {terminated: {exitCode: 0}}}], containerStatuses: [{name: a, ready: false, restartCount: 0, state: {waiting: {reason: PodInitializing}}}]}"
        ),
        PodVector(
            name: "sidecar runs", status: "Running", ready: "2/2", restarts: 3, spec: sidecar,
            state:
                "{phase: Running, \(ready), initContainerStatuses: [{name: s, started: true, ready: true, restartCount: 2, state: {running: {}}}], containerStatuses: [{name: a, ready: true, restartCount: 1, state: {running: {}}}]}"
        ),
        PodVector(
            name: "sidecar has not started", status: "Init:0/1", ready: "0/2", restarts: 0, spec: sidecar,
            state:
                "{phase: Pending, initContainerStatuses: [{name: s, started: false, ready: false, restartCount: 0, state: {running: {}}}]}"
        ),
        PodVector(
            name: "sidecar fails in an initialized pod", status: "Init:0/1", ready: "1/2", restarts: 4, spec: sidecar,
            state:
                "{phase: Running, conditions: [{type: Initialized, status: 'True'}], initContainerStatuses: [{name: s, started: false, ready: false, restartCount: 4, state: {}}], containerStatuses: [{name: a, ready: true, restartCount: 0, state: {running: {}}}]}"
        ),
        PodVector(name: "nothing is known", status: "Unknown", ready: "0/0", restarts: 0, spec: "{}", state: "{}"),
    ]
}

struct PodStatusTests {
    @Test(arguments: PodVector.all)
    func columns(_ vector: PodVector) throws {
        let pod = PodStatus(try object(vector.yaml))
        #expect(pod.status == vector.status)
        #expect("\(pod.ready)/\(pod.containers)" == vector.ready)
        #expect(pod.restarts == vector.restarts)
    }

    @Test
    func whyAndWhere() throws {
        let pod = PodStatus(
            try object(
                """
                metadata:
                  name: api-0
                  namespace: prod
                spec:
                  nodeName: node1
                  containers:
                  - name: main
                status:
                  phase: Running
                  containerStatuses:
                  - name: main
                    ready: true
                    restartCount: 2
                    state:
                      running: {}
                    lastState:
                      terminated:
                        reason: OOMKilled
                        exitCode: 137
                        finishedAt: "2026-11-21T03:14:15Z"
                """))
        #expect(pod.namespace == "prod" && pod.name == "api-0" && pod.node == "node1")
        #expect(pod.concern == .restarted)
        #expect(pod.lastFailure?.reason == "OOMKilled" && pod.lastFailure?.container == "main")
    }

    @Test
    func theReasonOfAPendingPod() throws {
        let pod = PodStatus(
            try object(
                "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: no node fits}]}"))
        #expect(pod.message == "no node fits")
        #expect(pod.concern == .failing)
    }

    @Test
    func membersOfWrongKindsAreAsIfTheyWereNotThere() throws {
        let pod = PodStatus(
            try object("metadata: [1]\nspec: text\nstatus: {phase: {a: 1}, containerStatuses: {b: c}, conditions: 7}"))
        #expect(pod.status == "Unknown")
        #expect(pod.containers == 0)
    }
}
