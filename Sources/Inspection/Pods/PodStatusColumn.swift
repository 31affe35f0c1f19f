package import Rows

/// READY, STATUS and RESTARTS as kubectl computes them: the rules of `printPod` in
/// kubernetes/pkg/printers/internalversion/printers.go (1.33), which no API field has.
package struct PodStatusColumn {
    package private(set) var status: String
    package private(set) var ready = 0
    package private(set) var containers: Int
    package private(set) var restarts = 0
    /// When a container that counts ended last before it was started again.
    package private(set) var lastRestart: RowTime?

    /// Restarts of sidecars: they go on counting when the pod is initialized.
    private var sidecarRestarts = 0
    private var lastSidecarRestart: RowTime?

    package init(_ pod: ObjectNode) {
        let state = pod["status"]
        let phase = state?["phase"]?.text ?? ""
        let reason = state?["reason"]?.text ?? ""
        let conditions = state?["conditions"]?.elements ?? []
        let initContainers = pod["spec"]?["initContainers"]?.elements ?? []
        let sidecars = Set(
            initContainers.filter { $0["restartPolicy"]?.text == "Always" }.compactMap { $0["name"]?.text })
        status = reason.isEmpty ? phase : reason
        containers = (pod["spec"]?["containers"]?.elements.count ?? 0) + sidecars.count
        for condition in conditions
        where condition["type"]?.text == "PodScheduled" && condition["reason"]?.text == "SchedulingGated" {
            status = "SchedulingGated"
        }
        let isInitializing = readInitContainers(
            state?["initContainerStatuses"]?.elements ?? [], sidecars: sidecars, count: initContainers.count)
        if !isInitializing || Self.holds("Initialized", conditions) {
            readContainers(
                state?["containerStatuses"]?.elements ?? [], isReady: Self.holds("Ready", conditions))
        }
        if pod["metadata"]?["deletionTimestamp"] != nil {
            if reason == "NodeLost" {
                status = "Unknown"
            } else if phase != "Succeeded", phase != "Failed" {
                status = "Terminating"
            }
        }
        if status.isEmpty { status = "Unknown" }
    }

    /// True when one of them has not done its work yet.
    private mutating func readInitContainers(_ statuses: [ObjectNode], sidecars: Set<String>, count: Int) -> Bool {
        for (index, container) in statuses.enumerated() {
            let isSidecar = sidecars.contains(container["name"]?.text ?? "")
            let restarts = Self.restarts(of: container)
            self.restarts += restarts
            Self.note(container, in: &lastRestart)
            if isSidecar {
                sidecarRestarts += restarts
                Self.note(container, in: &lastSidecarRestart)
            }
            let terminated = container["state"]?["terminated"]
            if let terminated, terminated["exitCode"]?.int ?? 0 == 0 { continue }
            if isSidecar, container["started"]?.isTrue == true {
                if container["ready"]?.isTrue == true { ready += 1 }
                continue
            }
            if let terminated {
                status = "Init:" + Self.text(ofTerminated: terminated)
            } else if let waiting = container["state"]?["waiting"]?["reason"]?.text, !waiting.isEmpty,
                waiting != "PodInitializing"
            {
                status = "Init:" + waiting
            } else {
                status = "Init:\(index)/\(count)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(_ statuses: [ObjectNode], isReady: Bool) {
        restarts = sidecarRestarts
        lastRestart = lastSidecarRestart
        var hasRunning = false
        for container in statuses.reversed() {
            restarts += Self.restarts(of: container)
            Self.note(container, in: &lastRestart)
            let state = container["state"]
            if let reason = state?["waiting"]?["reason"]?.text, !reason.isEmpty {
                status = reason
            } else if let terminated = state?["terminated"] {
                status = Self.text(ofTerminated: terminated)
            } else if container["ready"]?.isTrue == true, state?["running"] != nil {
                hasRunning = true
                ready += 1
            }
        }
        if status == "Completed", hasRunning { status = isReady ? "Running" : "NotReady" }
    }

    /// An int32 for the API; whatever else is written there must not overflow a sum.
    private static func restarts(of container: ObjectNode) -> Int {
        min(max(container["restartCount"]?.int ?? 0, 0), Int(Int32.max))
    }

    private static func note(_ container: ObjectNode, in latest: inout RowTime?) {
        guard let text = container["lastState"]?["terminated"]?["finishedAt"]?.text,
            let time = RowTime(rfc3339: text.utf8.span)
        else { return }
        latest = latest.map { max($0, time) } ?? time
    }

    private static func text(ofTerminated terminated: ObjectNode) -> String {
        if let reason = terminated["reason"]?.text, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }

    private static func holds(_ type: String, _ conditions: [ObjectNode]) -> Bool {
        conditions.contains { $0["type"]?.text == type && $0["status"]?.text == "True" }
    }
}
