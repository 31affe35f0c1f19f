/// What a reader refuses to go beyond (section 13). All in bytes unless said otherwise.
public enum FormatLimits {
    public static let path = 1_000
    public static let component = 255
    public static let folder = 128
    /// One line of the index, with its LF.
    public static let indexLine = 4 << 10
    /// A listing of a whole cluster names every object that it made a file of.
    public static let ledgerLine = 16 << 20
    public static let custodyLine = 1 << 20
    public static let openingRecord = 1 << 20
    public static let entry: UInt64 = 1 << 56
    /// Number of signatures made at the seal.
    public static let signatures = 16
    /// One file of `sig/`.
    public static let signatureFile = 512 << 10
    /// Number of segments of one entry.
    public static let segments: UInt64 = 1 << 32
    /// Number of entries of one bundle.
    public static let entries: UInt64 = 1 << 32
    /// More than any writer makes of 16 MiB of ledger line and 2 MiB of others.
    public static let checkpoint = 64 << 20
    /// One record made after the seal, with its LF.
    public static let attestationLine = 1 << 20
    /// Number of records of one bundle, those in it and those beside it together.
    public static let attestationRecords: UInt64 = 65_536
    /// All of them together.
    public static let attestationBytes = 64 << 20
}
