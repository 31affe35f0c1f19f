/// What was captured of a cluster or host, file by file: a bundle of Exhibit, or one that another tool made.
///
/// Everything in it is hostile: paths, sizes, content. Memory is bounded by what is being read, never by the capture.
public protocol Capture: Sendable {
    /// What made it, and what it is of.
    var kind: CaptureKind { get }

    /// What a file of it holds, by where it lies.
    func role(of file: CapturedFile) -> FileRole

    /// Hands out every file, without content, in the order in which they lie in the capture.
    func files(_ body: (CapturedFile) throws -> Void) async throws

    /// Reads files in one pass: where there is random access several at once on all cores, else one after the other.
    ///
    /// - Parameter visitor: asked for each file, in the order of the capture, on any thread; nil: the file is not read. A visitor is
    ///   used by one task at a time.
    /// - Throws: what the capture itself does, `CancellationError`, and what `visitor` or a visitor throws, which ends the pass. What
    ///   is wrong with one file goes to its visitor's ``FileVisitor/end(_:)``, and the pass goes on.
    func read(_ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws
}

/// Takes the content of one file.
public protocol FileVisitor: AnyObject, Sendable {
    /// The next bytes, lent.
    func take(_ piece: ArraySlice<UInt8>) throws

    /// There is no more. Called once.
    ///
    /// - Parameter problem: why what was taken is not the whole file as it was captured; nil when it is.
    func end(_ problem: String?) throws
}

/// Thrown by a visitor that has all it wanted of its file: the rest is not read, and ``FileVisitor/end(_:)`` not called.
public struct EnoughOfFile: Error {
    public init() {}
}

/// A file of a ``Capture``.
public struct CapturedFile: Hashable, Sendable {
    /// As it stands in the capture, with `/` between components: of a bundle of Exhibit the path of its entry, of another the path in its
    /// archive or folder. Never empty, absolute, or with `.` and `..` in it; other bytes than UTF-8 are escaped.
    public let path: String
    /// In bytes, as the capture says.
    public let size: UInt64
    /// Where it stands in the order of the capture, from 0.
    public let ordinal: Int

    public init(path: String, size: UInt64, ordinal: Int) {
        self.path = path
        self.size = size
        self.ordinal = ordinal
    }
}

/// The kinds of captures that can be opened.
public enum CaptureKind: String, Sendable, Hashable, CaseIterable {
    /// A bundle of Exhibit.
    case exhibit
    /// A must-gather, or the folder of `oc adm inspect`.
    case mustGather = "must-gather"
    /// A support bundle of Troubleshoot.
    case troubleshoot = "support-bundle"
    /// The folder of `kubectl cluster-info dump --output-directory`.
    case clusterInfoDump = "cluster-info-dump"
    /// A support bundle of Rancher's support-bundle-kit (Harvester, Longhorn).
    case rancher = "rancher-support-bundle"

    public var words: String {
        switch self {
        case .exhibit: "a bundle of Exhibit"
        case .mustGather: "a must-gather"
        case .troubleshoot: "a support bundle of Troubleshoot"
        case .clusterInfoDump: "a dump of kubectl cluster-info"
        case .rancher: "a support bundle of Rancher"
        }
    }
}
