internal import Bundle
internal import BundleFormat

/// Attempts that did not begin because the bundle takes nothing more, by step.
struct UnbegunAttempts: Sendable {
    struct Group: Sendable {
        var first: PlannedAttempt
        var count: Int

        /// The ledger line of all of them.
        func line(_ number: Int, because end: RoomEnd, time: Int64, monotonic: Int64) -> LedgerLine {
            LedgerLine(
                attempt: number, collector: first.collector, step: first.step,
                target: count == 1 ? first.target : Target(), source: first.source, state: .skipped,
                reason: Reason(
                    code: end.reasonCode,
                    message: "not begun: \(end.words)"
                        + (count == 1 ? "" : "; this line stands for \(count) attempts")),
                volatility: first.volatility, started: time,
                ended: time, monotonic: monotonic...monotonic)
        }
    }

    private(set) var groups: [Group] = []

    mutating func add(_ planned: PlannedAttempt) {
        let index = groups.firstIndex {
            ($0.first.collector, $0.first.step, $0.first.source, $0.first.volatility)
                == (planned.collector, planned.step, planned.source, planned.volatility)
        }
        if let index { groups[index].count += 1 } else { groups.append(Group(first: planned, count: 1)) }
    }
}
