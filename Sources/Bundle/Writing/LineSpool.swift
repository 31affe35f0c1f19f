internal import Archive

/// The lines of the index, ledger or custody log until the seal: memory first, then a file in the spool folder.
struct LineSpool: ~Copyable {
    private static let bufferBytes = 256 << 10

    private let name: String
    private let folder: SpoolFolder
    private var buffer: [UInt8] = []
    private var file: OutputFile?
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
        if atOnce || buffer.count >= Self.bufferBytes { try flush() }
    }

    /// All lines.
    mutating func content() throws(ArchiveError) -> StoredContent {
        guard file != nil else { return .memory(buffer) }
        try flush()
        return .file(try FileSource(path: folder.filePath(name)))
    }

    private mutating func flush() throws(ArchiveError) {
        if file == nil { file = try folder.create(name) }
        try file?.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
