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

    /// Whether this GeneralName is among its alternative names, byte for byte.
    func hasAlternativeName(_ name: DERElement, doing: String) throws(CryptographyError) -> Bool {
        let certificate = try handle(doing: doing)
        let index = X509_get_ext_by_NID(certificate.pointer, NID_subject_alt_name, -1)
        guard index >= 0, let found = X509_get_ext(certificate.pointer, index),
            let value = X509_EXTENSION_get_data(found)
        else { return false }
        var outer = DERReader(LibraryText.bytes(value), doing: doing)
        var names = try outer.inside(DER.sequence, "the alternative names")
        while !names.isAtEnd {
            if try names.element("an alternative name").encoded == name.encoded { return true }
        }
        return false
    }
}
