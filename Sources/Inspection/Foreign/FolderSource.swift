internal import Archive
internal import Bundle
internal import Synchronization

/// A foreign capture in a folder, which is only entered through its descriptor. Links are not followed, and only regular files opened.
struct FolderSource: ForeignSource {
    let root: FolderRoot

    init(path: String) throws(BundleError) {
        root = try FolderRoot(path: path)
    }

    @concurrent
    func list() async throws -> CaptureListing {
        var listing = CaptureListing()
        do {
            try Self.walk(root, [], &listing)
        } catch let full as CaptureListing.Full {
            listing.cut(full.reason)
        }
        return listing
    }

    private static func walk(_ folder: FolderRoot, _ above: [UInt8], _ listing: inout CaptureListing) throws {
        try Task.checkCancellation()
        let contents: [FolderRoot.Content]
        do {
            contents = try folder.contents(limit: CaptureListing.maximumEntries)
        } catch {
            listing.note(above.isEmpty ? nil : ForeignPath.text(above), error.reason)
            return
        }
        for content in contents {
            let path = above.isEmpty ? content.name : above + [UInt8(ascii: "/")] + content.name
            guard let name = String(validating: content.name, as: UTF8.self), ForeignPath.text(content.name) == name
            else {
                listing.note(ForeignPath.text(path.prefix(400)), "its name is not plain text: it is not opened")
                continue
            }
            let entry = ForeignEntry(path: path, kind: kind(content), size: content.size)
            guard try listing.add(entry) != nil else { continue }
            let inner: FolderRoot
            do throws(BundleError) {
                inner = try folder.folder(name)
            } catch {
                listing.note(ForeignPath.text(path), error.reason)
                continue
            }
            try walk(inner, path, &listing)
        }
    }

    private static func kind(_ content: FolderRoot.Content) -> ForeignEntry.Kind {
        switch content.kind {
        case .file: .file
        case .folder: .folder
        case .symbolicLink: .symbolicLink([])
        case .other: .special("neither file nor folder")
        }
    }

    @concurrent
    func read(_ listing: CaptureListing, _ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws
    {
        let queue = Queue(listing.files)
        try await withoutActuallyEscaping(visitor) { visitor in
            try await withThrowingTaskGroup { group in
                for _ in 0..<ContainerOptions.usableCores {
                    group.addTask {
                        while let (file, taker) = try queue.next(visitor) {
                            try Task.checkCancellation()
                            try await read(file, taker)
                        }
                    }
                }
                for try await _ in group {}
            }
        }
    }

    private func read(_ file: CapturedFile, _ taker: any FileVisitor) async throws {
        let problem: String?
        do {
            problem = try await content(of: file) { try taker.take($0) }
        } catch is EnoughOfFile {
            return
        }
        try taker.end(problem)
    }

    func content(
        of file: CapturedFile, in listing: CaptureListing, _ body: (ArraySlice<UInt8>) throws -> Void
    ) async throws -> String? {
        try await content(of: file, body)
    }

    private func content(of file: CapturedFile, _ body: (ArraySlice<UInt8>) throws -> Void) async throws -> String? {
        var thrown: (any Error)?
        do {
            let opened = try root.file(file.path.split(separator: "/"))
            try await opened.pieces { piece in
                do {
                    try Task.checkCancellation()
                    try body(piece)
                } catch {
                    thrown = error
                    throw error
                }
            }
            return opened.size == file.size ? nil : "it had \(file.size) bytes when it was listed, then \(opened.size)"
        } catch {
            if let thrown { throw thrown }
            return (error as? BundleError)?.reason ?? "\(error)"
        }
    }
}

/// Hands out the files that are wanted. The lock keeps the order in which they are asked for.
private final class Queue: Sendable {
    private let files: [CapturedFile]
    private let position = Mutex(0)

    init(_ files: [CapturedFile]) {
        self.files = files
    }

    func next(
        _ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?
    ) throws -> (CapturedFile, any FileVisitor)? {
        try position.withLock { position in
            while position < files.count {
                let file = files[position]
                position += 1
                if let taker = try visitor(file) { return (file, taker) }
            }
            return nil
        }
    }
}
