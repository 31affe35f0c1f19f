extension CryptographyError.Code {
    /// None of the identities opens this age file, or the passphrase is wrong.
    public static let noMatch = Self(rawValue: "noMatch")
    /// The header of an age file breaks its format.
    public static let badHeader = Self(rawValue: "badHeader")
    /// The header of an age file was changed after it was written.
    public static let badMAC = Self(rawValue: "badMAC")
    /// An age file ends before its last chunk, or inside its header.
    public static let truncated = Self(rawValue: "truncated")
    /// A chunk of an age file was changed, moved, or cut.
    public static let wrongChunk = Self(rawValue: "wrongChunk")
    /// A passphrase's work factor is beyond what the reader allows.
    public static let workFactor = Self(rawValue: "workFactor")
    /// An age file of a later version, or one in ASCII armour.
    public static let unsupportedFormat = Self(rawValue: "unsupportedFormat")
}
