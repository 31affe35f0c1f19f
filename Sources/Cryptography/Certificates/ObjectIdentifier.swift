/// An ASN.1 object identifier.
struct ObjectIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The content of its encoding.
    let content: [UInt8]

    /// Nil unless it is in its one form: no arc with leading zeros, the last one complete.
    init?(content: some BidirectionalCollection<UInt8>) {
        guard let last = content.last, last < 0x80 else { return nil }
        var atStart = true
        for byte in content {
            if atStart && byte == 0x80 { return nil }
            atStart = byte < 0x80
        }
        self.content = Array(content)
    }

    private init(_ arcs: [UInt64]) {
        var content = [UInt8(truncatingIfNeeded: arcs[0] * 40 + arcs[1])]
        for arc in arcs.dropFirst(2) {
            var digits = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                digits.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            content += digits
        }
        self.content = content
    }

    /// `1.2.840.113549`; the bytes in hex if an arc has more than 63 bits.
    var description: String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in content {
            guard arc >> 56 == 0 else { return "0x" + Hexadecimal.upper(content) }
            arc = arc << 7 | UInt64(byte & 0x7F)
            guard byte < 0x80 else { continue }
            if arcs.isEmpty {
                let root = min(arc / 40, 2)
                arcs = [root, arc - root * 40]
            } else {
                arcs.append(arc)
            }
            arc = 0
        }
        return arcs.map(String.init).joined(separator: ".")
    }

    /// The whole element.
    var encoded: [UInt8] { DER.element(DER.objectIdentifier, content) }

    // RFC 5652, 2985, 5035 and 3161.
    static let data = ObjectIdentifier([1, 2, 840, 113549, 1, 7, 1])
    static let signedData = ObjectIdentifier([1, 2, 840, 113549, 1, 7, 2])
    static let timestampInfo = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 16, 1, 4])
    static let contentType = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 3])
    static let messageDigest = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 4])
    static let signingTime = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 5])
    static let signingCertificate = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 16, 2, 12])
    static let signingCertificateV2 = ObjectIdentifier([1, 2, 840, 113549, 1, 9, 16, 2, 47])

    // Uses of keys: RFC 5280 section 4.2.1.12.
    static let serverAuthentication = ObjectIdentifier([1, 3, 6, 1, 5, 5, 7, 3, 1])
    static let clientAuthentication = ObjectIdentifier([1, 3, 6, 1, 5, 5, 7, 3, 2])
    static let timestamping = ObjectIdentifier([1, 3, 6, 1, 5, 5, 7, 3, 8])
    static let ocspSigning = ObjectIdentifier([1, 3, 6, 1, 5, 5, 7, 3, 9])

    // Hashes: NIST, RFC 3279, RFC 1321.
    static let sha256 = ObjectIdentifier([2, 16, 840, 1, 101, 3, 4, 2, 1])
    static let sha384 = ObjectIdentifier([2, 16, 840, 1, 101, 3, 4, 2, 2])
    static let sha512 = ObjectIdentifier([2, 16, 840, 1, 101, 3, 4, 2, 3])
    static let sha1 = ObjectIdentifier([1, 3, 14, 3, 2, 26])
    static let md5 = ObjectIdentifier([1, 2, 840, 113549, 2, 5])

    // Signatures: RFC 8017, RFC 5758.
    static let rsaEncryption = ObjectIdentifier([1, 2, 840, 113549, 1, 1, 1])
    static let rsaWithSHA256 = ObjectIdentifier([1, 2, 840, 113549, 1, 1, 11])
    static let rsaWithSHA384 = ObjectIdentifier([1, 2, 840, 113549, 1, 1, 12])
    static let rsaWithSHA512 = ObjectIdentifier([1, 2, 840, 113549, 1, 1, 13])
    static let ecdsaWithSHA256 = ObjectIdentifier([1, 2, 840, 10045, 4, 3, 2])
    static let ecdsaWithSHA384 = ObjectIdentifier([1, 2, 840, 10045, 4, 3, 3])
    static let ecdsaWithSHA512 = ObjectIdentifier([1, 2, 840, 10045, 4, 3, 4])
}
