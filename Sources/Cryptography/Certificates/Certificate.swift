internal import COpenSSL

/// An X.509 certificate, as a value: who its issuer says that somebody is. Two are equal when their bytes are.
///
/// What it says is a claim until a chain to a trusted certificate was checked.
public struct Certificate: Hashable, Sendable, CustomStringConvertible {
    /// Its DER.
    public let encoded: [UInt8]
    /// Whom it is about, in the form of RFC 2253: `CN=ana,O=Example`. Control characters are escaped, other characters
    /// are as they are.
    public let subject: String
    /// Who made it, in the same form.
    public let issuer: String
    /// From when and until when it holds, in seconds since 1970.
    public let notBefore: Int64
    public let notAfter: Int64

    /// The names and the serial number as they stand in it: DER, and the content of an INTEGER.
    let subjectName: [UInt8]
    let issuerName: [UInt8]
    let serial: [UInt8]
    /// The content of its extension of that name, if it has one.
    let subjectKeyIdentifier: [UInt8]?

    static let reading = "reading a certificate"
    /// No certificate that anybody uses comes near it.
    private static let largest = 64 << 10

    /// Reads DER; nothing may follow it.
    public init(encoded: [UInt8]) throws(CryptographyError) {
        try self.init(encoded: encoded, doing: Self.reading)
    }

    init(encoded: [UInt8], doing: String) throws(CryptographyError) {
        guard encoded.count <= Self.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, reason: "a certificate of \(encoded.count) bytes; none is that large")
        }
        let object = try LibraryObject(
            decoding: encoded, by: d2i_X509, freedBy: X509_free, doing: doing, what: "a certificate")
        try self.init(object.pointer, encoded: encoded, doing: doing)
    }

    /// Makes a value of a certificate that somebody else owns.
    init(copying pointer: OpaquePointer, doing: String) throws(CryptographyError) {
        guard X509_up_ref(pointer) == 1 else { throw LibraryFailure.error(doing: doing) }
        let object = try LibraryObject(pointer, freedBy: X509_free, doing: doing)
        try self.init(pointer, encoded: object.encoded(by: i2d_X509, doing: doing), doing: doing)
    }

    private init(_ pointer: OpaquePointer, encoded: [UInt8], doing: String) throws(CryptographyError) {
        self.encoded = encoded
        subject = try NameText.text(of: X509_get_subject_name(pointer), doing: doing)
        issuer = try NameText.text(of: X509_get_issuer_name(pointer), doing: doing)
        guard let first = LibraryTime.seconds(of: X509_get0_notBefore(pointer)),
            let last = LibraryTime.seconds(of: X509_get0_notAfter(pointer))
        else {
            LibraryFailure.clear()
            throw CryptographyError(code: .malformed, doing: doing, reason: "its validity is not made of two dates")
        }
        (notBefore, notAfter) = (first, last)
        subjectKeyIdentifier = X509_get0_subject_key_id(pointer).map(LibraryText.bytes)
        LibraryFailure.clear()

        // RFC 5280 section 4.1: what comes before the names is of no interest here.
        var outer = DERReader(encoded, doing: doing)
        var whole = try outer.inside(DER.sequence, "the certificate")
        var fields = try whole.inside(DER.sequence, "what is signed")
        _ = try fields.optional(DER.context(0), "the version")
        serial = Array(try fields.element(DER.integer, "the serial number").content)
        _ = try fields.element(DER.sequence, "the signature's algorithm")
        issuerName = Array(try fields.element(DER.sequence, "the issuer").encoded)
        _ = try fields.element(DER.sequence, "the validity")
        subjectName = Array(try fields.element(DER.sequence, "the subject").encoded)
    }

    /// In hexadecimal, as `openssl x509 -serial` prints it.
    public var serialNumber: String {
        Hexadecimal.upper(serial.first == 0 && serial.count > 1 ? serial.dropFirst() : serial[...])
    }

    /// The hash of its bytes, as `openssl x509 -fingerprint -sha256` computes it.
    public var fingerprint: SHA256Digest { SHA256.digest(of: encoded) }

    /// A block of PEM.
    public var pem: [UInt8] { PEMBlock.text(label: PEMBlock.certificate, encoded) }

    public var description: String { "\(subject), serial \(serialNumber), issued by \(issuer)" }

    public static func == (left: Certificate, right: Certificate) -> Bool {
        left.encoded == right.encoded
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }

    /// The certificate in OpenSSL's hands.
    func handle(doing: String) throws(CryptographyError) -> LibraryObject {
        try LibraryObject(decoding: encoded, by: d2i_X509, freedBy: X509_free, doing: doing, what: "a certificate")
    }
}
