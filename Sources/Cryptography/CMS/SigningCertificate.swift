/// The attribute that ties a signature to one certificate, so that no other one with the same key can take its place
/// (RFC 5035, ESS).
struct SigningCertificate: Hashable, Sendable {
    enum Version: Hashable, Sendable {
        /// By SHA-1.
        case one
        /// By SHA-256, or a hash that is named.
        case two
    }

    /// A certificate by its hash and, if it says so, its issuer and serial number.
    private struct Identifier: Hashable, Sendable {
        let hashName: String
        let hash: [UInt8]
        let issuer: [UInt8]?
        let serial: [UInt8]?

        func isNaming(_ certificate: Certificate) throws(CryptographyError) -> Bool {
            if let issuer, issuer != certificate.issuerName { return false }
            if let serial, serial != certificate.serial { return false }
            return try MessageDigest.hash(certificate.encoded, name: hashName) == hash
        }
    }

    private let signer: Identifier
    /// Those that the chain is built from.
    private let others: [Identifier]

    private static let most = 32

    init(
        _ element: DERElement, _ outer: DERReader, version: Version, doing: String
    ) throws(CryptographyError) {
        guard element.tag == DER.sequence else { throw outer.malformed("the signing certificate is not named") }
        var fields = outer.reader(for: element)
        var list = try fields.inside(DER.sequence, "the signing certificate")
        // Policies may follow. RFC 5035 gives them no effect on the signature.
        _ = try fields.optional(DER.sequence, "policies")
        try fields.end("the signing certificate")
        var identifiers: [Identifier] = []
        for element in try list.all("certificates", limit: Self.most) {
            identifiers.append(try Self.identifier(element, outer, version: version, doing: doing))
        }
        guard let first = identifiers.first else { throw outer.malformed("the signing certificate is not named") }
        signer = first
        others = Array(identifiers.dropFirst())
    }

    /// Whether this is the signer's certificate.
    func isNaming(_ certificate: Certificate) throws(CryptographyError) -> Bool {
        try signer.isNaming(certificate)
    }

    /// Whether every other certificate that is named is in this chain.
    func allows(_ chain: [Certificate]) throws(CryptographyError) -> Bool {
        for other in others {
            var isThere = false
            for certificate in chain where try other.isNaming(certificate) { isThere = true }
            guard isThere else { return false }
        }
        return true
    }

    private static func identifier(
        _ element: DERElement, _ outer: DERReader, version: Version, doing: String
    ) throws(CryptographyError) -> Identifier {
        guard element.tag == DER.sequence else { throw outer.malformed("a certificate is not named") }
        var fields = outer.reader(for: element)
        var hashName = version == .one ? "SHA1" : MessageDigest.sha256.rawValue
        if version == .two, let algorithm = try fields.optional(DER.sequence, "the hash algorithm") {
            hashName = try MessageDigest(AlgorithmIdentifier(algorithm, outer), doing: doing).rawValue
        }
        let hash = try fields.element(DER.octetString, "a certificate's hash").content
        var issuer: [UInt8]?
        var serial: [UInt8]?
        if !fields.isAtEnd {
            var both = try fields.inside(DER.sequence, "the issuer and serial number")
            var names = try both.inside(DER.sequence, "the issuer's names")
            var name = try names.inside(DER.context(4), "the issuer's name")
            issuer = Array(try name.element(DER.sequence, "the issuer's name").encoded)
            try name.end("the issuer's name")
            try names.end("the issuer's name")
            serial = Array(try both.element(DER.integer, "the serial number").content)
            try both.end("the serial number")
            try fields.end("a certificate's name")
        }
        return Identifier(hashName: hashName, hash: Array(hash), issuer: issuer, serial: serial)
    }
}
