internal import Archive
internal import Bundle

/// A capture that another tool made, as a folder, a tar (plain or compressed) or a zip. Nothing vouches for it, and nothing in it is
/// believed: paths are judged, links not followed, and what is not taken is in ``problems``.
public final class ForeignCapture: Capture {
    /// File or folder, as named.
    public let path: String
    public let kind: CaptureKind
    /// What a bundle of Exhibit has and this has not, as nouns.
    public let lacks: [String]

    private let source: any ForeignSource
    private let listing: CaptureListing
    private let layout: any CaptureLayout.Type
    private let roots: Set<String>

    /// Opens a capture: lists all of it, which for a compressed archive reads it once.
    ///
    /// - Throws: ``BundleError``: `notABundle` when it is none that is known, `readFailed`, `truncated`, `damaged`, `tooLarge` when nothing
    ///   in it can be read; `CancellationError`.
    public init(path: String) async throws {
        self.path = path
        source = FileStatus.isFolder(path) ? try FolderSource(path: path) : ArchiveSource(path: path)
        listing = try await source.list()
        let recognition = listing.recognition
        guard !recognition.hasOpening else {
            throw BundleError(
                code: .damaged, doing: "opening", subject: path,
                reason: "it has the opening record of a bundle of Exhibit, but is not packed as Exhibit packs one",
                advice: "get the file that was sealed; of one that is damaged, exhibit recover gets what it can")
        }
        guard let (layout, roots) = recognition.result else {
            throw BundleError(
                code: .notABundle, doing: "opening", subject: path,
                reason: "it is neither a bundle of Exhibit nor one of "
                    + CaptureKind.allCases.filter { $0 != .exhibit }.map(\.words).joined(separator: ", "),
                advice: "name the file or folder that the other tool wrote, unchanged")
        }
        self.layout = layout
        self.roots = roots
        kind = layout.kind
        lacks = CaptureLacks(listing.files, layout, roots).nouns
    }

    /// Nothing vouches for it: what a person is told before anything of it is shown.
    public var warning: String {
        "\(kind.words), not of Exhibit: nothing vouches for it. It lacks \(lacks.joined(separator: ", "))"
    }

    /// Whether a file of it is reached only by reading what lies before it: it is an archive.
    package var isReadFromFront: Bool { source is ArchiveSource }

    /// How many files it has.
    public var fileCount: Int { listing.files.count }

    /// What of it is not had, in its order; at most 1,000.
    public var problems: [CaptureProblem] { listing.problems }
    /// How many problems there are.
    public var problemCount: Int { listing.problemCount }
    /// Why there may be more in it than ``files(_:)`` hands out; nil when that is all.
    public var end: String? { listing.end }

    public func files(_ body: (CapturedFile) throws -> Void) async throws {
        for file in listing.files { try body(file) }
    }

    public func read(_ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws {
        try await source.read(listing, visitor)
    }

    /// Hands out the content of one file in pieces.
    ///
    /// - Returns: Why what was handed out is not the whole file as it was captured; nil when it is.
    /// - Throws: What the capture itself does, and what `body` throws.
    public func content(of file: CapturedFile, _ body: (ArraySlice<UInt8>) throws -> Void) async throws -> String? {
        try await source.content(of: file, in: listing, body)
    }

    public func role(of file: CapturedFile) -> FileRole {
        let path = file.path.split(separator: "/")
        guard let depth = Self.depth(of: path, roots) else { return .other }
        // The same objects once more, as newer versions of Troubleshoot write them.
        if kind == .troubleshoot, path.dropFirst(depth + 1).first == "custom-resources", file.path.hasSuffix(".yaml"),
            listing.paths.contains(file.path.dropLast(5) + ".json")
        {
            return .other
        }
        return layout.role(path[depth...])
    }

    /// How many components are those of the root that a path is below.
    static func depth(of path: [Substring], _ roots: Set<String>) -> Int? {
        (0...LayoutRecognition.maximumDepth).first { depth in
            depth < path.count && roots.contains(path.prefix(depth).joined(separator: "/"))
        }
    }
}
