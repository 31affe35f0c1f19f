public import Cryptography
public import StructuredText

/// Makes the lines of the custody log, each bound to the one before by its hash (section 4.4).
public struct CustodyChain: Sendable {
    private var last: SHA256Digest = .zero
    /// Number of lines so far.
    public private(set) var count: UInt64 = 0

    public init() {}

    /// Goes on behind the lines that were checked.
    public init(following checker: CustodyChainChecker) {
        last = checker.last
        count = checker.count
    }

    /// The next line, with its LF.
    ///
    /// - Parameter nonce: 16 random bytes.
    public mutating func append(
        _ action: CustodyLine.Action, target: Target = Target(), detail: JSONObject = [:], attempt: Int = 0,
        time: Int64,
        monotonic: Int64, nonce: [UInt8]
    ) -> [UInt8] {
        count += 1
        let line = CustodyLine(
            number: count, previous: last, time: time, monotonic: monotonic, action: action, target: target,
            detail: detail, attempt: attempt, nonce: HexText.encode(nonce)
        ).encoded()
        last = SHA256.digest(of: line.dropLast())
        return line
    }
}

/// Checks a custody log line by line.
public struct CustodyChainChecker: Sendable {
    /// The hash of the last line; zeros before the first.
    public private(set) var last: SHA256Digest = .zero
    /// Number of lines so far.
    public private(set) var count: UInt64 = 0
    /// What the last line says was done.
    public private(set) var lastAction: CustodyLine.Action?

    public init() {}

    /// Reads the next line (without its LF) and throws ``FormatError/Code/brokenChain`` when it does not follow the one
    /// before.
    ///
    /// A broken link does not hide later ones: checking goes on from the line as it stands.
    public mutating func append(_ line: ArraySlice<UInt8>) throws(FormatError) -> CustodyLine {
        let expected = last
        let wasClosed = lastAction == .closed
        last = SHA256.digest(of: line)
        count += 1
        lastAction = nil
        let decoded = try CustodyLine(decoding: line)
        lastAction = decoded.action
        guard decoded.number == count, decoded.previous == expected else {
            throw broken("line \(count)", "it does not follow the line before it")
        }
        if count == 1, decoded.action != .opened { throw broken("line 1", "the first action is not `opened`") }
        if count > 1, decoded.action == .opened { throw broken("line \(count)", "the log is opened a second time") }
        if wasClosed, decoded.action != .recovered { throw broken("line \(count)", "the log was closed before it") }
        return decoded
    }

    /// Call behind the last line.
    public func finish() throws(FormatError) {
        guard lastAction == .closed else { throw broken("line \(count)", "the last action is not `closed`") }
    }

    private func broken(_ subject: String, _ reason: String) -> FormatError {
        FormatError(code: .brokenChain, doing: "following the custody chain", subject: subject, reason: reason)
    }
}
