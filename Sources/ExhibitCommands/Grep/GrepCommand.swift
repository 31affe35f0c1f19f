internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Inspection
internal import Patterns
internal import Synchronization

/// `exhibit grep`: which lines match.
struct GrepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grep",
        abstract: "Searches a bundle, or a capture that another tool made, for lines that match a pattern.",
        discussion: """
            exhibit grep case.tar.zst 'connection (refused|reset)' --logs         in all logs
            exhibit grep case.tar.zst -F OOMKilled --namespace prod -l           which files of a namespace
            exhibit grep case.tar.zst -n -C 3 panic '**/previous.log'            numbers, lines around, a pattern of paths
            exhibit grep case.tar.zst -c error --logs --since 15m                of the last minutes before the capture

            Patterns are those of PCRE2, as for grep -P; \\w, \\d and \\s mean ASCII. Searched is what was captured \
            (data/), or what the paths name. All cores search; lines come in the order of the bundle. Each file of a \
            bundle is compared with its hash, unless it need not be read to its end (-l, -m, a binary file), or all were \
            compared before and the bundle's file was not changed since. A line on which the pattern takes too long is \
            given up, which is said. Logs that the node had put aside as .gz are \
            searched as what they were; other compressed files as they are, which is said.
            """)

    @Argument(
        help: ArgumentHelp("A bundle file or folder; or a must-gather, support bundle or dump.", valueName: "bundle"))
    var bundle: String

    @Argument(
        help: ArgumentHelp(
            "The pattern, unless there is -e or -f; then paths, folders or patterns of paths; data/ in front may be left out.",
            valueName: "pattern"))
    var arguments: [String] = []

    @OptionGroup(title: "What is found and shown") var flags: GrepFlags

    @OptionGroup(title: "Where and when") var scope: GrepScope

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @OptionGroup(title: "How it is read") var keeping: CacheFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json (an object a line).")
    var format: OutputFormat = .text

    func validate() throws {
        guard !arguments.isEmpty || !flags.expressions.isEmpty || !flags.files.isEmpty else {
            throw ValidationError("What is looked for? Name a pattern behind the bundle.")
        }
        // What is no UTF-8 on the command line comes as this character, and would be looked for instead.
        guard !(arguments + flags.expressions).contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else {
            throw ValidationError("The pattern is not UTF-8. In a file (-f) every byte is as it stands.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("grep", format) {
            let isGiven = !flags.expressions.isEmpty || !flags.files.isEmpty
            var patterns = try flags.patterns()
            if !isGiven { patterns = GrepFlags.lines(Array(arguments[0].utf8)) }
            let pattern: LinePattern
            do {
                pattern = try LinePattern(patterns, flags.pattern)
            } catch {
                throw RenderingFailure(.usage, "\(error)")
            }
            let opened = try await OpenedCapture.open(bundle, try opening.identities(for: bundle))
            var search = flags.search
            if format == .json { search.hasNumbers = true }
            search.since = try await scope.since?.moment(of: opened)
            search.until = try await scope.until?.moment(of: opened)
            let capture = try await opened.capture(keeping.verified)
            let paths = ChosenPaths(
                isGiven ? arguments : Array(arguments.dropFirst()), isForeign: capture.kind != .exhibit)
            let output = OrderedOutput(), outcome = GrepOutcome()
            let form = GrepPrinter.Form(flags: flags, isJSON: format == .json)
            let options = search
            let isThere = Atomic(scope.place.isEverywhere)
            try await capture.read { file in
                if scope.place.matches(file, of: capture) { isThere.store(true, ordering: .relaxed) }
                guard paths.take(file.path), scope.matches(file, of: capture) else { return nil }
                let visitor = GrepVisitor(pattern, options, GrepPrinter(file.path, form, output, outcome))
                if case .log = capture.role(of: file) { return try file.reading(visitor) }
                if file.isCompressed { outcome.addCompressed() }
                return visitor
            }
            try output.flush()
            if let bundle = capture as? BundleCapture {
                for path in try await bundle.unsealedFiles() { outcome.add(unsealed: path.rawValue) }
            }
            if case .foreign(let foreign) = opened { outcome.add(problemsOf: foreign) }
            let status = outcome.conclude(bundle, isForeign: capture.kind != .exhibit)
            if status == .ok || status == .nothingFound { try paths.refuseMissing() }
            guard status != .nothingFound || isThere.load(ordering: .relaxed) else {
                throw RenderingFailure(missing: scope.place)
            }
            return status
        }
    }
}

/// The paths that were named, and which of them there are.
private final class ChosenPaths: Sendable {
    private struct State {
        var found: [Bool]
        var near: [NearPaths]
    }

    private let texts: [String]
    private let patterns: [PathPattern]
    private let isForeign: Bool
    private let state: Mutex<State>

    init(_ texts: [String], isForeign: Bool) {
        self.texts = texts
        self.isForeign = isForeign
        patterns = texts.map { PathPattern($0) }
        state = Mutex(State(found: texts.map { _ in false }, near: texts.map { NearPaths($0) }))
    }

    /// Whether a file is among them; without any, what was captured is.
    func take(_ path: String) -> Bool {
        guard !patterns.isEmpty else { return isForeign || path.hasPrefix("data/") }
        return state.withLock { state in
            var isWanted = false
            for (index, pattern) in patterns.enumerated() {
                if matches(path, pattern) {
                    isWanted = true
                    state.found[index] = true
                } else if !state.found[index] {
                    state.near[index].add(path)
                }
            }
            return isWanted
        }
    }

    /// Of what another tool made, the folder that all is in may be left out.
    private func matches(_ path: String, _ pattern: PathPattern) -> Bool {
        if pattern.matches(path) { return true }
        guard isForeign, let slash = path.firstIndex(of: "/") else { return false }
        return pattern.matches(String(path[path.index(after: slash)...]))
    }

    func refuseMissing() throws {
        try state.withLock { state in
            guard let index = state.found.firstIndex(of: false) else { return }
            throw RenderingFailure(missing: texts[index], near: state.near[index])
        }
    }
}
