internal import COpenSSL

/// Strings of OpenSSL as bytes.
enum LibraryText {
    static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        let count = Int(ASN1_STRING_length(string))
        guard count > 0, let start = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}

/// Distinguished names as text.
enum NameText {
    static func text(of name: OpaquePointer?, doing: String) throws(CryptographyError) -> String {
        guard let name, let target = BIO_new(BIO_s_mem()) else { throw LibraryFailure.error(doing: doing) }
        defer { BIO_free_all(target) }
        guard X509_NAME_print_ex(target, name, 0, exhibit_name_flags) >= 0 else {
            throw LibraryFailure.error(.malformed, doing: doing)
        }
        var start: UnsafeMutablePointer<CChar>?
        let count = BIO_ctrl(target, BIO_CTRL_INFO, 0, &start)
        guard count > 0, let start else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The text of a name in DER.
    static func text(encoded: [UInt8], doing: String) throws(CryptographyError) -> String {
        let name = try LibraryObject(
            decoding: encoded, by: d2i_X509_NAME, freedBy: X509_NAME_free, doing: doing, what: "a name")
        return try text(of: name.pointer, doing: doing)
    }
}

/// Times of OpenSSL in seconds since 1970.
enum LibraryTime {
    /// Nil unless it is a date that exists, in a form that RFC 5280 allows.
    static func seconds(of time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time else { return nil }
        return UTCTime.parse(LibraryText.bytes(time), tag: UInt8(truncatingIfNeeded: ASN1_STRING_type(time)))?.seconds
    }
}
