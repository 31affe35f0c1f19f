internal import Archive

/// The lines of the index, ledger or custody log until the seal: memory first, then a file in the spool folder.
///
/// When the disk is full, what the file does not take stays in memory: the run is about to be sealed then, in the room
/// that the archive holds.
struct LineSpool: ~Copyable {
    private static let bufferBytes = 256 << 10

    private let name: String
    private let folder: SpoolFolder
    private var buffer: [UInt8] = []
    private var file: SpoolFile?
    private var isFull = false
    /// Number of lines.
    private(set) var count: UInt64 = 0
    /// In bytes.
    private(set) var size: UInt64 = 0

    init(name: String, folder: SpoolFolder) {
        self.name = name
        self.folder = folder
    }

    /// Takes a line with its LF.
    ///
    /// - Parameter atOnce: hands everything to the kernel before it returns, so that only a crash of the machine can
    ///   lose it.
    mutating func append(_ line: [UInt8], atOnce: Bool = false) throws(ArchiveError) {
        buffer += line
        count += 1
        size += UInt64(line.count)
        guard atOnce || buffer.count >= Self.bufferBytes, !isFull else { return }
        if try folder.append(buffer: &buffer, to: &file, name: name) == .full { isFull = true }
        if atOnce, try file?.keep(sync: false) == false { isFull = true }
    }

    /// All lines.
    func content() throws -> StoredContent {
        try file?.content(memory: buffer) ?? StoredContent(buffer)
    }
}
