internal import Bundle
public import BundleFormat

/// Something to look at next: an entry to show, and why.
public struct NextStep: Hashable, Sendable {
    public let path: EntryPath
    /// A few words; names in them are as captured, and must be escaped before they are shown.
    public let why: String
}

/// Chooses what is most telling: the logs of what fails, then what warns, then what was refused, then what was
/// connected and running.
struct NextSteps {
    static let limit = 5
    private static let maxPods = 3

    let reader: BundleReader
    let overview: Overview

    func steps() async -> [NextStep] {
        let pods = Array(overview.pods.pods.filter { $0.status.concern != .none }.prefix(Self.maxPods))
        let folders = pods.map { pod in pod.path.rawValue.split(separator: "/").dropLast().joined(separator: "/") }
        var found: [Int: [EntryPath]] = [:]
        var volatile: [EntryPath] = []
        // What could not be read of the index was said before.
        try? await reader.entries { line in
            guard line.size > 0 else { return }
            for (number, folder) in folders.enumerated() where line.path.isInside(folder) {
                if found[number, default: []].count < 1_000 { found[number, default: []].append(line.path) }
            }
            if volatile.count < 100, Self.isVolatile(line.path) { volatile.append(line.path) }
        }
        var steps: [NextStep] = []
        for (number, pod) in pods.enumerated() { steps.append(step(pod, found[number] ?? [])) }
        if let step = eventStep { steps.append(step) }
        if let step = gapStep { steps.append(step) }
        for path in volatile.sorted(by: { Self.rank($0) < Self.rank($1) }) {
            steps.append(NextStep(path: path, why: Self.words(path)))
        }
        steps.append(NextStep(path: BundleLayout.custody, why: "what the capture itself did to the target"))
        var seen: Set<EntryPath> = []
        return Array(steps.filter { seen.insert($0.path).inserted }.prefix(Self.limit))
    }

    private func step(_ pod: Overview.PodEntry, _ paths: [EntryPath]) -> NextStep {
        let status = pod.status
        let name = "\(status.namespace)/\(status.name)"
        var why = "\(name) is \(status.status)"
        if status.restarts > 0 { why += ", restarted \(status.restarts) times" }
        let container = status.lastFailure?.container
        func log(_ file: String) -> EntryPath? {
            let logs = paths.filter { $0.rawValue.hasSuffix("/logs/\(file)") }
            return logs.first { path in container.map { path.components.contains($0[...]) } ?? true } ?? logs.first
        }
        if let failure = status.lastFailure {
            let code = "exit code \(failure.exitCode)"
            let end = failure.reason.isEmpty ? code : "\(failure.reason), \(code)"
            if status.restarts > 0, let path = log("previous.log") {
                return NextStep(path: path, why: "\(why): last words of \(failure.container) before it ended (\(end))")
            }
            if let path = log("current.log") {
                return NextStep(path: path, why: "\(why): \(failure.container) ended (\(end))")
            }
        }
        if !status.message.isEmpty { why += ": \(status.message.prefix(160))" }
        return NextStep(path: pod.path, why: why)
    }

    private var eventStep: NextStep? {
        guard let worst = overview.events.groups.first else { return nil }
        let list =
            overview.events.lists.first { $0.components.dropFirst(2).first.map(String.init) == worst.namespace }
            ?? overview.events.lists.first
        return list.map { NextStep(path: $0, why: "\(worst.count) × \(worst.reason) of \(worst.object)") }
    }

    private var gapStep: NextStep? {
        let gaps = overview.ledger.gaps.filter { [.denied, .error, .timeout, .partial].contains($0.state) }
        guard let worst = gaps.first else { return nil }
        let count = gaps.reduce(0) { $0 + $1.count }
        let first = "\(worst.collector): \(worst.state.rawValue) \(worst.code)"
        return NextStep(
            path: BundleLayout.ledger, why: "\(count) attempts did not get what they were for, first \(first)")
    }

    private static func isVolatile(_ path: EntryPath) -> Bool { path.isInside("data") && rank(path) < 9 }

    private static func rank(_ path: EntryPath) -> Int {
        let parts = path.components
        if parts.contains("sockets") || parts.last?.hasPrefix("sockets") == true { return 0 }
        if parts.contains("processes") || parts.last?.hasPrefix("processes") == true { return 1 }
        if parts.contains("changes") || parts.last?.hasPrefix("changes") == true { return 2 }
        return 9
    }

    private static func words(_ path: EntryPath) -> String {
        let parts = path.components
        let isInPod = parts.count > 6 && parts[1] == "namespaces" && parts[3] == "pods"
        let place = isInPod ? " in \(parts[2])/\(parts[4]), container \(parts[5])" : ""
        switch rank(path) {
        case 0: return "what was connected and listening\(place)"
        case 1: return "what was running\(place)"
        default: return "which files had changed\(place)"
        }
    }
}
