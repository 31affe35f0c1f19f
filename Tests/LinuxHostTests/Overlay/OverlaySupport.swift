import CHost
import Glibc
import LinuxHost
import TestSupport

/// What the reader says of an overlay, by path.
struct SeenChanges {
    let all: [OverlayChange]
    let summary: OverlaySummary

    subscript(_ path: String) -> OverlayChange? {
        let found = all.filter { $0.path == RawText(path) }
        return found.count == 1 ? found[0] : nil
    }

    var paths: [String] { all.map(\.path.string).sorted() }

    init(_ tree: OverlayTree, _ query: OverlayQuery = OverlayQuery()) throws {
        var found: [OverlayChange] = []
        summary = try tree.changes(query) { found.append($0) }
        all = found
    }

    /// Whether any part of any record has this hash.
    func has(hash: String) -> Bool {
        all.contains { $0.file?.digest?.sha256 == hash || $0.original?.digest?.sha256 == hash }
    }
}

extension OverlayFixture {
    func tree(root: String = "/", proc: String = "/proc") throws -> OverlayTree {
        try OverlayTree(
            rootMount: RawText(root == "/" ? merged : "/merged"), root: root, proc: ProcFileSystem(root: proc))
    }

    func changes(_ query: OverlayQuery = OverlayQuery()) throws -> SeenChanges {
        try SeenChanges(try tree(), query)
    }

    static func attribute(_ name: String, _ value: [UInt8], of path: String) throws {
        guard setxattr(path, name, value, value.count, 0) == 0 else {
            throw Failure(what: "setxattr \(name) \(path)", number: errno)
        }
    }

    static func status(_ path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure(what: "stat \(path)", number: errno) }
        return status
    }
}

/// Hashes of texts, as `printf TEXT | sha256sum` has them.
enum Hash {
    static let one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    static let two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"
    static let secret = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
}
