extension TableDefinition {
    /// Whether a file is one of those that it reads.
    ///
    /// - Parameter name: the last part of its path in a bundle. `=~` and what is behind it, by which a bundle tells files of one name
    ///   apart, does not count (docs/format.md, section 3).
    public func reads(file name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        let end = bytes.indices.dropLast().last { bytes[$0] == UInt8(ascii: "=") && bytes[$0 + 1] == UInt8(ascii: "~") }
        let bare = Array(bytes[..<(end ?? bytes.count)])
        return BytePattern(from).matches(bare.span)
    }
}
