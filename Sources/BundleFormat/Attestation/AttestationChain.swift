public import Cryptography

/// Makes records, each bound to the one before by its hash, and all to one seal (section 10).
public struct AttestationChain: Sendable {
    public let seal: SealID
    /// The number of the last record.
    public private(set) var count: UInt64
    private var last: SHA256Digest

    /// Goes on behind the records that were checked.
    public init(following checker: AttestationChainChecker) {
        seal = checker.seal
        count = checker.count
        last = checker.last
    }

    /// The line of the next record, with its LF.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970-01-01 UTC.
    ///   - nonce: 16 random bytes.
    /// - Throws: `tooLarge` beyond the limits of section 13.
    public mutating func append(
        _ body: AttestationRecord.Body, by: String, time: Int64, nonce: [UInt8]
    ) throws(FormatError) -> [UInt8] {
        guard count < FormatLimits.attestationRecords else {
            throw FormatError(
                code: .tooLarge, doing: AttestationRecord.writing, subject: "record \(count + 1)",
                reason: "a bundle has at most \(FormatLimits.attestationRecords)")
        }
        let line = try AttestationRecord(
            number: count + 1, seal: seal, previous: last, nonce: HexText.encode(nonce), time: time, by: by, body: body
        ).encoded()
        count += 1
        last = SHA256.digest(of: line.dropLast())
        return line
    }
}

/// Checks records line by line.
public struct AttestationChainChecker: Sendable {
    /// The seal that all must name.
    public let seal: SealID
    /// The hash of the last record that holds; zeros before the first.
    public private(set) var last: SHA256Digest = .zero
    /// The number of the last record that holds; 0 before the first.
    public private(set) var count: UInt64 = 0

    public init(seal: SealID) {
        self.seal = seal
    }

    /// Of a part of a chain that begins with `first`: what stood before it is not known.
    public init(beginning first: AttestationRecord) {
        seal = first.seal
        last = first.previous
        count = first.number - 1
    }

    /// Reads the next line (without its LF).
    ///
    /// One that does not follow the one before it changes nothing here: what was checked stays checked.
    ///
    /// - Throws: `brokenChain` when it is of another seal or does not follow; `tooLarge`; what reading it throws.
    public mutating func append(_ line: ArraySlice<UInt8>) throws(FormatError) -> AttestationRecord {
        guard count < FormatLimits.attestationRecords else {
            throw FormatError(
                code: .tooLarge, doing: Self.following, subject: "record \(count + 1)",
                reason: "a bundle has at most \(FormatLimits.attestationRecords)")
        }
        let record = try AttestationRecord(decoding: line)
        guard record.seal == seal else { throw broken(record, "it is about another seal, \(record.seal)") }
        guard record.number == count + 1 else { throw broken(record, "record \(count + 1) should stand here") }
        guard record.previous == last else { throw broken(record, "it does not follow the record before it") }
        last = SHA256.digest(of: line)
        count += 1
        return record
    }

    private static let following = "following the records"

    private func broken(_ record: AttestationRecord, _ reason: String) -> FormatError {
        FormatError(code: .brokenChain, doing: Self.following, subject: "record \(record.number)", reason: reason)
    }
}
