/// Reads the units of systemd from their files: what could run, and by which links it does.
///
/// Source: systemd.unit(5), "UNIT FILE LOAD PATH"; systemd, src/basic/path-lookup.c.
package struct UnitReader: Sendable {
    /// What is found, one after the other.
    package enum Found: Sendable {
        case file(UnitFile)
        case link(UnitLink)
    }

    package static let systemFolders: [RawText] = [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
        "/run/systemd/generator.early", "/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
        "/run/systemd/generator.late",
    ]
    package static let userFolders: [RawText] = [
        "/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
        "/usr/local/share/systemd/user", "/usr/share/systemd/user",
    ]
    private static let ends: Set<Substring> = [
        "service", "timer", "socket", "path", "mount", "automount", "swap", "target", "slice", "scope", "device",
    ]

    private let tree: HostTree
    private let index: PackageIndex?

    package init(_ tree: HostTree, index: PackageIndex?) {
        self.tree = tree
        self.index = index
    }

    /// Reads a folder of units with its pieces and links.
    package func read(
        _ folder: RawText, isOfUsers: Bool, _ failures: inout FailureLog, _ body: (Found) throws -> Void
    ) throws {
        // On a host whose `/usr` is merged this is another name of what has been read.
        guard tree.merged(RawText(folder.bytes + Array("/x".utf8))).bytes.starts(with: folder.bytes) else { return }
        for entry in tree.list(folder, &failures) {
            try Task.checkCancellation()
            let name = entry.name.string
            switch entry.status.kind {
            case .regular where Self.isUnit(name):
                try file(entry, unit: entry.name, isOfUsers, isPiece: false, &failures, body)
            case .link where Self.isUnit(name):
                let target = entry.status.linkTarget ?? ""
                try body(
                    .link(
                        UnitLink(
                            isOfUsers: isOfUsers, path: entry.path, unit: entry.name, target: target,
                            relation: target == "/dev/null" ? "masked" : "alias", file: entry.status)))
            case .directory where name.hasSuffix(".d"):
                let unit = RawText(Array(entry.name.bytes.dropLast(2)))
                for piece in tree.list(entry.path, limit: 2_000, &failures)
                where piece.status.kind == .regular && piece.name.bytes.ends(with: ".conf") {
                    try file(piece, unit: unit, isOfUsers, isPiece: true, &failures, body)
                }
            case .directory:
                guard let relation = ["wants", "requires", "upholds"].first(where: { name.hasSuffix("." + $0) }) else {
                    continue
                }
                let by = RawText(Array(entry.name.bytes.dropLast(relation.utf8.count + 1)))
                for link in tree.list(entry.path, limit: 5_000, &failures) where link.status.kind == .link {
                    try body(
                        .link(
                            UnitLink(
                                isOfUsers: isOfUsers, path: link.path, unit: link.name,
                                target: link.status.linkTarget ?? "", relation: relation, by: by, file: link.status)))
                }
            default: break
            }
        }
    }

    private static func isUnit(_ name: String) -> Bool {
        name.split(separator: ".").last.map { ends.contains($0) } ?? false
    }

    private func file(
        _ entry: TreeListing.Entry, unit: RawText, _ isOfUsers: Bool, isPiece: Bool, _ failures: inout FailureLog,
        _ body: (Found) throws -> Void
    ) throws {
        var file = UnitFile(
            isOfUsers: isOfUsers, unit: unit, path: entry.path, isPiece: isPiece, file: entry.status)
        if let text = tree.read(entry.path, limit: 256 << 10, &failures) {
            file.take(text)
            file.sha256 = text.isTruncated ? nil : TreeDigest.sha256(of: text.bytes)
        }
        file.package = index?.package(of: entry.path)
        try body(.file(file))
    }
}
