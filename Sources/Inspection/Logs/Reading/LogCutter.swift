internal import Patterns
internal import Rows

/// Cuts a log into lines while it comes, and hands out those that are wanted.
///
/// A line is handed out whole where it has up to 64 KiB, else in pieces of that: the same ones in each reading. Only the last
/// line of what came is held.
struct LogCutter {
    /// What is wanted of one of the tracks that a file has.
    struct Want {
        let track: Int
        /// Wanted lines that are passed over: they are before the last ones that were asked for.
        var skippedLines = 0
    }

    /// Which tracks a file has.
    enum Wants {
        case one(Want)
        /// Of a file with several containers, those of these; nil: all that are not among them.
        case byContainer([String?: Want])
        /// Of such a file whatever containers it has, numbered as they come; nil: all of them.
        case asTheyCome(only: Set<String>?)
    }

    /// A piece of a line.
    struct Cut {
        /// What puts it in order: the time of the line, or the latest before it; the least there is before any.
        let time: Int64
        /// By the heading above, in a file that has such.
        let container: String?
        let piece: LogPiece
    }

    private let options: LogOptions
    /// Whether lines are to be put in order.
    private let needsTimes: Bool
    private let wants: Wants
    /// How containers begin in a file that has several.
    private let heading: LogHeading?

    private var held: [UInt8] = []
    /// A piece of the present line was handed out, or passed over.
    private var isInside = false

    private var states: [Int: State] = [:]
    private var want: Want?
    private var state = State()
    private var container: String?
    /// The present line.
    private var line = 0
    /// Containers that were numbered.
    private var numbers: [String?: Int] = [:]

    /// More are not told apart.
    private static let mostNumbers = 1_000

    /// Lines that were left out since they have no time.
    private(set) var untimed = 0

    /// Of a track.
    private struct State {
        /// The latest time so far.
        var time = Int64.min
        /// Whether the last line with a time is of the time that is wanted; nil before any.
        var isInTime: Bool?
        /// Whether the last line is bad enough.
        var isBad = false
        var isKept = false
        var keptLines = 0
        /// What may still be shown, in bytes.
        var room = Int.max
    }

    static let pieceBytes = 64 << 10

    /// - Parameter heading: of a file with several containers; nil of one that is of one.
    init(_ wants: Wants, _ options: LogOptions, needsTimes: Bool, heading: LogHeading?) {
        self.wants = wants
        self.heading = heading
        self.options = options
        self.needsTimes = needsTimes || options.since != nil || options.until != nil
        turn(to: nil)
    }

    /// How many lines of each track were wanted, before any were passed over.
    var keptLines: [Int: Int] {
        var counts = states.mapValues(\.keptLines)
        if let want { counts[want.track] = state.keptLines }
        return counts
    }

    /// Whether nothing more can be wanted, as all that may be shown was.
    var isOver: Bool { heading == nil && state.room <= 0 }

    mutating func push(_ bytes: ArraySlice<UInt8>, _ emit: (Cut) throws -> Void) throws {
        try bytes.withUnsafeBytes { try push($0, emit) }
    }

    private mutating func push(_ bytes: UnsafeRawBufferPointer, _ emit: (Cut) throws -> Void) throws {
        var start = 0
        while start < bytes.count {
            let end = bytes.lineEnd(from: start)
            if let end, held.isEmpty, !isInside, end - start <= Self.pieceBytes {
                try take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isLast: true, hasLineEnd: true, emit)
                start = end + 1
                continue
            }
            if held.count == Self.pieceBytes, end != start { try takeHeld(isLast: false, hasLineEnd: false, emit) }
            let stop = min(end ?? bytes.count, start + Self.pieceBytes - held.count)
            held += bytes[start..<stop]
            start = stop
            if start == end {
                try takeHeld(isLast: true, hasLineEnd: true, emit)
                start += 1
            }
        }
    }

    mutating func finish(_ emit: (Cut) throws -> Void) throws {
        if !held.isEmpty { try takeHeld(isLast: true, hasLineEnd: false, emit) }
    }

    private mutating func takeHeld(
        isLast: Bool, hasLineEnd: Bool, _ emit: (Cut) throws -> Void
    ) throws {
        var bytes: [UInt8] = []
        swap(&bytes, &held)
        try bytes.withUnsafeBytes { try take($0, isLast: isLast, hasLineEnd: hasLineEnd, emit) }
        bytes.removeAll(keepingCapacity: true)
        held = bytes
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, hasLineEnd: Bool, _ emit: (Cut) throws -> Void
    ) throws {
        let isFirst = !isInside
        isInside = !isLast
        if isFirst { line += 1 }
        if let heading, isFirst, isLast, let mark = heading.mark(of: bytes) {
            if case .start(let container) = mark { turn(to: container) }
            return
        }
        guard let want else { return }
        var content = bytes
        if isFirst { content = begin(bytes) }
        guard state.isKept, state.keptLines > want.skippedLines, state.room > 0 else { return }
        let isCut = content.count > state.room
        if isCut { content = UnsafeRawBufferPointer(rebasing: content[..<state.room]) }
        state.room -= content.count
        let showsEnd = hasLineEnd && !isCut && state.room > 0
        if showsEnd, options.limitBytes != nil { state.room -= 1 }
        try emit(
            Cut(
                time: state.time, container: container,
                piece: LogPiece(
                    track: want.track, line: line, bytes: content, isFirst: isFirst, isLast: isLast || isCut,
                    hasLineEnd: showsEnd)))
    }

    /// What is shown of a line that begins so; decides whether it is wanted.
    private mutating func begin(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let stamp = options.isStamped ? LogLine.timeLength(line) ?? 0 : 0
        if needsTimes, stamp > 0, let time = Self.time(UnsafeRawBufferPointer(rebasing: line[..<stamp])) {
            state.time = max(state.time, time)
            state.isInTime =
                options.since.map { $0.nanoseconds <= time } ?? true
                && options.until.map { time <= $0.nanoseconds } ?? true
        }
        let message = stamp > 0 ? UnsafeRawBufferPointer(rebasing: line[(stamp + 1)...]) : line
        state.isKept = isWanted(message)
        if state.isKept { state.keptLines += 1 }
        return options.hasTimestamps ? line : message
    }

    private mutating func isWanted(_ message: UnsafeRawBufferPointer) -> Bool {
        if let wanted = options.level {
            let level = Array(message.prefix(LogLevels.looked)).withLevel
            if let level {
                state.isBad = level >= wanted
            } else if message.first != 0x20, message.first != 0x09 {
                state.isBad = false
            }
            guard state.isBad else { return false }
        }
        guard options.since != nil || options.until != nil else { return true }
        guard let isInTime = state.isInTime else {
            untimed += 1
            return false
        }
        return isInTime
    }

    private static func time(_ stamp: UnsafeRawBufferPointer) -> Int64? {
        stamp.withMemoryRebound(to: UInt8.self) { RowTime(rfc3339: $0.span)?.nanoseconds }
    }

    private mutating func want(_ container: String?) -> Want? {
        switch wants {
        case .one(let want): return want
        case .byContainer(let wants): return wants[container] ?? wants[nil]
        case .asTheyCome(let only):
            guard only.map({ only in container.map(only.contains) ?? false }) ?? true else { return nil }
            let number = numbers[container] ?? min(numbers.count, Self.mostNumbers)
            if number < Self.mostNumbers { numbers[container] = number }
            return Want(track: number)
        }
    }

    private mutating func turn(to container: String?) {
        if let want { states[want.track] = state }
        self.container = container
        want = want(container)
        var fresh = State()
        fresh.room = options.limitBytes ?? .max
        state = want.flatMap { states[$0.track] } ?? fresh
    }
}

extension [UInt8] {
    fileprivate var withLevel: LogLine.Level? { LogLevels.level(of: self[...]) }
}
