internal import SQLite
internal import StructuredText
internal import Synchronization
internal import Terminal

/// Prints rows as they come. Used by one thread at a time.
final class RowPrinter: Sendable {
    private struct State: ~Copyable {
        var output = RenderingOutput()
        var columns: [String] = []
        /// Of text: what waits for its columns to be measured.
        var waiting: [[SQLValue]] = []
        var waitingBytes = 0
        var hasHeader = false
    }

    /// So many rows are measured together.
    private static let measured = 1_000
    private static let measuredBytes = 16 << 20

    private let format: QueryCommand.Format
    private let state = Mutex(State())

    init(_ format: QueryCommand.Format) {
        self.format = format
    }

    func begin(_ columns: [String]) throws {
        try state.withLock { state in
            state.columns = format == .json ? Self.distinct(columns) : columns
            if format == .csv { try Self.csv(columns.map(SQLValue.text), &state.output) }
        }
    }

    func row(_ row: [SQLValue]) throws {
        try state.withLock { state in
            switch format {
            case .csv: try Self.csv(row, &state.output)
            case .json:
                try state.output.json(.object(JSONObject(zip(state.columns, row.map(Self.json)).map { ($0, $1) })))
            case .text:
                state.waiting.append(row)
                state.waitingBytes += row.reduce(0) { $0 + ($1.text?.utf8.count ?? 8) }
                if state.waiting.count >= Self.measured || state.waitingBytes >= Self.measuredBytes {
                    try Self.write(&state)
                }
            }
        }
    }

    func finish() throws {
        try state.withLock { state in
            if format == .text { try Self.write(&state) }
            try state.output.flush()
        }
    }

    private static func write(_ state: inout State) throws {
        let rows = state.waiting
        state.waiting = []
        state.waitingBytes = 0
        guard !rows.isEmpty || !state.hasHeader else { return }
        let columns = state.columns.enumerated().map { index, title in
            let isNumber = rows.allSatisfy { row in
                switch row[index] {
                case .integer, .real, .null: true
                case .text, .blob: false
                }
            }
            return TextTable.Column(state.hasHeader ? "" : title, isNumber && !rows.isEmpty ? .right : .left)
        }
        var table = TextTable(columns)
        for row in rows { table.append(row.map { TextTable.Cell(words($0)) }) }
        try state.output.lines(table.lines(width: state.output.width, style: state.output.style))
        state.hasHeader = true
    }

    /// Names of members of one object: of two that are alike a reader would lose one.
    private static func distinct(_ columns: [String]) -> [String] {
        var used: Set<String> = []
        return columns.map { column in
            var name = column
            var number = 2
            while !used.insert(name).inserted {
                name = "\(column)_\(number)"
                number += 1
            }
            return name
        }
    }

    private static func words(_ value: SQLValue) -> String {
        switch value {
        case .null: ""
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        case .blob(let bytes): bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    private static func json(_ value: SQLValue) -> JSONValue {
        switch value {
        case .null: .null
        case .integer(let number): JSONValue(number)
        // JSON has no infinity.
        case .real(let number): number.isFinite ? .number("\(number)") : .string("\(number)")
        case .text(let text): .string(text)
        case .blob: .string(words(value))
        }
    }

    /// RFC 4180. On a terminal what could steer it is spelt out; elsewhere every character is as captured.
    private static func csv(_ row: [SQLValue], _ output: inout RenderingOutput) throws {
        let isTerminal = output.isTerminal
        let cells = row.map { value -> String in
            var text = words(value)
            if isTerminal { text = TerminalText.escaped(text) }
            // A text that is empty is told apart from one that is not there.
            if case .text = value, text.isEmpty { return "\"\"" }
            guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
                return text
            }
            // Byte by byte: a quote with a combining mark behind it is another character, and a quote all the same.
            let quoted = text.utf8.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] }
            return "\"" + String(decoding: quoted, as: UTF8.self) + "\""
        }
        try output.bytes(cells.joined(separator: ",").utf8)
        try output.bytes([0x0D, 0x0A])
    }
}
