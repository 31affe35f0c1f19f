/// What a signer signs besides the content's hash (RFC 5652 section 11, RFC 5035).
struct SignedAttributes: Hashable, Sendable {
    /// The hash of the content.
    let messageDigest: [UInt8]
    /// What the signer says about when, in seconds since 1970.
    let signingTime: Int64?
    let signingCertificate: SigningCertificate

    private static let most = 32

    init(
        _ element: DERElement, _ outer: DERReader, contentType: ObjectIdentifier, doing: String
    ) throws(CryptographyError) {
        var reader = outer.reader(for: element)
        let attributes = try reader.all("signed attributes", limit: Self.most)
        for (first, second) in zip(attributes, attributes.dropFirst()) {
            try DERStructure.checkOrder(first, second, outer)
        }
        var values: [ObjectIdentifier: DERElement] = [:]
        for attribute in attributes {
            guard attribute.tag == DER.sequence else { throw outer.malformed("an attribute is not one") }
            var fields = outer.reader(for: attribute)
            let type = try fields.element(DER.objectIdentifier, "an attribute's type")
            var set = try fields.inside(DER.set, "an attribute's value")
            try fields.end("an attribute")
            let value = try set.element("an attribute's value")
            guard let type = ObjectIdentifier(content: type.content), set.isAtEnd,
                values.updateValue(value, forKey: type) == nil
            else { throw outer.malformed("a signed attribute does not have exactly one value") }
        }
        guard values[.contentType]?.encoded.elementsEqual(contentType.encoded) == true else {
            throw outer.malformed("the signed content type is missing or another one")
        }
        guard let digest = values[.messageDigest], digest.tag == DER.octetString else {
            throw outer.malformed("the content's hash is not among what is signed")
        }
        messageDigest = Array(digest.content)
        if let time = values[.signingTime] {
            guard let time = UTCTime.parse(time.content, tag: time.tag) else {
                throw outer.malformed("the time of signing is not a time")
            }
            signingTime = time.seconds
        } else {
            signingTime = nil
        }
        if let value = values[.signingCertificateV2] {
            signingCertificate = try SigningCertificate(value, outer, version: .two, doing: doing)
        } else if let value = values[.signingCertificate], contentType == .timestampInfo {
            // RFC 3161 asks for it, RFC 5816 only allows the newer one. Its SHA-1 names a certificate whose key was
            // checked; it does not stand for the message.
            signingCertificate = try SigningCertificate(value, outer, version: .one, doing: doing)
        } else {
            throw outer.malformed(
                "it does not sign which certificate is the signer's (CAdES signing-certificate-v2)")
        }
    }
}
