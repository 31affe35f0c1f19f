internal import Inspection
internal import StructuredText
internal import Synchronization
internal import Terminal

/// Prints lines of logs: as bytes, on a terminal with what could steer it spelt out, or as JSON.
final class LogPrinter: Sendable {
    private struct State: ~Copyable {
        var output = RenderingOutput()
        var filter = TerminalFilter(keeping: .tab)
        var safe: [UInt8] = []
        /// Of JSON: what came of the present line.
        var line: [UInt8] = []
        var isCut = false
        /// What was printed last has no LF behind it.
        var isOpen = false
        var cutLines = 0
    }

    /// Of a line in JSON.
    private static let mostBytes = 1 << 20

    private let tracks: [LogTrack]
    private let prefixes: [[UInt8]]
    private let isJSON: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())

    /// - Parameter hasPrefix: whether each line says whose it is; of JSON each does.
    init(_ tracks: [LogTrack], hasPrefix: Bool, isJSON: Bool) {
        self.tracks = tracks
        self.isJSON = isJSON
        isTerminal = state.withLock { $0.output.isTerminal }
        let hasSeveral = Set(tracks.map(\.namespace)).count > 1
        prefixes = tracks.map { track in
            let text = "[" + (hasSeveral ? track.namespace + "/" : "") + track.source + "] "
            return hasPrefix ? Array(TerminalText.escaped(text).utf8) : []
        }
    }

    func print(_ piece: LogPiece) throws {
        try state.withLock { state in
            if isJSON { return try json(piece, &state) }
            if piece.isFirst {
                if state.isOpen { try state.output.line() }
                try state.output.bytes(prefixes[piece.track])
            }
            if isTerminal { try safely(piece, &state) } else { try state.output.bytes(piece.bytes) }
            if piece.hasLineEnd { try state.output.line() }
            state.isOpen = !piece.hasLineEnd
        }
    }

    private func safely(_ piece: LogPiece, _ state: inout State) throws {
        state.safe.removeAll(keepingCapacity: true)
        state.filter.append(piece.text, to: &state.safe)
        if piece.isLast { state.filter.finish(to: &state.safe) }
        try state.output.bytes(state.safe)
    }

    private func json(_ piece: LogPiece, _ state: inout State) throws {
        if piece.isFirst {
            state.line.removeAll(keepingCapacity: true)
            state.isCut = false
        }
        let room = Self.mostBytes - state.line.count
        if piece.text.count > room { state.isCut = true }
        state.line += piece.text.prefix(room)
        guard piece.isLast else { return }
        if state.isCut { state.cutLines += 1 }
        let line = LogLine(state.line[...])
        let track = tracks[piece.track]
        var object: JSONObject = [
            "time": line.time.map(JSONValue.string) ?? .null, "namespace": .string(track.namespace),
            "pod": .string(track.pod), "container": track.container.map(JSONValue.string) ?? .null,
            "stream": .string(track.stream.rawValue), "level": line.level.map { .string($0.rawValue) } ?? .null,
            "message": .string(line.message), "entry": .string(track.entry), "line": JSONValue(piece.line),
        ]
        if state.isCut { object["cut"] = .bool(true) }
        try state.output.json(.object(object))
    }

    /// Must be called at the end.
    func finish() throws {
        let cut = try state.withLock { state in
            try state.output.flush()
            return state.cutLines
        }
        if cut > 0 {
            RenderingFailure.note(
                "\(Quantity.count(cut, "line is", "lines are")) longer than \(Quantity.bytes(Self.mostBytes)), "
                    + "and cut there")
        }
    }
}
