/// Why an archive was refused, or could not be read or written.
///
/// An error says what was being done, to what, why it failed and what to do next. Text that came from an archive is
/// made printable before it gets in here.
public struct ArchiveError: Error, Hashable, Sendable {
    /// What kind of failure it is. Extensible: compare with the constants, keep a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Stable text of the code, for machine-readable output.
        public let rawValue: String

        /// A code of the given stable text.
        public init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }
    }

    /// The kind of failure.
    public var code: Code
    /// What was being done, as in "reading an entry".
    public var doing: String
    /// The file it was done to.
    public var subject: String
    /// Where in the uncompressed tar stream, in bytes. Nil when the place is not in the tar stream.
    public var tarOffset: UInt64?
    /// Where in the container file, in bytes. Nil when unknown.
    public var fileOffset: UInt64?
    /// The entry concerned, made printable.
    public var entry: String?
    /// Why it failed.
    public var reason: String
    /// What to do next.
    public var advice: String
    /// The last entry that was read completely before the failure; nil when there was none.
    public var lastCompleteEntry: String?
    /// Bytes of the output that the kernel has accepted, when writing failed.
    public var written: UInt64?
    /// Bytes of the output that are safely on disk, that is, synced, when writing failed.
    public var synced: UInt64?

    /// An error; `advice` is derived from the code unless given.
    public init(
        _ code: Code, doing: String, subject: String = "", tarOffset: UInt64? = nil, fileOffset: UInt64? = nil,
        entry: String? = nil, reason: String, advice: String? = nil
    ) {
        self.code = code
        self.doing = doing
        self.subject = subject
        self.tarOffset = tarOffset
        self.fileOffset = fileOffset
        self.entry = entry
        self.reason = reason
        self.advice = advice ?? code.usualAdvice
    }
}

extension ArchiveError.Code {
    // What the file is.

    /// None of the containers: the first bytes say so.
    public static let notAnArchive = Self("notAnArchive")
    /// The file ends too early. `lastCompleteEntry` says how far it is whole.
    public static let truncated = Self("truncated")
    /// There are bytes behind the end of the archive.
    public static let trailingBytes = Self("trailingBytes")

    // The tar stream.

    /// A header byte is not what path, size and time make it.
    public static let badHeader = Self("badHeader")
    /// The header's checksum is wrong.
    public static let badChecksum = Self("badChecksum")
    /// The size is not written in the one allowed form (negative, base-256, spaces), or is beyond the limit.
    public static let badSize = Self("badSize")
    /// The modification time is not in the one allowed form, or not the run's.
    public static let badTime = Self("badTime")
    /// A link, directory, device, sparse file, global or vendor header.
    public static let forbiddenType = Self("forbiddenType")
    /// The path breaks the rules of names.
    public static let badPath = Self("badPath")
    /// Another entry has this path, perhaps in other case.
    public static let duplicatePath = Self("duplicatePath")
    /// The path is a folder of another entry, or the other way round.
    public static let pathConflict = Self("pathConflict")
    /// Path or size need an extended header and it has none.
    public static let paxRequired = Self("paxRequired")
    /// An extended header stands where none is needed.
    public static let paxForbidden = Self("paxForbidden")
    /// The records of an extended header are not in the one allowed form.
    public static let badPax = Self("badPax")
    /// The padding behind content is not zero.
    public static let nonZeroPadding = Self("nonZeroPadding")
    /// The archive does not end with exactly two blocks of zeros.
    public static let badEndMarker = Self("badEndMarker")

    // The container.

    /// A compressed frame or gzip member is damaged.
    public static let badFrame = Self("badFrame")
    /// A header of a frame or member is in a form that is not allowed: dictionary, window, reserved bits, no checksum, no
    /// size; extra fields, name, time.
    public static let badFrameHeader = Self("badFrameHeader")
    /// A frame or member without content.
    public static let emptyFrame = Self("emptyFrame")
    /// A frame or member beyond the limit.
    public static let frameTooLarge = Self("frameTooLarge")
    /// A skippable frame that is not the locator or the seek table at the end.
    public static let forbiddenSkippableFrame = Self("forbiddenSkippableFrame")
    /// The table is not the one of these frames or members.
    public static let badSeekTable = Self("badSeekTable")
    /// The locator is not the one of this archive.
    public static let badLocator = Self("badLocator")
    /// More frames or members than a reader accepts.
    public static let tooManyFrames = Self("tooManyFrames")

    // What encrypts the container.

    /// Encrypted bytes were changed, moved or cut.
    public static let damagedEncryption = Self("damagedEncryption")

    // The machine.

    /// Disk full, quota or file size limit reached.
    public static let noSpace = Self("noSpace")
    /// The output exists already.
    public static let exists = Self("exists")
    /// Writing failed.
    public static let writeFailed = Self("writeFailed")
    /// Reading failed, or the file changed while it was read.
    public static let readFailed = Self("readFailed")
    /// The compression library failed, usually for want of memory.
    public static let compressionFailed = Self("compressionFailed")
    /// The caller asked for something that makes no sense; a mistake in the program.
    public static let misuse = Self("misuse")
    /// A value cannot be represented in the profile.
    public static let outOfRange = Self("outOfRange")

    /// What to do next when the place of failure knows nothing better.
    var usualAdvice: String {
        switch self {
        case .notAnArchive: "Check that this is the right file."
        case .truncated:
            "Get the file again, or recover what is complete from it; compare its size with the original."
        case .readFailed: "Check the disk and the permissions of the file."
        case .writeFailed: "Check the disk; choose another place for the output."
        case .noSpace: "Free space or choose another place for the output."
        case .exists: "Choose another name or move the file away; nothing is ever replaced."
        case .compressionFailed: "Free memory or use fewer workers."
        case .misuse, .outOfRange: "This is a mistake in the program; please report it."
        default: "Do not trust this file. Get it again from its source and compare its SHA-256."
        }
    }
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        var text = doing
        if !subject.isEmpty { text += " \(subject)" }
        if let entry { text += ", entry \(entry)" }
        if let tarOffset { text += ", at byte \(tarOffset) of the tar stream" }
        if let fileOffset { text += ", at byte \(fileOffset) of the file" }
        text += ": \(reason) [\(code)]"
        if let lastCompleteEntry { text += "; the last complete entry is \(lastCompleteEntry)" }
        if let written, let synced { text += "; \(written) bytes are written, \(synced) of them safely on disk" }
        return text + ". " + advice
    }
}

extension ArchiveError {
    /// Bytes of an untrusted archive as text that is safe to show: printable ASCII, the rest as `=HH`, cut at 200.
    static func printable(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in bytes.prefix(200) {
            if byte >= 0x21, byte <= 0x7E {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self) + (bytes.count > 200 ? "…" : "")
    }
}
