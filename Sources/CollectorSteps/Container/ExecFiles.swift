internal import BundleFormat
internal import Collection

/// The entries that a command's output goes into: each is opened when the first of it comes.
struct ExecFiles {
    private let context: AttemptContext
    private let folder: [String]
    private var name: String
    private var entry: EvidenceEntry?
    private var hasContent = false
    private var splitter: OutputSplitter

    init(context: AttemptContext, folder: [String], first: String, others: [String]) {
        self.context = context
        self.folder = folder
        name = first
        splitter = OutputSplitter(names: others)
    }

    mutating func write(_ bytes: ArraySlice<UInt8>) async throws {
        for piece in splitter.take(bytes) { try await put(piece) }
    }

    /// False when nothing came.
    mutating func finish() async throws -> Bool {
        for piece in splitter.rest() { try await put(piece) }
        try await entry?.finish()
        return hasContent
    }

    private mutating func put(_ piece: OutputSplitter.Piece) async throws {
        switch piece {
        case .begin(let next):
            try await entry?.finish()
            entry = nil
            name = next
        case .bytes(let bytes):
            hasContent = true
            if entry == nil { entry = try await context.entry(folder + [name], media: .named(name)) }
            try await entry?.write(bytes)
        }
    }
}
