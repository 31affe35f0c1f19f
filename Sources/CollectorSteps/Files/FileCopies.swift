internal import BundleFormat
internal import Collection

/// The entries that files of a container become, by the tar stream that its tar printed or by what `cat` did.
struct FileCopies {
    /// As many files came as may be: the rest is not taken.
    struct Full: Error {}

    private struct Current {
        var path: [UInt8]
        var components: [[UInt8]]
        var count: UInt64 = 0
        var entry: EvidenceEntry?
    }

    private let context: AttemptContext
    private let folder: [[UInt8]]
    private let request: FilesRequest
    private let roots: [[UInt8]]
    private let commands: FilesCommands
    private var tar = ContainerTar()
    private var current: Current?
    private var skipped: UInt64 = 0

    /// Bytes that came of each path, for those that came whole.
    private(set) var received: [[UInt8]: UInt64] = [:]
    /// Paths that are hard links to one that came.
    private(set) var links: Set<[UInt8]> = []
    /// Members that were not asked for.
    private(set) var passedOver = 0
    /// Members that were larger than what is copied.
    private(set) var larger = 0
    private(set) var isSilent = true

    /// - Parameter folder: below `data/`.
    init(_ context: AttemptContext, folder: [String], request: FilesRequest, commands: FilesCommands) {
        self.context = context
        self.folder = folder.map { Array($0.utf8) }
        self.request = request
        self.commands = commands
        roots = commands.roots.map { Array($0.utf8) }
    }

    /// Whether the tar stream may end here.
    var mayEnd: Bool { tar.mayEnd }

    /// - Throws: ``Full``, ``ContainerTar/Bad``, and what the bundle refuses.
    mutating func take(_ bytes: ArraySlice<UInt8>) async throws {
        if !bytes.isEmpty { isSilent = false }
        // The pieces are taken one by one, as any of them may end it.
        var tar = self.tar
        defer { self.tar = tar }
        var pieces: [ContainerTar.Piece] = []
        do {
            try tar.take(bytes) { pieces.append($0) }
        } catch {
            for piece in pieces { try await take(piece) }
            throw error
        }
        for piece in pieces { try await take(piece) }
    }

    private mutating func take(_ piece: ContainerTar.Piece) async throws {
        switch piece {
        case .begin(let path, let size): try begin(path, UInt64(size))
        case .bytes(let part): try await write(part)
        case .end: try await end()
        case .link(let path, let target):
            guard let components = FileBytes.components(path, below: roots) else { return passedOver += 1 }
            let target = FileBytes.normalised(target.split(separator: 0x2F))
            if received[target] != nil, links.count < request.most { links.insert(FileBytes.normalised(components)) }
        }
    }

    private mutating func begin(_ path: [UInt8], _ size: UInt64) throws {
        guard let components = FileBytes.components(path, below: roots), commands.mayHave(components) else {
            return passedOver += 1
        }
        let path = FileBytes.normalised(components)
        // Paths may overlap, and then a file comes twice.
        guard received[path] == nil else { return }
        guard size <= request.largest else { return larger += 1 }
        try begin(path, components)
    }

    private mutating func begin(_ path: [UInt8], _ components: [[UInt8]]) throws {
        guard received.count < request.most else { throw Full() }
        current = Current(path: path, components: components)
    }

    /// A path of the definition, whose content comes by itself.
    mutating func begin(path: String) throws {
        let components = path.split(separator: "/").map { Array($0.utf8) }
        try begin(FileBytes.normalised(components), components)
    }

    /// Bytes of the file under way.
    mutating func write(_ part: ArraySlice<UInt8>) async throws {
        guard current != nil else {
            skipped += UInt64(part.count)
            guard skipped <= context.limits.bytes else {
                throw ContainerTar.Bad(reason: "its tar stream has more that was not asked for than the step may bring")
            }
            return
        }
        current?.count += UInt64(part.count)
        try await open(part).write(part)
    }

    /// Bytes of the file under way that came.
    var count: UInt64 { current?.count ?? 0 }

    /// The file under way is whole.
    mutating func end() async throws {
        guard let file = current else { return }
        try await open([]).finish()
        received[file.path] = file.count
        current = nil
    }

    /// Keeps what came of a file that did not come whole.
    mutating func close() async throws {
        try await current?.entry?.finish()
        current = nil
    }

    /// Keeps nothing of the file under way.
    mutating func abandon() async {
        await current?.entry?.abandon()
        current = nil
    }

    private mutating func open(_ beginning: ArraySlice<UInt8>) async throws -> EvidenceEntry {
        guard let file = current else { throw CancellationError() }
        if let entry = file.entry { return entry }
        let name = String(decoding: file.components.last ?? [], as: UTF8.self)
        let media = beginning.prefix(1_024).contains(0) ? MediaType.binary : .named(name)
        let entry = try await context.entry(folder + file.components, media: media)
        current?.entry = entry
        return entry
    }
}
