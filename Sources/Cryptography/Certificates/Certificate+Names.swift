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

    /// The common name of its subject; nil if it has none, or more than one.
    public var commonName: String? {
        get throws(CryptographyError) {
            defer { LibraryFailure.clear() }
            let name = try LibraryObject(
                decoding: subjectName, by: d2i_X509_NAME, freedBy: X509_NAME_free, doing: Self.reading, what: "a name")
            let index = X509_NAME_get_index_by_NID(name.pointer, NID_commonName, -1)
            guard index >= 0, X509_NAME_get_index_by_NID(name.pointer, NID_commonName, index) < 0,
                let entry = X509_NAME_get_entry(name.pointer, index), let value = X509_NAME_ENTRY_get_data(entry)
            else { return nil }
            var text: UnsafeMutablePointer<UInt8>?
            let count = ASN1_STRING_to_UTF8(&text, value)
            guard count > 0, let text else { return nil }
            defer { exhibit_free(text) }
            return String(validating: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
        }
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
    private func forEachAlternativeName(
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
