internal import ArgumentParser
internal import Collection
internal import Inspection
internal import Rows

/// Which logs, by the names that kubectl has for it.
struct LogChoiceFlags: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Of this namespace, or those that match it; may be left out where one only has such pods.",
            valueName: "namespace"))
    var namespace: String?

    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "Of all namespaces.")
    var isEverywhere = false

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: ArgumentHelp(
            "Of pods with these labels: app=web,tier!=db,env in (a,b),zone notin (c),gpu,!canary.",
            valueName: "labels"),
        transform: Self.selector)
    var selector: LabelSelector?

    @Option(name: .shortAndLong, help: ArgumentHelp("Of this container, or those that match it.", valueName: "name"))
    var container: String?

    @Flag(name: .customLong("all-containers"), help: "Of all containers of each pod, init and ephemeral ones too.")
    var hasAllContainers = false

    @Flag(name: [.customShort("p"), .customLong("previous")], help: "Of the container that ran before.")
    var isPrevious = false

    @Flag(name: .customLong("rotated"), help: "Also what the node had put aside of each log, compressed or not.")
    var isRotated = false

    @Flag(
        name: .customLong("ignore-errors"),
        help: "A log that is not in the capture is said, and does not count as a failure.")
    var ignoresErrors = false

    @Flag(name: [.customShort("f"), .customLong("follow")], help: .hidden)
    var follows = false

    func validate() throws {
        guard !follows else { throw ValidationError("-f: it is a capture: nothing more comes of its logs.") }
        guard container == nil || !hasAllContainers else {
            throw ValidationError("-c and --all-containers exclude each other.")
        }
        guard namespace == nil || !isEverywhere else { throw ValidationError("-n and -A exclude each other.") }
    }

    func choice(_ targets: [String]) throws -> LogChoice {
        guard targets.isEmpty || selector == nil else {
            throw ValidationError("Pods are named, or chosen by -l: not both.")
        }
        var choice = LogChoice()
        choice.targets = targets.map(LogChoice.Target.init)
        choice.namespace = namespace
        choice.isEverywhere = isEverywhere
        choice.selector = selector
        choice.container = container
        choice.hasAllContainers = hasAllContainers
        choice.isPrevious = isPrevious
        choice.isRotated = isRotated
        return choice
    }

    @Sendable private static func selector(_ text: String) throws -> LabelSelector {
        do {
            return try LabelSelector(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// Which lines, and how they look.
struct LogLineFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("From when on: 5m, 2h before the capture began, a date, or RFC 3339.", valueName: "time"),
        transform: CaptureTime.init)
    var since: CaptureTime?

    @Option(
        name: .customLong("since-time"), help: ArgumentHelp("From when on, as RFC 3339 or a date.", valueName: "time"),
        transform: CaptureTime.absolute)
    var sinceTime: CaptureTime?

    @Option(help: ArgumentHelp("Until when, written alike.", valueName: "time"), transform: CaptureTime.init)
    var until: CaptureTime?

    @Option(help: ArgumentHelp("The last so many lines of each container.", valueName: "lines"))
    var tail: Int?

    @Option(
        name: .customLong("limit-bytes"),
        help: ArgumentHelp("So many bytes of each log, and no more.", valueName: "bytes"))
    var limitBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Lines that say that they are at least so bad: trace, debug, info, warning, error, fatal; and those that go on with one.",
            valueName: "level"))
    var level: Level?

    @Option(
        defaultAsFlag: 20,
        help: ArgumentHelp(
            "In place of the lines, the messages that are alike, most frequent first, and requests: so many of each kind.",
            valueName: "rows"))
    var top: Int?

    @Flag(help: "The runtime's time stays in front of each line.")
    var timestamps = false

    @Flag(
        inversion: .prefixedNo,
        help: "Says in front of each line whose it is; so it is where there is more than one log.")
    var prefix: Bool?

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, warning, error, fatal
    }

    func validate() throws {
        guard since == nil || sinceTime == nil else {
            throw ValidationError("--since and --since-time exclude each other.")
        }
        guard top.map({ $0 > 0 }) ?? true else { throw ValidationError("--top is at least 1.") }
        guard top == nil || tail == nil && limitBytes == nil else {
            throw ValidationError("--top counts all lines: --tail and --limit-bytes do not go with it.")
        }
        guard limitBytes.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit-bytes is at least 1.") }
    }

    func options(_ database: EvidenceDatabase) async throws -> LogOptions {
        var options = LogOptions()
        if let time = since ?? sinceTime { options.since = try await time.moment(in: database) }
        if let until { options.until = try await until.moment(in: database) }
        // As kubectl has it: less than none are all.
        options.tail = tail.flatMap { $0 < 0 ? nil : $0 }
        options.limitBytes = limitBytes
        options.level = level.flatMap { LogLine.Level(rawValue: $0.rawValue) }
        options.hasTimestamps = timestamps
        return options
    }
}
