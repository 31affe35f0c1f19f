internal import COpenSSL

extension Certificate {
    /// Whether its subject is this name (DER), as names are compared (RFC 5280 section 7.1).
    func hasSubject(_ name: [UInt8], doing: String) throws(CryptographyError) -> Bool {
        let left = try LibraryObject(
            decoding: name, by: d2i_X509_NAME, freedBy: X509_NAME_free, doing: doing, what: "a name")
        let right = try LibraryObject(
            decoding: subjectName, by: d2i_X509_NAME, freedBy: X509_NAME_free, doing: doing, what: "a name")
        return X509_NAME_cmp(left.pointer, right.pointer) == 0
    }

    /// The e-mail addresses among its alternative names (RFC 5280 section 4.2.1.6), as they are written.
    public var emailAddresses: [String] {
        get throws(CryptographyError) {
            var found: [String] = []
            try forEachAlternativeName(doing: Self.reading) { name in
                // What is not ASCII is no rfc822Name.
                if name.tag == DER.context(1, constructed: false), name.content.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
                    found.append(String(decoding: name.content, as: UTF8.self))
                }
                return true
            }
            return found
        }
    }

    /// Whether this e-mail address is among its alternative names. The part behind the last `@` is compared without regard
    /// to case (RFC 5280 section 7.5). Of no use without a chain: anybody can write any name into a certificate.
    public func hasEmailAddress(_ address: String) -> Bool {
        func normal(_ text: String) -> String? {
            guard let at = text.lastIndex(of: "@") else { return nil }
            return text[..<at] + text[at...].lowercased()
        }
        guard let wanted = normal(address), let found = try? emailAddresses else { return false }
        return found.contains { normal($0) == wanted }
    }

    /// Whether its subject is this name. Of no use without a chain: anybody can write any name into a certificate.
    public func hasSubject(_ name: DistinguishedName) -> Bool {
        (try? hasSubject(name.encoded, doing: Self.reading)) == true
    }

    /// Whether its key may sign documents: where it says what it is for (RFC 5280 sections 4.2.1.3 and 4.2.1.12), digital
    /// signatures or non-repudiation must be among it, and something else than the two ends of TLS, time stamps and OCSP.
    public var maySign: Bool {
        defer { LibraryFailure.clear() }
        guard let certificate = try? handle(doing: Self.reading) else { return false }
        // All bits when the extension is not there.
        guard X509_get_key_usage(certificate.pointer) & UInt32(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) != 0 else {
            return false
        }
        let index = X509_get_ext_by_NID(certificate.pointer, NID_ext_key_usage, -1)
        guard index >= 0 else { return true }
        guard let found = X509_get_ext(certificate.pointer, index), let value = X509_EXTENSION_get_data(found),
            let uses = try? Self.uses(LibraryText.bytes(value))
        else { return false }
        return uses.contains {
            ![.serverAuthentication, .clientAuthentication, .timestamping, .ocspSigning].contains($0)
        }
    }

    private static func uses(_ extensionValue: [UInt8]) throws(CryptographyError) -> [ObjectIdentifier] {
        var outer = DERReader(extensionValue, doing: reading)
        var list = try outer.inside(DER.sequence, "the uses of the key")
        var uses: [ObjectIdentifier] = []
        while !list.isAtEnd {
            let element = try list.element(DER.objectIdentifier, "a use of the key")
            guard let use = ObjectIdentifier(content: element.content) else {
                throw list.malformed("a use of the key is no object identifier")
            }
            uses.append(use)
        }
        return uses
    }

    /// Whether this GeneralName is among its alternative names, byte for byte.
    func hasAlternativeName(_ name: DERElement, doing: String) throws(CryptographyError) -> Bool {
        var isThere = false
        try forEachAlternativeName(doing: doing) { found in
            isThere = found.encoded == name.encoded
            return !isThere
        }
        return isThere
    }

    /// Ends when `body` says false.
    func forEachAlternativeName(
        doing: String, _ body: (DERElement) -> Bool
    ) throws(CryptographyError) {
        defer { LibraryFailure.clear() }
        let certificate = try handle(doing: doing)
        let index = X509_get_ext_by_NID(certificate.pointer, NID_subject_alt_name, -1)
        guard index >= 0, let found = X509_get_ext(certificate.pointer, index),
            let value = X509_EXTENSION_get_data(found)
        else { return }
        var outer = DERReader(LibraryText.bytes(value), doing: doing)
        var names = try outer.inside(DER.sequence, "the alternative names")
        while !names.isAtEnd {
            guard body(try names.element("an alternative name")) else { return }
        }
    }
}
