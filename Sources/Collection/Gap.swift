public import BundleFormat

/// Attempts that did not bring everything, for the same reason.
public struct Gap: Sendable, Hashable {
    public var collector: String
    public var state: AttemptState
    public var code: String
    public var count: Int
    /// The message of the first, and its step.
    public var example: String
    public var step: String

    package init(
        collector: String, state: AttemptState, code: String, count: Int, example: String, step: String = ""
    ) {
        self.collector = collector
        self.state = state
        self.code = code
        self.count = count
        self.example = example
        self.step = step
    }

    private static let answers = ["NotRunning", "NotStarted", "NotServed", "NotListening", "NotTLS", "NoSuchPath"]

    /// True when something is not, or not wholly, in the bundle although it is there, or may be. A container that does not run
    /// has no sockets, one that never ran has no log, an old API server does not have what came later, at a port that is
    /// declared there may be nothing, or no TLS, and of many containers few have a file: those are answers.
    public var isLoss: Bool {
        switch state {
        case .denied, .timeout, .error, .partial: true
        case .missing: !Self.answers.contains(code)
        case .ok, .empty, .skipped: false
        }
    }
}

/// Groups what was not had while it happens, so that memory does not grow with the number of attempts.
struct GapGroups: Sendable {
    private struct Key: Hashable {
        var collector: String
        var state: AttemptState
        var code: String
    }

    /// Codes come from a fixed set, but the API server's reasons are among them.
    private static let maxGroups = 1_000

    private var groups: [Key: Gap] = [:]

    mutating func add(_ line: LedgerLine) {
        guard ![.ok, .empty, .skipped].contains(line.state) else { return }
        var code = line.reason?.code.rawValue ?? ""
        if groups.count >= Self.maxGroups { code = "Other" }
        let key = Key(collector: line.collector, state: line.state, code: code)
        groups[
            key,
            default: Gap(
                collector: line.collector, state: line.state, code: code, count: 0, example: line.reason?.message ?? "",
                step: line.step)
        ].count += 1
    }

    /// Losses first, then the most frequent.
    var sorted: [Gap] {
        groups.values.sorted { left, right in
            if left.isLoss != right.isLoss { return left.isLoss }
            return (left.count, right.collector) > (right.count, left.collector)
        }
    }
}
