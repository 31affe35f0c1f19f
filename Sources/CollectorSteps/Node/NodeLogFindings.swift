internal import BundleFormat
internal import Collection
internal import LinuxHost

/// What is to be said of all files of a container.
struct NodeLogFindings {
    private(set) var isAny = false
    private var failures: [HostError]
    private var isTruncated: Bool
    private var otherLines = 0
    private var foreign: [ContainerLogFile] = []
    private var shorter: [ContainerLogFile] = []

    init(_ listing: ContainerLogFolder.Listing) {
        failures = listing.refused
        isTruncated = listing.isTruncated
        isAny = !failures.isEmpty
    }

    mutating func take(_ result: NodeLogCopies.Result) {
        isAny = true
        otherLines += result.otherLines
        if result.isForeign { foreign.append(result.file) }
        if result.isShorter { shorter.append(result.file) }
    }

    mutating func take(_ failure: HostError) {
        isAny = true
        failures.append(failure)
    }

    func outcome(isEmpty: Bool, truncated: Truncation?) -> Outcome {
        var said: [(code: String, words: String)] = []
        if let first = failures.first {
            said.append((first.code.ledgerCode, "files that could not be read: \(failures.count), the first: \(first)"))
        }
        if let first = foreign.first {
            said.append(
                (
                    "NotLogLines",
                    "files that do not begin as a runtime's log does, and were not copied: \(foreign.count), the first \(first.path.escaped)"
                ))
        }
        if otherLines > 0 {
            said.append(
                (
                    "NotLogLines",
                    "lines that are not as a container runtime writes them, and were left out: \(otherLines)"
                ))
        }
        if let first = shorter.first {
            said.append(
                (
                    "Shrank",
                    "files that were shorter than when they were found: \(shorter.count), such as \(first.path.escaped)"
                )
            )
        }
        if isTruncated { said.append(("LimitReached", "the folder has more entries than are looked at")) }
        guard let first = said.first else { return Outcome(isEmpty ? .empty : .ok, truncated: truncated) }
        let reason = Reason(code: first.code, message: said.map(\.words).joined(separator: "; "))
        let state: AttemptState =
            isEmpty ? (failures.first?.code == .permissionDenied ? .denied : .error) : .partial
        return Outcome(state, reason: reason, truncated: isEmpty ? nil : truncated)
    }
}
