/// The one who signed (RFC 5652 section 5.3).
struct SignerInfo: Hashable, Sendable {
    /// How a certificate is named.
    private enum Name: Hashable, Sendable {
        case issuerAndSerial(issuer: [UInt8], serial: [UInt8])
        case key([UInt8])
    }

    private let name: Name
    let digestAlgorithm: DERElement
    let digest: MessageDigest
    let attributes: SignedAttributes
    let signatureAlgorithm: AlgorithmIdentifier

    init(
        _ element: DERElement, _ outer: DERReader, contentType: ObjectIdentifier, doing: String
    ) throws(CryptographyError) {
        var reader = outer.reader(for: element)
        let version = try reader.element(DER.integer, "the signer's version").number
        let signer = try reader.element("the signer's name")
        switch signer.tag {
        case DER.sequence:
            var fields = reader.reader(for: signer)
            let issuer = try fields.element(DER.sequence, "the issuer's name")
            let serial = try fields.element(DER.integer, "the serial number")
            try fields.end("the serial number")
            name = .issuerAndSerial(issuer: Array(issuer.encoded), serial: Array(serial.content))
        case DER.context(0, constructed: false): name = .key(Array(signer.content))
        default: throw reader.malformed("the signer is not named")
        }
        digestAlgorithm = try reader.element(DER.sequence, "the hash algorithm")
        digest = try MessageDigest(AlgorithmIdentifier(digestAlgorithm, reader), doing: doing)
        guard let signed = try reader.optional(DER.context(0), "the signed attributes") else {
            throw reader.malformed("it has no signed attributes, so that it does not say which certificate signed")
        }
        attributes = try SignedAttributes(signed, reader, contentType: contentType, doing: doing)
        signatureAlgorithm = try AlgorithmIdentifier(
            reader.element(DER.sequence, "the signature's algorithm"), reader)
        _ = try reader.element(DER.octetString, "the signature")
        guard reader.isAtEnd else { throw reader.malformed("it has attributes that nobody signed") }
        guard version == (isNamedByKey ? 3 : 1) else {
            throw reader.malformed("the signer's version does not belong to how it is named")
        }
    }

    var isNamedByKey: Bool {
        if case .key = name { true } else { false }
    }

    /// Whether it is this certificate's owner. Names are compared as bytes: OpenSSL would pass over case and spaces.
    func isNaming(_ certificate: Certificate) -> Bool {
        switch name {
        case .issuerAndSerial(let issuer, let serial):
            certificate.issuerName == issuer && certificate.serial == serial
        case .key(let identifier): certificate.subjectKeyIdentifier == identifier
        }
    }
}
