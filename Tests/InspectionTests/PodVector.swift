import Testing

/// A pod, and what `kubectl get pods` shows for it.
struct PodVector: Sendable, CustomTestStringConvertible {
    enum Spec: String, Sendable {
        case none = "{}"
        case one = "{containers: [{name: a}]}"
        case two = "{containers: [{name: a}, {name: b}]}"
        case withInit = "{initContainers: [{name: i}, {name: j}], containers: [{name: a}]}"
        case withSidecar = "{initContainers: [{name: s, restartPolicy: Always}], containers: [{name: a}]}"
    }

    var name: String
    /// The columns.
    var status: String
    var ready: String
    var restarts = 0

    var spec = Spec.one
    var phase: String? = "Running"
    var reason: String?
    var isDeleted = false
    var conditions: [String] = []
    var initContainers: [String] = []
    var containers: [String] = []

    var testDescription: String { name }

    var yaml: String {
        """
        metadata: {\(isDeleted ? "deletionTimestamp: '2026-11-21T03:14:15Z'" : "")}
        spec: \(spec.rawValue)
        status:
          phase: \(phase ?? "null")
          reason: \(reason ?? "null")
          conditions: [\(conditions.joined(separator: ", "))]
          initContainerStatuses: [\(initContainers.joined(separator: ", "))]
          containerStatuses: [\(containers.joined(separator: ", "))]
        """
    }

    private static func status(
        _ name: String, _ state: String, ready: Bool = false, started: Bool = false, restarts: Int = 0
    ) -> String {
        "{name: \(name), ready: \(ready), started: \(started), restartCount: \(restarts), state: {\(state)}}"
    }

    private static func running(_ name: String, ready: Bool = true, restarts: Int = 0) -> String {
        status(name, "running: {}", ready: ready, started: true, restarts: restarts)
    }

    private static func waiting(_ name: String, _ reason: String, restarts: Int = 0) -> String {
        status(name, "waiting: {reason: \(reason)}", restarts: restarts)
    }

    private static func ended(_ name: String, _ how: String, restarts: Int = 0) -> String {
        status(name, "terminated: {\(how)}", restarts: restarts)
    }

    private static let isReady = "{type: Ready, status: 'True'}"
    private static let completed = "reason: Completed, exitCode: 0"

    static let all: [PodVector] = plain + ending + initializing + sidecars

    private static let plain = [
        PodVector(name: "running", status: "Running", ready: "1/1", conditions: [isReady], containers: [running("a")]),
        PodVector(
            name: "one of two is ready", status: "Running", ready: "1/2", restarts: 3, spec: .two,
            containers: [running("a"), running("b", ready: false, restarts: 3)]),
        PodVector(
            name: "crash loop", status: "CrashLoopBackOff", ready: "0/1", restarts: 8,
            containers: [waiting("a", "CrashLoopBackOff", restarts: 8)]),
        PodVector(
            name: "the first container that waits is shown", status: "ErrImagePull", ready: "0/2", spec: .two,
            containers: [waiting("a", "ErrImagePull"), waiting("b", "CrashLoopBackOff")]),
        PodVector(
            name: "image pull", status: "ImagePullBackOff", ready: "0/1", phase: "Pending",
            containers: [waiting("a", "ImagePullBackOff")]),
        PodVector(
            name: "not scheduled", status: "Pending", ready: "0/1", phase: "Pending",
            conditions: ["{type: PodScheduled, status: 'False', reason: Unschedulable}"]),
        PodVector(
            name: "scheduling gate", status: "SchedulingGated", ready: "0/1", phase: "Pending",
            conditions: ["{type: PodScheduled, status: 'False', reason: SchedulingGated}"]),
        PodVector(name: "nothing is known", status: "Unknown", ready: "0/0", spec: .none, phase: nil),
    ]

    private static let ending = [
        PodVector(
            name: "out of memory", status: "OOMKilled", ready: "0/1", phase: "Failed",
            containers: [ended("a", "reason: OOMKilled, exitCode: 137")]),
        PodVector(
            name: "completed", status: "Completed", ready: "0/1", phase: "Succeeded",
            containers: [ended("a", completed)]),
        PodVector(
            name: "one completed, one runs, ready", status: "Running", ready: "1/2", spec: .two, conditions: [isReady],
            containers: [ended("a", completed), running("b")]),
        PodVector(
            name: "one completed, one runs, not ready", status: "NotReady", ready: "1/2", spec: .two,
            containers: [ended("a", completed), running("b")]),
        PodVector(
            name: "ended without a reason", status: "ExitCode:3", ready: "0/1", phase: "Failed",
            containers: [ended("a", "exitCode: 3")]),
        PodVector(
            name: "ended by a signal", status: "Signal:9", ready: "0/1", phase: "Failed",
            containers: [ended("a", "signal: 9, exitCode: 137")]),
        PodVector(name: "evicted", status: "Evicted", ready: "0/1", phase: "Failed", reason: "Evicted"),
        PodVector(
            name: "terminating", status: "Terminating", ready: "1/1", isDeleted: true, conditions: [isReady],
            containers: [running("a")]),
        PodVector(
            name: "deleted after it ended", status: "Completed", ready: "0/1", phase: "Succeeded", isDeleted: true,
            containers: [ended("a", completed)]),
        PodVector(
            name: "node lost", status: "Unknown", ready: "1/1", reason: "NodeLost", isDeleted: true,
            conditions: [isReady],
            containers: [running("a")]),
    ]

    private static let initializing = [
        PodVector(
            name: "second init container runs", status: "Init:1/2", ready: "0/1", restarts: 2, spec: .withInit,
            phase: "Pending", initContainers: [ended("i", completed, restarts: 2), running("j")],
            containers: [waiting("a", "PodInitializing", restarts: 7)]),
        PodVector(
            name: "init container fails", status: "Init:Error", ready: "0/1", restarts: 1, spec: .withInit,
            phase: "Pending",
            initContainers: [ended("i", "reason: Error, exitCode: 1", restarts: 1), waiting("j", "PodInitializing")]),
        PodVector(
            name: "init container ended by a signal", status: "Init:Signal:15", ready: "0/1", spec: .withInit,
            phase: "Pending", initContainers: [ended("i", "signal: 15, exitCode: 143")]),
        PodVector(
            name: "init container fails without a reason", status: "Init:ExitCode:2", ready: "0/1", spec: .withInit,
            phase: "Pending", initContainers: [ended("i", "exitCode: 2")]),
        PodVector(
            name: "init container in a crash loop", status: "Init:CrashLoopBackOff", ready: "0/1", restarts: 5,
            spec: .withInit, phase: "Pending", initContainers: [waiting("i", "CrashLoopBackOff", restarts: 5)]),
        PodVector(
            name: "containers start after the init containers", status: "PodInitializing", ready: "0/1",
            spec: .withInit,
            phase: "Pending", initContainers: [ended("i", completed, restarts: 1), ended("j", completed)],
            containers: [waiting("a", "PodInitializing")]),
    ]

    private static let sidecars = [
        PodVector(
            name: "sidecar runs", status: "Running", ready: "2/2", restarts: 3, spec: .withSidecar,
            conditions: [isReady],
            initContainers: [running("s", restarts: 2)], containers: [running("a", restarts: 1)]),
        PodVector(
            name: "sidecar has not started", status: "Init:0/1", ready: "0/2", spec: .withSidecar, phase: "Pending",
            initContainers: [status("s", "running: {}")]),
        PodVector(
            name: "sidecar stops in an initialized pod", status: "Init:0/1", ready: "1/2", restarts: 4,
            spec: .withSidecar,
            conditions: ["{type: Initialized, status: 'True'}"], initContainers: [status("s", "", restarts: 4)],
            containers: [running("a")]),
    ]
}
