public import Cryptography
internal import StructuredText

/// One thing that happened to a bundle after its seal: a line of `<bundle>.attest`, or a file of `records/` (section 10).
public struct AttestationRecord: Hashable, Sendable {
    /// From 1, without gaps.
    public var number: UInt64
    /// The seal that it is about.
    public var seal: SealID
    /// The hash of the line before; zeros in the first.
    public var previous: SHA256Digest
    /// 32 hex digits: keeps the next line's `previous` from helping to guess this line.
    public var nonce: String
    /// Wall time in nanoseconds since 1970-01-01 UTC: a claim of who made the record.
    public var time: Int64
    /// Who made it: a claim. Only a signature proves a name.
    public var by: String
    public var body: Body

    public init(
        number: UInt64, seal: SealID, previous: SHA256Digest, nonce: String, time: Int64, by: String, body: Body
    ) {
        self.number = number
        self.seal = seal
        self.previous = previous
        self.nonce = nonce
        self.time = time
        self.by = by
        self.body = body
    }

    static let writing = "writing a record"

    /// The line with its LF. Throws `tooLarge` when it is longer than section 13 allows.
    public func encoded() throws(FormatError) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.object {
            $0.member("record", number)
            $0.member("seal", seal.digest.hex)
            $0.member("previous", previous.hex)
            $0.member("nonce", nonce)
            $0.member("time", Timestamp.text(time))
            $0.member("kind", body.kind)
            $0.member("by", by)
            $0.member("body", .object(body.json))
        }
        writer.endLine()
        guard writer.bytes.count <= FormatLimits.attestationLine else {
            throw FormatError(
                code: .tooLarge, doing: Self.writing, subject: "record \(number)",
                reason: "it has \(writer.bytes.count) bytes, more than \(FormatLimits.attestationLine)",
                advice: "say less, and refer to a file that holds the rest by its hash")
        }
        return writer.bytes
    }

    /// Reads a line without its LF.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        let reader = try RecordReader(
            line, doing: "reading a record", limit: FormatLimits.attestationLine - 1, members: Self.members)
        let number = try reader.natural("record")
        guard number >= 1 else { throw reader.missing("record", "a number from 1") }
        let nonce = try reader.string("nonce")
        guard HexText.isLowerHex(nonce, count: 32) else { throw reader.missing("nonce", "32 hex digits") }
        self.init(
            number: number, seal: SealID(try reader.digest("seal")), previous: try reader.digest("previous"),
            nonce: nonce, time: try reader.time("time"), by: try reader.string("by"),
            body: try Body(kind: try reader.string("kind"), try reader.object("body"), number: number))
    }

    private static let members = ["record", "seal", "previous", "nonce", "time", "kind", "by", "body"]
}
