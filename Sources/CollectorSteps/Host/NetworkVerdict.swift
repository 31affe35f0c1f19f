internal import BundleFormat
internal import Collection
internal import Glibc
internal import LinuxHost

/// What the ends of the tables of a network come to.
struct NetworkVerdict {
    private(set) var failures = FailureLog()
    /// What is missing, and why.
    private var problems: [(code: String, words: String)] = []
    /// What is said beside it, and takes nothing away.
    private var notes: [String] = []
    private var captured = 0
    private var denied = 0

    mutating func add(_ table: NetworkTable, _ end: HostTableCapture.End) {
        if end.records > 0 || end.failure == nil { captured += 1 }
        if let failure = end.failure {
            if Self.isAbsent(failure) {
                note("\(table.name): this kernel has none")
            } else if failure.code == .permissionDenied {
                denied += 1
                failures.record(failure)
                let takes = table.capability.map { "takes \($0)" } ?? "was refused"
                problems.append((failure.code.ledgerCode, "\(table.name): \(takes) (\(failure.reason))"))
            } else {
                add(failure, of: table.name)
            }
        }
        if end.isInconsistent {
            fail("\(table.name): it changed each time it was read, and may have gaps or doubles", "Inconsistent")
        }
        if end.isTruncated { fail("\(table.name): there is more of it", "LimitReached") }
        if end.malformed > 0 {
            fail("\(table.name): \(end.malformed) messages of the kernel could not be read", "Malformed")
        }
        if end.isTextCut { note("\(table.name).txt has only the beginning of \(table.name).jsonl") }
    }

    mutating func add(_ failure: HostError, of what: String) {
        failures.record(failure)
        problems.append((failure.code.ledgerCode, "\(what): \(failure.reason)"))
    }

    mutating func fail(_ words: String, _ code: String) {
        problems.append((code, words))
    }

    mutating func note(_ words: String) {
        notes.append(words)
    }

    /// A kernel that is built without it, or has no module for it, refuses the request itself.
    private static func isAbsent(_ failure: HostError) -> Bool {
        [EINVAL, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT].contains(failure.errorNumber)
    }

    var outcome: Outcome {
        guard let first = problems.first else { return .ok }
        let words = (problems.map(\.words) + notes).joined(separator: "; ")
        if captured == 0 { return denied > 0 ? .denied(first.code, words) : .error(first.code, words) }
        return .partial(first.code, words)
    }
}
