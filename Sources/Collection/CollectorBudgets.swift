internal import BundleFormat
internal import Synchronization

/// What is left of each collector's limits, over everything that it captures in one run. Collectors without limits are not in it.
final class CollectorBudgets: Sendable {
    private struct Budget {
        var limits: CollectorLimits
        /// When its first attempt began.
        var began: ContinuousClock.Instant?
        var bytes: UInt64 = 0
    }

    private let budgets: Mutex<[String: Budget]>

    init(_ definitions: [CollectorDefinition]) {
        let limited = definitions.filter { $0.limits != CollectorLimits() }
        budgets = Mutex(
            Dictionary(limited.map { ($0.name, Budget(limits: $0.limits)) }, uniquingKeysWith: { first, _ in first }))
    }

    /// An attempt of the collector is about to begin: its time runs from the first on.
    ///
    /// - Returns: what is left of the time; nil where there is no such limit. How it ends where nothing is left of time or bytes.
    func begin(_ collector: String) -> (left: Duration?, refusal: Outcome?) {
        budgets.withLock { budgets in
            guard var budget = budgets[collector] else { return (nil, nil) }
            let now = ContinuousClock.now
            budget.began = budget.began ?? now
            budgets[collector] = budget
            if let most = budget.limits.bytes, budget.bytes >= most {
                return (nil, .error(Self.bytesCode, "not begun: \(Self.words(collector, bytes: most))"))
            }
            guard let timeout = budget.limits.timeout, let began = budget.began else { return (nil, nil) }
            let left = timeout - (now - began)
            return left > .zero ? (left, nil) : (left, Self.over("not begun", collector, timeout))
        }
    }

    /// How an attempt ends whose collector's time was over.
    ///
    /// - Parameter meanwhile: what else there is to say of it, with what separates it.
    func cutOff(_ collector: String, _ meanwhile: String) -> Outcome {
        let timeout = budgets.withLock { $0[collector]?.limits.timeout } ?? .zero
        return Self.over("cut off", collector, timeout, meanwhile)
    }

    /// How much of so many bytes the collector may still bring. It has then brought them.
    func take(_ count: UInt64, of collector: String) -> UInt64 {
        budgets.withLock { budgets in
            guard let budget = budgets[collector], let most = budget.limits.bytes else { return count }
            let taken = min(count, most > budget.bytes ? most - budget.bytes : 0)
            budgets[collector]?.bytes += taken
            return taken
        }
    }

    /// How an attempt ends that wanted to bring more than the collector may.
    func full(_ collector: String) -> Outcome {
        let most = budgets.withLock { $0[collector]?.limits.bytes } ?? 0
        return Outcome(
            .partial,
            reason: Reason(code: Self.bytesCode, message: "cut off: \(Self.words(collector, bytes: most))"),
            truncated: Truncation(limit: most))
    }

    private static let timeCode = "CollectorTimeout"
    private static let bytesCode = "CollectorByteLimit"

    private static func over(
        _ what: String, _ collector: String, _ time: Duration, _ meanwhile: String = ""
    ) -> Outcome {
        Outcome(
            .timeout,
            reason: Reason(code: timeCode, message: "\(what): collector \(collector) has had its \(time)\(meanwhile)"))
    }

    private static func words(_ collector: String, bytes: UInt64) -> String {
        "collector \(collector) has had its \(bytes) bytes"
    }
}
