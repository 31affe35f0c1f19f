/// The characters that OpenSSH's line formats are made of.
enum SSHText {
    static func isBlank(_ character: UInt8) -> Bool {
        character == UInt8(ascii: " ") || character == UInt8(ascii: "\t")
    }

    static func isWhitespace(_ character: UInt8) -> Bool {
        isBlank(character) || character == UInt8(ascii: "\n") || character == UInt8(ascii: "\r")
    }

    /// The beginning of hostile bytes, fit for a message: what is not printable ASCII as `?`.
    static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(64).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
