internal import Archive

/// What is in a foreign capture: its files, and what was not taken.
///
/// Nobody has listed these captures before us, so the list is kept: up to a million paths of at most 4,096 bytes, 256 MiB in all.
struct CaptureListing: Sendable {
    static let maximumEntries = 1_000_000
    static let maximumPathBytes = 256 << 20
    static let maximumProblems = 1_000

    private(set) var files: [CapturedFile] = []
    /// For each file, how many entries stand before it.
    private(set) var positions: [Int] = []
    private(set) var paths: Set<String> = []
    private(set) var problems: [CaptureProblem] = []
    private(set) var problemCount = 0
    /// Why there may be more in the capture than is listed.
    private(set) var end: String?
    private(set) var recognition = LayoutRecognition()
    private var pathBytes = 0
    private var entries = 0

    /// Takes the next entry, or notes why not.
    ///
    /// - Returns: The path of a folder; nil for all else and for one that is not to be entered.
    mutating func add(_ entry: ForeignEntry) throws(Full) -> String? {
        defer { entries += 1 }
        guard entries < Self.maximumEntries else {
            throw Full(reason: "it has more than \(Self.maximumEntries) entries")
        }
        let shown = ForeignPath.text(entry.path.prefix(200))
        let path: String
        switch ForeignPath.judge(entry.path) {
        case .root: return nil
        case .refused(let reason):
            note(shown, reason)
            return nil
        case .taken(let text): path = text
        }
        switch entry.kind {
        case .file: try add(path, entry.size)
        case .folder: return path
        case .symbolicLink(let target) where target.isEmpty: note(path, "it is a symbolic link, which is not followed")
        case .symbolicLink(let target):
            note(path, "it is a symbolic link to \(Self.shown(target)), which is not followed")
        case .hardLink(let target): note(path, "it is a hard link to \(Self.shown(target)), which is not followed")
        case .special(let words): note(path, "it is \(words), which is not opened")
        case .unreadable(let reason): note(path, reason)
        }
        return nil
    }

    private mutating func add(_ path: String, _ size: UInt64) throws(Full) {
        pathBytes += path.utf8.count
        guard pathBytes <= Self.maximumPathBytes else {
            throw Full(reason: "its paths have more than \(Self.maximumPathBytes) bytes")
        }
        guard paths.insert(path).inserted else {
            note(path, "a file of this path came before, which counts")
            return
        }
        files.append(CapturedFile(path: path, size: size, ordinal: files.count))
        positions.append(entries)
        recognition.add(path)
    }

    mutating func note(_ path: String?, _ reason: String) {
        problemCount += 1
        if problems.count < Self.maximumProblems { problems.append(CaptureProblem(path: path, reason: reason)) }
    }

    /// Ends the list early.
    mutating func cut(_ reason: String) {
        end = reason
        note(nil, reason)
    }

    private static func shown(_ target: [UInt8]) -> String { ForeignPath.text(target.prefix(200)) }

    /// A limit was reached: the list ends here.
    struct Full: Error {
        let reason: String
    }
}
