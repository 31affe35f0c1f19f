internal import Glibc

/// The files of a host, or of a made-up root of a test: each is reached one component at a time without following a link, and read
/// within a limit.
///
/// Paths are those of the host, from its root; a slash at their beginning means nothing.
package final class HostTree: Sendable {
    private let root: AnchoredDirectory
    /// Folders that are links on most hosts, here too, and what they lead to.
    let mergedUsr: [[UInt8]: [UInt8]]

    /// Opens the root, by a path that the operator chose: `/`, or where a node agent's pod sees it.
    package init(root: String) throws(HostError) {
        let anchor = try AnchoredDirectory.open(root)
        mergedUsr = Self.mergedFolders(anchor)
        self.root = anchor
    }

    /// Entries of a folder that are looked at, if nothing else is said.
    package static let mostEntries = 20_000

    package func directory(_ path: RawText) throws(HostError) -> AnchoredDirectory {
        try root.descend(to: path)
    }

    /// Whether there is a folder, and not a link to one.
    package func hasDirectory(_ path: RawText) -> Bool {
        (try? status(path))?.kind == .directory
    }

    /// The status of a file, of a link itself if it is one.
    package func status(_ path: RawText) throws(HostError) -> FileStatus {
        let (folder, name) = try Self.parts(path)
        let directory = try root.descend(to: folder)
        return FileStatus(try directory.status(name), linkTarget: try? directory.link(name))
    }

    /// Opens a regular file.
    package func open(_ path: RawText) throws(HostError) -> OwnedDescriptor {
        let (folder, name) = try Self.parts(path)
        let file = try root.descend(to: folder).regularFile(name)
        file.leaveAccessTime()
        return file
    }

    /// Reads a regular file, up to a limit in bytes.
    package func contents(_ path: RawText, limit: Int = 1 << 20) throws(HostError) -> TreeFile {
        let file = try open(path)
        let before = FileStatus(try file.status())
        var bytes: [UInt8] = []
        let isTruncated = try file.readAll(limit: limit, into: &bytes, path: path)
        let after = FileStatus(try file.status())
        return TreeFile(
            path: path, bytes: bytes, isTruncated: isTruncated, status: before, hasChanged: before.differs(from: after))
    }

    /// What a folder has in it, by name.
    ///
    /// - Parameter limit: how many entries are looked at.
    package func entries(_ path: RawText, limit: Int = mostEntries) throws(HostError) -> TreeListing {
        let directory = try root.descend(to: path)
        var listing = TreeListing()
        do {
            try directory.forEachEntry { name, _ in
                guard listing.entries.count < limit else {
                    listing.isTruncated = true
                    return false
                }
                // What is gone since is no entry.
                guard let status = try? directory.status(name) else { return true }
                let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
                listing.entries.append(
                    TreeListing.Entry(
                        name: RawText(bytes),
                        path: RawText(path.bytes + (path.bytes.last == 0x2F ? [] : [0x2F]) + bytes),
                        status: FileStatus(
                            status,
                            linkTarget: FileKind(mode: status.st_mode) == .link ? try? directory.link(name) : nil)))
                return true
            }
        } catch {
            switch error {
            case .listing(let failure): throw failure
            }
        }
        listing.entries.sort { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
        return listing
    }

    private static func parts(_ path: RawText) throws(HostError) -> (folder: RawText, name: [CChar]) {
        let names = path.bytes.split(separator: 0x2F)
        guard let last = names.last, !path.bytes.contains(0) else {
            throw HostError(.unexpectedType, "open", path, reason: "not the path of a file")
        }
        return (
            RawText(Array(names.dropLast().joined(separator: [0x2F]))), last.map { CChar(bitPattern: $0) } + [0]
        )
    }
}

/// A file that was read.
package struct TreeFile: Sendable {
    package var path: RawText
    package var bytes: [UInt8]
    /// Whether there was more than the limit.
    package var isTruncated: Bool
    /// As of before it was read.
    package var status: FileStatus
    /// Whether it was written to meanwhile.
    package var hasChanged: Bool

    /// No line of a configuration is longer.
    package static let mostLineBytes = 64 << 10

    /// Its lines, without line feeds. Longer ones than ``mostLineBytes`` are empty.
    package var lines: [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for index in lines.indices where lines[index].count > Self.mostLineBytes { lines[index] = [] }
        return lines
    }

    /// Whether it has such longer ones.
    package var hasOverlongLines: Bool {
        bytes.split(separator: 0x0A).contains { $0.count > Self.mostLineBytes }
    }
}

/// What a folder has in it.
package struct TreeListing: Sendable {
    package struct Entry: Sendable {
        package var name: RawText
        package var path: RawText
        package var status: FileStatus
    }

    package var entries: [Entry] = []
    /// Whether there was more than the limit.
    package var isTruncated = false
}

extension OwnedDescriptor {
    /// Reads the rest of the file up to `limit` bytes; true if there was more.
    package func readAll(limit: Int, into bytes: inout [UInt8], path: RawText) throws(HostError) -> Bool {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = try read(into: chunk, path: path)
            if count == 0 { return false }
            let kept = min(count, limit - bytes.count)
            bytes.append(contentsOf: chunk[..<kept])
            if kept < count { return true }
        }
    }
}
