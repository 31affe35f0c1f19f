/// Which paths and folders are in use, kept as 64-bit hashes: 1,000,000 entries take 32 MiB at most.
///
/// The hash is seeded per process, so nobody outside can make names that collide. A collision (about 1 in 10 million
/// for a million entries) makes a path look taken that is not.
struct PathFingerprints: Sendable {
    private var keys: Set<UInt64> = []

    /// What stands in the way of a path.
    enum Conflict: Hashable {
        /// The path itself is an entry, or a folder of one.
        case path
        /// Its folder, the components up to and with this one, is an entry.
        case folder(component: Int)
    }

    func conflict(of path: String) -> Conflict? {
        var conflict: Conflict?
        Self.visit(path) { component, entryKey, folderKey, isLast in
            if conflict != nil { return }
            if isLast {
                if keys.contains(entryKey) || keys.contains(folderKey) { conflict = .path }
            } else if keys.contains(entryKey) {
                conflict = .folder(component: component)
            }
        }
        return conflict
    }

    mutating func insert(_ path: String) {
        Self.visit(path) { _, entryKey, folderKey, isLast in
            keys.insert(isLast ? entryKey : folderKey)
        }
    }

    /// Calls `body` for each component with the keys of the path so far, as entry and as folder, ASCII letters folded.
    private static func visit(_ path: String, _ body: (Int, UInt64, UInt64, Bool) -> Void) {
        var folded = path.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        folded.append(0x2F)
        var hasher = Hasher()
        var start = 0
        var component = 0
        for index in folded.indices where folded[index] == 0x2F {
            folded.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[start...index])) }
            var entry = hasher
            entry.combine(UInt8(1))
            var folder = hasher
            folder.combine(UInt8(2))
            body(
                component, UInt64(bitPattern: Int64(entry.finalize())), UInt64(bitPattern: Int64(folder.finalize())),
                index == folded.count - 1)
            start = index + 1
            component += 1
        }
    }
}
