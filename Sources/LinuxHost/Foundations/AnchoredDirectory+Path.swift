extension AnchoredDirectory {
    /// Opens the directory at a path beneath `root`, one component at a time and without following a link in any of them.
    ///
    /// - Parameters:
    ///   - path: from the root; a slash at its beginning means nothing.
    ///   - root: the directory that the path begins at; itself opened as it is, links followed.
    package static func open(_ path: RawText, beneath root: String) throws(HostError) -> AnchoredDirectory {
        let anchor = try open(root)
        return try anchor.descend(to: path)
    }

    /// Opens the directory at a path beneath this one, in the same way.
    package func descend(to path: RawText) throws(HostError) -> AnchoredDirectory {
        var current = try reopened()
        for name in path.bytes.split(separator: 0x2F) {
            guard !name.contains(0) else {
                throw HostError(.unexpectedType, "open", path, reason: "a name has a NUL in it, so it is none")
            }
            current = try current.directory(name.map { CChar(bitPattern: $0) } + [0])
        }
        return current
    }
}
