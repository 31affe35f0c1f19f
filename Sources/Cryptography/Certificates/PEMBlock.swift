internal import COpenSSL

/// What stands between a BEGIN and an END line (RFC 7468).
struct PEMBlock {
    let label: String
    let bytes: [UInt8]

    static let certificate = "CERTIFICATE"
    static let revocationList = "X509 CRL"
    /// Old names of the same thing.
    static let certificateLabels: Set = [certificate, "X509 CERTIFICATE"]
    static let revocationListLabels: Set = [revocationList, "CRL"]

    /// The lists of a large authority have some MiB.
    private static let largest = 64 << 20

    /// All blocks of a file, private keys excepted, in order. Text around them is passed over, as OpenSSL does.
    static func all(in file: [UInt8], doing: String, subject: String) throws(CryptographyError) -> [PEMBlock] {
        guard file.count <= largest else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, subject: subject,
                reason: "the file has \(file.count) bytes, more than \(largest)")
        }
        guard !file.isEmpty else { return [] }
        var blocks: [PEMBlock] = []
        let isWhole = file.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return false }
            defer { BIO_free_all(source) }
            while let block = next(in: source) {
                if !block.label.hasSuffix("PRIVATE KEY") { blocks.append(block) }
            }
            // The end of the file is told by this error.
            return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        }
        guard isWhole else { throw LibraryFailure.error(.malformed, doing: doing, subject: subject) }
        LibraryFailure.clear()
        return blocks
    }

    private static func next(in source: OpaquePointer) -> PEMBlock? {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(source, &name, &header, &data, &count) == 1 else { return nil }
        defer {
            exhibit_free(name)
            exhibit_free(header)
            // It may be a key.
            OPENSSL_cleanse(data, count)
            exhibit_free(data)
        }
        guard let name, let data else { return nil }
        return PEMBlock(
            label: String(cString: name), bytes: Array(UnsafeBufferPointer(start: data, count: max(0, count))))
    }

    /// The text of a block: base64 in lines of 64 columns.
    static func text(label: String, _ bytes: [UInt8]) -> [UInt8] {
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        bytes.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 64) }
        return text + Array("-----END \(label)-----\n".utf8)
    }
}
