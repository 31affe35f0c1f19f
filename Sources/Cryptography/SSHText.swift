/// The characters that OpenSSH's line formats are made of.
enum SSHText {
    static func isBlank(_ character: UInt8) -> Bool {
        character == UInt8(ascii: " ") || character == UInt8(ascii: "\t")
    }

    static func isWhitespace(_ character: UInt8) -> Bool {
        isBlank(character) || character == UInt8(ascii: "\n") || character == UInt8(ascii: "\r")
    }
}
