internal import Glibc

/// A procfs tree, held by a descriptor: `/proc`, a host's procfs mounted elsewhere, or a made-up tree of a test.
///
/// Everything is reached beneath the descriptor without following links, so that nothing in the tree can lead
/// elsewhere. Nothing is executed and no process is touched: all there is are reads.
public final class ProcFileSystem: Sendable {
    /// The path it was opened by.
    public let rootPath: String
    package let root: AnchoredDirectory

    /// Opens the tree at `root`.
    ///
    /// - Throws: ``HostError`` if it is not a directory that can be opened.
    public init(root: String = "/proc") throws(HostError) {
        rootPath = root
        self.root = try AnchoredDirectory.open(root)
    }

    /// The processes that there are now, by ascending pid.
    public func processIDs() throws(HostError) -> [Int32] {
        var pids: [Int32] = []
        do {
            try root.forEachEntry { name, _ in
                if let pid = Self.number(name) { pids.append(pid) }
                return true
            }
        } catch {
            switch error {
            case .listing(let failure): throw failure
            }
        }
        pids.sort()
        return pids
    }

    /// Reads a file by its path beneath the root, such as `sys/kernel/osrelease`, up to `limit` bytes.
    ///
    /// - Throws: ``HostError`` if a component is missing, is a link, or the last one is not a regular file.
    public func contents(of path: String, limit: Int = 1 << 20) throws(HostError) -> FileContents {
        var buffer: [UInt8] = []
        let names = path.split(separator: "/").map(String.init)
        guard let last = names.last else {
            throw HostError(.notFound, "read", RawText(path), reason: "an empty path")
        }
        let isTruncated = try Self.read(names.dropLast(), last, limit, in: root, into: &buffer)
        return FileContents(bytes: buffer, isTruncated: isTruncated)
    }

    private static func read(
        _ folders: ArraySlice<String>, _ name: String, _ limit: Int, in directory: borrowing AnchoredDirectory,
        into buffer: inout [UInt8]
    ) throws(HostError) -> Bool {
        guard let first = folders.first else { return try directory.read(name, limit: limit, into: &buffer) }
        let inner = try directory.directory(first)
        return try read(folders.dropFirst(), name, limit, in: inner, into: &buffer)
    }

    /// Opens the directory of a process. A failure to find it is ``HostError/Code/vanished``.
    package func process(_ pid: Int32) throws(HostError) -> AnchoredDirectory {
        do {
            return try root.directory(String(pid), pid: pid)
        } catch {
            throw error.asVanished
        }
    }

    /// A name as a positive number without leading zeros, which is how procfs names processes and descriptors.
    package static func number(_ name: UnsafePointer<CChar>) -> Int32? {
        var value: Int32 = 0
        var index = 0
        while name[index] != 0 {
            let digit = Int32(name[index]) - 0x30
            guard (0...9).contains(digit), index == 0 || value > 0 else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = product.addingReportingOverflow(digit)
            if over || more { return nil }
            value = sum
            index += 1
        }
        return index > 0 ? value : nil
    }
}

/// What was read of a file.
public struct FileContents: Hashable, Sendable {
    /// The bytes, up to the limit.
    public let bytes: [UInt8]
    /// Whether there was more than the limit.
    public let isTruncated: Bool
}

extension HostError {
    /// The same failure, with "not found" read as "gone": what a process's file that must exist means by it.
    package var asVanished: HostError {
        guard code == .notFound else { return self }
        var changed = self
        changed.code = .vanished
        return changed
    }
}
