internal import Collection

/// What a step `files` is to copy: the same on a host and in a container.
package struct FilesRequest: Sendable {
    static let defaultLargest: UInt64 = 16 << 20
    static let maxLargest: UInt64 = 1 << 40
    static let defaultMost = 1_000
    static let maxMost = 10_000

    /// Normalised, each once, in the order of the definition.
    package var paths: [String]
    /// Patterns of names of files below the paths; empty for all.
    package var names: [String]
    /// Bytes of the largest file that is copied: whole blocks of 512, which is what `find` counts in.
    package var largest: UInt64
    /// So many files at most.
    package var most: Int

    package init(paths: [String], names: [String] = [], largest: UInt64 = defaultLargest, most: Int = defaultMost) {
        self.paths = paths
        self.names = names
        self.largest = (largest + 511) / 512 * 512
        self.most = most
    }

    /// - Throws: `StepFailure` for what cannot be copied. A definition that was checked has no such thing; values of parameters
    ///   are judged here once more, where they are used.
    init(_ step: StepDefinition) throws {
        var paths: [String] = []
        for text in step.texts("paths") {
            guard let path = FilePathText.normalised(text) else {
                throw StepFailure(.error("BadPath", "\(TextSafety.oneLine(text)) is no path of files to copy"))
            }
            if !paths.contains(path) { paths.append(path) }
        }
        guard (1...FilePathText.maxPaths).contains(paths.count) else {
            throw StepFailure(
                .error("BadPath", "there are \(paths.count) paths, and not 1 to \(FilePathText.maxPaths)"))
        }
        self.init(
            paths: paths, names: step.texts("names"),
            largest: step.text("largest").flatMap(UnitNotation.bytes) ?? Self.defaultLargest,
            most: min(step.number("most") ?? Self.defaultMost, Self.maxMost))
    }

    /// Whether a file below a folder is meant, by its name.
    func isMeant(_ name: ArraySlice<UInt8>) -> Bool {
        guard !names.isEmpty else { return true }
        let text = String(decoding: name, as: UTF8.self)
        return names.contains { Glob.matches($0, text) }
    }

    /// The options of both kinds.
    static let options = [
        StepOption(
            "paths", .filePaths, required: true,
            summary:
                "Absolute paths of files, and of folders that are copied with all that is below them in their file system. They are literal; a path that is itself a link is followed. None lies in /proc, /sys or /dev."
        ),
        StepOption(
            "names", .namePatterns,
            summary:
                "Which files below a folder are meant, by patterns of their names (* and ?); all if not given. A path that is itself a file always is."
        ),
        StepOption(
            "largest", .size(maxLargest),
            summary: "Larger files are not copied, but listed; 16MiB if not given."),
        StepOption(
            "most", .number(1...maxMost),
            summary: "At most so many files are copied; 1000 if not given."),
    ]
}

/// Paths as bytes.
enum FileBytes {
    /// Components of a path that a container or host gave, if it is at or below one of these paths, and one that an entry can
    /// have; else nil.
    static func components(_ path: [UInt8], below roots: [[UInt8]]) -> [[UInt8]]? {
        guard path.first == 0x2F, path.count <= 4_096 else { return nil }
        let parts = path.split(separator: 0x2F)
        guard (1...64).contains(parts.count),
            !parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
        else { return nil }
        let plain = normalised(parts)
        guard roots.contains(where: { $0 == [0x2F] || plain == $0 || plain.starts(with: $0 + [0x2F]) }) else {
            return nil
        }
        return parts.map { Array($0) }
    }

    static func normalised(_ components: [some Collection<UInt8>]) -> [UInt8] {
        components.reduce(into: []) { path, part in
            path.append(0x2F)
            path += part
        }
    }

    /// For the ledger.
    static func shown(_ path: [UInt8]) -> String { TextSafety.oneLine(String(decoding: path, as: UTF8.self)) }
}
