extension HostTree {
    /// Folders that are links on most hosts, each with what they lead to: into `/usr` where the file system is merged, and to `/run`.
    ///
    /// Source: file-hierarchy(7), "COMPATIBILITY SYMLINKS".
    private static let compatible: [(folder: String, target: String)] =
        ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].map { ($0, "usr/" + $0) }
        + [("var/run", "run"), ("var/lock", "run/lock")]

    /// Those of them that are such links here. These are the only links whose text decides where a file is looked for.
    static func mergedFolders(_ root: borrowing AnchoredDirectory) -> [[UInt8]: [UInt8]] {
        var merged: [[UInt8]: [UInt8]] = [:]
        for (folder, target) in compatible {
            let names = folder.split(separator: "/").map(String.init)
            guard let last = names.last,
                let parent = try? root.descend(to: RawText(names.dropLast().joined(separator: "/"))),
                let text = try? parent.link(last)
            else { continue }
            let absolute = "/" + target
            let relative = String(repeating: "../", count: names.count - 1) + target
            if text.elementsEqual(absolute.utf8) || text.elementsEqual(relative.utf8) {
                merged[Array("/\(folder)".utf8)] = Array(absolute.utf8)
            }
        }
        return merged
    }

    /// The path of what a path leads to that begins with such a link; any other as it is.
    package func merged(_ path: RawText) -> RawText {
        guard !mergedUsr.isEmpty, path.bytes.first == 0x2F else { return path }
        var end = 1
        // The links have one or two names.
        for _ in 0..<2 {
            while end < path.bytes.count, path.bytes[end] != 0x2F { end += 1 }
            if let target = mergedUsr[Array(path.bytes[..<end])] { return RawText(target + path.bytes[end...]) }
            guard end < path.bytes.count else { return path }
            end += 1
        }
        return path
    }
}
