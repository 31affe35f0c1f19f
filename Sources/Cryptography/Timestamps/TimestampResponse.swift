internal import COpenSSL

/// An authority's answer with a time stamp in it (RFC 3161 section 2.4.2, TimeStampResp): the bytes of a `.tsr` file.
/// `openssl ts -verify -in FILE` checks it.
public struct TimestampResponse: Hashable, Sendable {
    /// Its DER.
    public let encoded: [UInt8]
    public let token: TimestampToken

    private static let reading = "reading a time stamp authority's answer"

    /// Granted, without a word more: nobody signs the status, so it has one form.
    private static let granted = DER.element(DER.sequence, DER.element(DER.integer, [0]))

    /// Reads DER; nothing may follow it, and the status says no more than that the time stamp was granted. Throws
    /// `timestampRefused`, with what the authority says, if it was not.
    public init(parsing encoded: [UInt8]) throws(CryptographyError) {
        let doing = Self.reading
        guard encoded.count <= SignedData.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, reason: "it has \(encoded.count) bytes; no answer is that large")
        }
        try DERStructure.check(encoded, doing: doing)
        var outer = DERReader(encoded, doing: doing)
        var fields = try outer.inside(DER.sequence, "the answer")
        let element = try fields.element(DER.sequence, "the status")
        let status = try TimestampStatus(element, fields)
        guard status.isGranted else { throw status.refusal(doing: doing) }
        guard element.encoded.elementsEqual(Self.granted) else {
            throw fields.malformed("its status, which nobody signs, says more than that the time stamp was granted")
        }
        token = try TimestampToken(parsing: Array(try fields.element(DER.sequence, "the time stamp").encoded))
        try fields.end("the time stamp")
        self.encoded = encoded
    }

    /// Reads what an authority answered over the network, and writes it in DER where it is not. Authorities have reason
    /// to believe that they may answer in BER (RFC 5652), and OpenSSL's own sends certificates in any order; signatures
    /// are over DER in any case, so they hold, and what is kept has one encoding only.
    public init(answer: [UInt8]) throws(CryptographyError) {
        let doing = Self.reading
        guard answer.count <= SignedData.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, reason: "it has \(answer.count) bytes; no answer is that large")
        }
        let object = try LibraryObject(
            decoding: answer, by: d2i_TS_RESP, freedBy: TS_RESP_free, doing: doing,
            what: "a time stamp authority's answer")
        var outer = DERReader(try object.encoded(by: i2d_TS_RESP, doing: doing), doing: doing)
        var fields = try outer.inside(DER.sequence, "the answer")
        let element = try fields.element(DER.sequence, "the status")
        let status = try TimestampStatus(element, fields).isGranted ? Self.granted : Array(element.encoded)
        var token: [UInt8] = []
        if !fields.isAtEnd {
            token = try SignedDataCheck.normalized(
                Array(try fields.element(DER.sequence, "the time stamp").encoded), doing: doing)
        }
        try self.init(parsing: DER.element(DER.sequence, status, token))
    }
}
