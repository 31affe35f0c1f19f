@testable import Archive
@testable import BundleFormat

extension FuzzTarget {
    /// Names as a cluster or host gives them, and paths as an archive has them.
    static let names = FuzzTarget("names") {
        [
            ("names", Array("data\u{0}a b\u{0}..\u{1}data\u{0}A B\u{0}..".utf8)),
            ("path", Array("data/a=20b/=2E./c=~0123456789abcdef.yaml".utf8)),
            ("long", Array("data\u{0}\(String(repeating: "ü", count: 200)).yaml".utf8)),
        ]
    } run: { input in
        judgedAlike(input)
        var allocator = EntryPathAllocator()
        var registry = PathRegistry()
        for (attempt, group) in input.split(separator: 1, omittingEmptySubsequences: false).prefix(64).enumerated() {
            let components = group.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
            let given = allocator.allocate(components, attempt: attempt)
            let path = Array(given.path.rawValue.utf8)
            require(accepted { try EntryPath(validating: path) } == given.path, "a path that is made may be read")
            judgedAlike(path)
            do throws(Defect) {
                try registry.insert(path)
            } catch {
                require(false, "a path that is made is unique to a reader, too: \(given.path): \(error)")
            }
            if let names = given.sourceNames {
                require(names.map(\.bytes) == components, "the names are kept where the path differs from them")
                for name in names { require(SourceName(json: name.json) == name, "a name can be read again") }
            } else {
                require(path == Array(components.joined(separator: [0x2F])), "without names, the path is the names")
            }
            // What carries no mark was only escaped, and can be read back.
            if !given.path.rawValue.contains("=~") {
                require(given.path.components.map(unescaped) == components, "an escaped path says its names")
            }
        }
        let folder = FolderName(source: String(decoding: input, as: UTF8.self))
        require(accepted { try FolderName(folder.rawValue) } == folder, "a folder's name that is made may be read")
    }

    /// Two rooms read paths, each with a grammar of its own.
    private static func judgedAlike(_ path: [UInt8]) {
        guard path.count <= FormatLimits.path else { return }
        let format = accepted { try BundleFormat.EntryPath(validating: path) }
        let archive = Archive.EntryPath.problem(of: path)
        require(
            (format != nil) == (archive == nil),
            "the archive and the format judge a path alike: \(archive ?? "the archive accepts it")")
        if let format { require(Array(format.rawValue.utf8) == path, "a path that is accepted stays as it is") }
    }

    private static func unescaped(_ component: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(component.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
