internal import COpenSSL

/// What a certificate says, as people read it.
extension Certificate {
    /// From when it holds: `2026-11-21T03:14:15Z`.
    public var validFrom: String { UTCTime.text(notBefore) }

    /// Until when it holds.
    public var validUntil: String { UTCTime.text(notAfter) }

    /// All its alternative names (RFC 5280 section 4.2.1.6), as `openssl x509 -ext subjectAltName` begins them: `DNS:`, `IP Address:`,
    /// `email:`, `URI:`; of other kinds only that there is one. What is not printable ASCII is written as `\xHH`.
    public var alternativeNames: [String] {
        get throws(CryptographyError) {
            var found: [String] = []
            try forEachAlternativeName(doing: Self.reading) { name in
                found.append(Self.text(name))
                return true
            }
            return found
        }
    }

    private static func text(_ name: DERElement) -> String {
        let kinds = [1: "email:", 2: "DNS:", 6: "URI:"]
        for (number, prefix) in kinds where name.tag == DER.context(UInt8(number), constructed: false) {
            return prefix + printable(name.content)
        }
        if name.tag == DER.context(7, constructed: false), let address = address(Array(name.content)) {
            return "IP Address:" + address
        }
        return "other"
    }

    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            byte > 0x20 && byte < 0x7F && byte != 0x5C
                ? String(Unicode.Scalar(byte)) : "\\x" + Hexadecimal.upper([byte][...])
        }.joined()
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        guard bytes.count == 16 else { return nil }
        return stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// The kind of its key and the key's bits, as `RSA 2048`; nil where the library does not know it.
    public var publicKey: String? {
        defer { LibraryFailure.clear() }
        guard let certificate = try? handle(doing: Self.reading), let key = X509_get0_pubkey(certificate.pointer),
            let name = EVP_PKEY_get0_type_name(key)
        else { return nil }
        return "\(String(cString: name)) \(EVP_PKEY_get_bits(key))"
    }

    /// What it is signed with, as `ecdsa-with-SHA256`; nil where the library does not know it.
    public var signatureAlgorithm: String? {
        defer { LibraryFailure.clear() }
        guard let certificate = try? handle(doing: Self.reading) else { return nil }
        return OBJ_nid2ln(X509_get_signature_nid(certificate.pointer)).map { String(cString: $0) }
    }
}

extension Certificate {
    /// A block of PEM for the DER of a certificate, whether or not it can be read.
    public static func pem(encoded: [UInt8]) -> [UInt8] { PEMBlock.text(label: PEMBlock.certificate, encoded) }
}
