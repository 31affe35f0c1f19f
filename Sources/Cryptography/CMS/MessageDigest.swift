internal import COpenSSL

/// The hashes that signatures over messages may use.
enum MessageDigest: String, Hashable, Sendable {
    case sha256 = "SHA256"
    case sha384 = "SHA384"
    case sha512 = "SHA512"

    /// Reads an AlgorithmIdentifier: without parameters or with null (RFC 5754 section 2).
    init(_ algorithm: AlgorithmIdentifier, doing: String) throws(CryptographyError) {
        let known: [ObjectIdentifier: MessageDigest] = [.sha256: .sha256, .sha384: .sha384, .sha512: .sha512]
        guard let digest = known[algorithm.identifier] else {
            let weak: [ObjectIdentifier: String] = [.sha1: "SHA-1", .md5: "MD5"]
            if let name = weak[algorithm.identifier] {
                throw CryptographyError(
                    code: .digestTooWeak, doing: doing,
                    reason: "it uses \(name), for which different messages with the same hash can be made",
                    advice: "have it made again with SHA-256")
            }
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: doing,
                reason: "hash algorithm \(algorithm.identifier) is not used here, only SHA-256, SHA-384 and SHA-512")
        }
        guard algorithm.hasNoParameters || algorithm.hasNullParameters else {
            throw CryptographyError(code: .malformed, doing: doing, reason: "a hash algorithm has parameters")
        }
        self = digest
    }

    /// The one that fits a key: no weaker than it, and none is weaker than SHA-256.
    init(fitting key: CertificateKey) {
        switch key {
        case .rsa: self = .sha256
        case .ellipticCurve(let bits): self = bits <= 256 ? .sha256 : bits <= 384 ? .sha384 : .sha512
        }
    }

    func hash(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try Self.hash(bytes, name: rawValue)
    }

    /// A hash by OpenSSL's name. Of messages by the cases above only; SHA-1 names certificates in old time stamps.
    static func hash(_ bytes: [UInt8], name: String) throws(CryptographyError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        guard EVP_Q_digest(nil, name, nil, bytes, bytes.count, &digest, &count) == 1 else {
            throw LibraryFailure.error(doing: "hashing with \(name)")
        }
        return Array(digest.prefix(count))
    }
}

/// RFC 5280 section 4.1.1.2.
struct AlgorithmIdentifier: Hashable, Sendable {
    let identifier: ObjectIdentifier
    let parameters: DERElement?

    init(_ element: DERElement, _ outer: DERReader) throws(CryptographyError) {
        var reader = outer.reader(for: element)
        guard element.tag == DER.sequence,
            let identifier = ObjectIdentifier(
                content: try reader.element(DER.objectIdentifier, "the algorithm's name").content)
        else { throw outer.malformed("an algorithm is not named") }
        self.identifier = identifier
        parameters = reader.isAtEnd ? nil : try reader.element("the algorithm's parameters")
        try reader.end("an algorithm")
    }

    var hasNoParameters: Bool { parameters == nil }
    var hasNullParameters: Bool { parameters.map { $0.tag == DER.null && $0.content.isEmpty } ?? false }
}
