internal import ArgumentParser
internal import BundleFormat
internal import Inspection
internal import Patterns
internal import Settings

/// What is looked for, and what is shown of it: in letters of grep(1).
struct GrepFlags: ParsableArguments {
    @Option(
        name: [.customShort("e", allowingJoined: true), .customLong("regexp")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A pattern, which may begin with -; repeatable. The first argument behind the bundle is then a path.",
            valueName: "pattern"))
    var expressions: [String] = []

    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("file")],
        help: ArgumentHelp("File with a pattern a line; repeatable.", valueName: "file"))
    var files: [String] = []

    @Flag(name: [.customShort("i"), .customLong("ignore-case")], help: "Upper and lower case are the same.")
    var isCaseless = false

    @Flag(name: [.customShort("F"), .customLong("fixed-strings")], help: "The pattern is text, no regular expression.")
    var isFixed = false

    @Flag(name: [.customShort("w"), .customLong("word-regexp")], help: "Only whole words match.")
    var isWord = false

    @Flag(name: [.customShort("x"), .customLong("line-regexp")], help: "Only whole lines match.")
    var isWholeLine = false

    @Flag(name: [.customShort("v"), .customLong("invert-match")], help: "Lines that do not match.")
    var isInverted = false

    @Flag(
        name: [.customShort("c"), .customLong("count")],
        help: "How many lines of each file; files without any are left out.")
    var countsLines = false

    @Flag(name: [.customShort("l"), .customLong("files-with-matches")], help: "Only which files have such lines.")
    var listsFiles = false

    @Flag(name: [.customShort("L"), .customLong("files-without-match")], help: "Only which files have none.")
    var listsOthers = false

    @Flag(name: [.customShort("n"), .customLong("line-number")], help: "With the number of each line.")
    var hasNumbers = false

    @Flag(name: [.customShort("o"), .customLong("only-matching")], help: "Only what matches, each on a line.")
    var onlyMatches = false

    @Flag(name: .customLong("no-filename"), help: "Without the path of the file before each line.")
    var hidesPath = false

    @Option(
        name: [.customShort("A", allowingJoined: true), .customLong("after-context")],
        help: ArgumentHelp("That many lines behind each, too.", valueName: "lines"))
    var after: Int?

    @Option(
        name: [.customShort("B", allowingJoined: true), .customLong("before-context")],
        help: ArgumentHelp("That many lines before each, too.", valueName: "lines"))
    var before: Int?

    @Option(
        name: [.customShort("C", allowingJoined: true), .customLong("context")],
        help: ArgumentHelp("That many lines before and behind each, too.", valueName: "lines"))
    var context: Int?

    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("max-count")],
        help: ArgumentHelp("At most that many lines of each file.", valueName: "lines"))
    var mostLines: UInt64?

    @Flag(name: [.customShort("a"), .customLong("text")], help: "Lines of binary files are shown as well.")
    var isText = false

    func validate() throws {
        guard [countsLines, listsFiles, listsOthers].filter({ $0 }).count <= 1 else {
            throw ValidationError("-c, -l and -L exclude each other.")
        }
        for (flag, lines) in [("-A", after), ("-B", before), ("-C", context)] {
            if let lines, !(0...100_000).contains(lines) { throw ValidationError("\(flag) is a number up to 100000.") }
        }
    }

    /// Patterns that were given by a flag. As grep does it, each line of one is a pattern of its own.
    func patterns() throws -> [[UInt8]] {
        var patterns = expressions.flatMap { Self.lines(Array($0.utf8)) }
        for path in files {
            var bytes = try LocalFile(path: path, limit: 16 << 20).bytes
            if bytes.last == 0x0A { bytes.removeLast() } else if bytes.isEmpty { continue }
            patterns += Self.lines(bytes)
        }
        return patterns
    }

    static func lines(_ text: [UInt8]) -> [[UInt8]] {
        text.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    }

    var pattern: LinePattern.Options {
        var options = LinePattern.Options()
        options.isCaseless = isCaseless
        options.isFixed = isFixed
        options.isWord = isWord
        options.isWholeLine = isWholeLine
        return options
    }

    var search: GrepOptions {
        var options = GrepOptions()
        options.want = countsLines ? .count : listsFiles || listsOthers ? .existence : .lines
        options.isInverted = isInverted
        options.mostLines = mostLines ?? .max
        options.before = onlyMatches ? 0 : before ?? context ?? 0
        options.after = onlyMatches ? 0 : after ?? context ?? 0
        options.hasNumbers = hasNumbers
        options.isText = isText
        return options
    }
}

/// Where and when.
struct GrepScope: ParsableArguments {
    @Flag(name: .customLong("logs"), help: "Only logs of containers.")
    var logsOnly = false

    @Option(help: ArgumentHelp("Only what is in this namespace, or those that match it.", valueName: "name"))
    var namespace: String?

    @Option(help: ArgumentHelp("Only what is of this pod, or of those that match it.", valueName: "name"))
    var pod: String?

    @Option(help: ArgumentHelp("Only what is of this container, or of those that match it.", valueName: "name"))
    var container: String?

    @Option(
        help: ArgumentHelp(
            "Only lines of that time or later: 2026-11-30T08:00:00Z, 2026-11-30, or 30m, 2h, 7d before the capture began.",
            valueName: "time"), transform: CaptureTime.init)
    var since: CaptureTime?

    @Option(
        help: ArgumentHelp("Only lines of that time or earlier.", valueName: "time"), transform: CaptureTime.init)
    var until: CaptureTime?

    var place: CapturePlace { CapturePlace(namespace: namespace, pod: pod, container: container) }

    func matches(_ file: CapturedFile, of capture: any Capture) -> Bool {
        guard place.matches(file, of: capture) else { return false }
        if !logsOnly { return true }
        if case .log = capture.role(of: file) { return true }
        return capture.kind == .exhibit && Self.isLog(file.path)
    }

    /// `…/<container>/logs/<file>.log` (docs/format.md, section 3), of what is no container of a pod, too.
    private static func isLog(_ path: String) -> Bool {
        guard path.hasSuffix(".log") else { return false }
        let parts = path.split(separator: "/")
        return parts.count >= 2 && parts[parts.count - 2] == "logs"
    }
}
