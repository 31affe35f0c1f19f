internal import BundleFormat

/// Attempts of which something is known, and no end: each gets a ledger line when the bundle is recovered (section 7.3).
struct UnendedAttempts {
    private struct Traces {
        var entries: [EntryPath] = []
        var bytes: UInt64 = 0
        var lost = 0
        /// As a custody line has it.
        var target: Target?
    }

    private var ended: Set<Int> = []
    private var traces: [Int: Traces] = [:]

    func hasEnded(_ attempt: Int) -> Bool { ended.contains(attempt) }

    /// An entry that is in the bundle.
    mutating func add(_ line: IndexLine) {
        guard isUnended(line.attempt) else { return }
        traces[line.attempt, default: Traces()].entries.append(line.path)
        traces[line.attempt]?.bytes += line.size
    }

    mutating func add(_ line: CustodyLine) {
        guard isUnended(line.attempt) else { return }
        traces[line.attempt, default: Traces()].target = line.target
    }

    /// An entry that could not be kept.
    mutating func addLoss(_ attempt: Int) {
        guard isUnended(attempt) else { return }
        traces[attempt, default: Traces()].lost += 1
    }

    /// False when it had ended already.
    mutating func end(_ attempt: Int) -> Bool {
        traces[attempt] = nil
        return ended.insert(attempt).inserted
    }

    /// The lines of the attempts that had not ended, by number. What nobody knows of one is empty, and its source is the
    /// one that is trusted least.
    ///
    /// - Parameter checkpoint: the last one that holds, and which therefore is the last that is known of them.
    func lines(at checkpoint: Checkpoint, of opening: OpeningRecord) -> [LedgerLine] {
        let announced = Dictionary(checkpoint.attempts.map { ($0.attempt, $0) }) { first, _ in first }
        let numbers = Set(announced.keys).union(traces.keys).subtracting(ended)
        return numbers.sorted().map { number in
            let known = announced[number], traces = self.traces[number] ?? Traces()
            let started = known?.started ?? opening.started.wall, clock = known?.monotonic ?? 0
            let lost =
                switch traces.lost {
                case 0: ""
                case 1: "; one of its entries is lost, see \(BundleLayout.recovery)"
                default: "; \(traces.lost) of its entries are lost, see \(BundleLayout.recovery)"
                }
            return LedgerLine(
                attempt: number, collector: known?.collector ?? "", step: known?.step ?? "",
                target: known?.target ?? traces.target ?? Target(), source: known?.source ?? .inContainer,
                state: traces.entries.isEmpty ? .error : .partial,
                reason: Reason(
                    code: .recovered,
                    message: "the run was killed; at checkpoint \(checkpoint.number) this attempt had not ended\(lost)"),
                entries: traces.entries, bytes: traces.bytes, volatility: known?.volatility ?? 0, started: started,
                ended: max(started, checkpoint.time), monotonic: clock...max(clock, checkpoint.monotonic))
        }
    }

    /// Number 0 is the run itself, which has no line.
    private func isUnended(_ attempt: Int) -> Bool {
        attempt > 0 && !ended.contains(attempt)
    }
}
