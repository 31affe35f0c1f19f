extension HostTree {
    /// Folders that are links into `/usr` on a host whose file system is merged.
    ///
    /// Source: file-hierarchy(7), "COMPATIBILITY SYMLINKS".
    private static let folders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]

    /// Those of them that are such links here. These are the only links whose text decides where a file is looked for.
    static func mergedFolders(_ root: borrowing AnchoredDirectory) -> Set<String> {
        var merged: Set<String> = []
        for name in folders {
            guard let target = try? root.link(name) else { continue }
            if target.elementsEqual("usr/\(name)".utf8) || target.elementsEqual("/usr/\(name)".utf8) {
                merged.insert(name)
            }
        }
        return merged
    }

    /// The path below `/usr` of one that begins with such a link; any other as it is.
    package func merged(_ path: RawText) -> RawText {
        let names = path.bytes.split(separator: 0x2F, maxSplits: 1)
        guard names.count == 2 else { return path }
        let first = String(decoding: names[0], as: UTF8.self)
        guard Self.folders.contains(first), mergedUsr.contains(first) else { return path }
        return RawText(Array("/usr/".utf8) + names[0] + [0x2F] + names[1])
    }
}
