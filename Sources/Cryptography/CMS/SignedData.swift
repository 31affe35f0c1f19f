/// A SignedData (RFC 5652 section 5) in the only shape that is accepted: DER, one signer, whose certificate is in it,
/// signed attributes that name that certificate, and nothing that the signature does not cover and that could say
/// something: no unsigned attributes, no revocation lists, no second hash.
///
/// What can be changed without breaking it: certificates that are not the signer's, an ECDSA signature's twin, and for
/// an RSA signature which of two names its algorithm has. None of that is reported to anybody.
struct SignedData: Hashable, Sendable {
    let encoded: [UInt8]
    /// Nil if it is detached.
    let content: [UInt8]?
    /// In the order of the message; the signer's is among them.
    let certificates: [Certificate]
    let signer: SignerInfo
    let signerCertificate: Certificate

    /// A chain of many certificates with long RSA keys has 20 KiB.
    static let largest = 256 << 10
    private static let mostCertificates = 32

    /// Reads a ContentInfo with a SignedData over content of this type. `what` names it in errors.
    init(parsing encoded: [UInt8], contentType: ObjectIdentifier, doing: String, what: String)
        throws(CryptographyError)
    {
        guard encoded.count <= Self.largest else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, reason: "it has \(encoded.count) bytes; no \(what) is that large")
        }
        try DERStructure.check(encoded, doing: doing)
        var outer = DERReader(encoded, doing: doing)
        var info = try outer.inside(DER.sequence, what)
        guard
            try info.element(DER.objectIdentifier, "the type").content.elementsEqual(
                ObjectIdentifier.signedData.content)
        else { throw info.malformed("it is a CMS message, but not a signed one") }
        var explicit = try info.inside(DER.context(0), "the signed data")
        try info.end("the signed data")
        var data = try explicit.inside(DER.sequence, "the signed data")
        try explicit.end("the signed data")

        let version = try data.element(DER.integer, "the version").number
        let digests = try data.element(DER.set, "the hash algorithms")
        content = try Self.readContent(&data, contentType: contentType)
        let certificates = try Self.readCertificates(&data, doing: doing)
        if try data.optional(DER.context(1), "revocation lists") != nil {
            throw data.malformed("it carries revocation lists, which are not looked for there")
        }
        var signers = try data.inside(DER.set, "the signers")
        try data.end("the signers")
        let signer = try SignerInfo(
            try signers.element(DER.sequence, "a signer"), signers, contentType: contentType, doing: doing)
        guard signers.isAtEnd else { throw data.malformed("it has more than one signer") }

        // RFC 5652 section 5.1.
        guard version == (contentType == .data && !signer.isNamedByKey ? 1 : 3) else {
            throw data.malformed("its version is not the one that belongs to what is in it")
        }
        guard digests.content == signer.digestAlgorithm.encoded else {
            throw data.malformed("it names other hash algorithms than its signer uses")
        }
        let owners = certificates.filter(signer.isNaming)
        guard let owner = owners.first, owners.count == 1 else {
            throw data.malformed(
                owners.isEmpty ? "the signer's certificate is not in it" : "it has several certificates of its signer")
        }
        guard try owner.key(doing: doing).signs(signer.signatureAlgorithm, signer.digest) else {
            throw data.malformed(
                "signature algorithm \(signer.signatureAlgorithm.identifier) does not belong to the key and the hash")
        }
        guard try signer.attributes.signingCertificate.isNaming(owner) else {
            throw CryptographyError(
                code: .badSignature, doing: doing, subject: owner.subject,
                reason: "what is signed names another certificate as the signer's")
        }
        self.encoded = encoded
        self.certificates = certificates
        self.signer = signer
        signerCertificate = owner
        try SignedDataCheck.checkEncoding(encoded, doing: doing)
    }

    private static func readContent(
        _ data: inout DERReader, contentType: ObjectIdentifier
    ) throws(CryptographyError) -> [UInt8]? {
        var inner = try data.inside(DER.sequence, "the content")
        guard
            try inner.element(DER.objectIdentifier, "the content's type").content.elementsEqual(contentType.content)
        else { throw data.malformed("its content is of another type") }
        guard !inner.isAtEnd else { return nil }
        var explicit = try inner.inside(DER.context(0), "the content")
        try inner.end("the content")
        let content = try explicit.element(DER.octetString, "the content").content
        try explicit.end("the content")
        return Array(content)
    }

    private static func readCertificates(
        _ data: inout DERReader, doing: String
    ) throws(CryptographyError) -> [Certificate] {
        guard let set = try data.optional(DER.context(0), "the certificates") else {
            throw data.malformed("the signer's certificate is not in it")
        }
        var reader = data.reader(for: set)
        let elements = try reader.all("certificates", limit: mostCertificates)
        for (first, second) in zip(elements, elements.dropFirst()) {
            try DERStructure.checkOrder(first, second, data)
        }
        var certificates: [Certificate] = []
        for element in elements {
            guard element.tag == DER.sequence else {
                throw data.malformed("it carries a certificate that is not an X.509 one")
            }
            certificates.append(try Certificate(encoded: Array(element.encoded), doing: doing))
        }
        return certificates
    }
}
