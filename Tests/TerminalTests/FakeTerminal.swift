import Synchronization
import Terminal

/// A terminal in memory: takes what is written, wraps as a terminal does, and has a clock that only the test moves.
final class FakeTerminal: Sendable {
    private struct State {
        var written = ""
        var size: TerminalDevice.Size?
        var now = Duration.zero
    }

    private let state: Mutex<State>

    init(columns: Int, rows: Int = 24) {
        state = Mutex(State(size: .init(columns: columns, rows: rows)))
    }

    func output(isInteractive: Bool = true, style: TerminalStyle = .plain) -> ProgressOutput {
        ProgressOutput(
            isInteractive: isInteractive, style: style,
            size: { self.state.withLock { $0.size } },
            write: { text in self.state.withLock { $0.written += text } },
            now: { self.state.withLock { $0.now } })
    }

    func advance(_ duration: Duration) {
        state.withLock { $0.now += duration }
    }

    func resize(columns: Int) {
        state.withLock { $0.size?.columns = columns }
    }

    /// What was written since the last call.
    func take() -> String {
        state.withLock { state in
            defer { state.written = "" }
            return state.written
        }
    }

    /// What a person sees after `text` was written to an empty screen, and whether the cursor is visible.
    static func show(_ text: String, columns: Int) -> (lines: [String], cursorIsVisible: Bool) {
        var lines: [[Character]] = [[]]
        var row = 0
        var column = 0
        var isVisible = true
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n":
                row += 1
                column = 0
                if row == lines.count { lines.append([]) }
            case "\u{1B}":
                let end = rest.dropFirst().firstIndex { $0.isLetter } ?? rest.startIndex
                let parameters = rest[rest.startIndex..<end].dropFirst()
                switch rest[end] {
                case "A": row = max(0, row - (Int(parameters) ?? 1))
                case "K": lines[row] = Array(lines[row].prefix(column))
                case "J":
                    lines[row] = Array(lines[row].prefix(column))
                    lines.removeSubrange((row + 1)...)
                case "h": isVisible = true
                case "l": isVisible = false
                default: break
                }
                rest = rest[rest.index(after: end)...]
            default:
                if column == columns {
                    row += 1
                    column = 0
                    if row == lines.count { lines.append([]) }
                }
                while lines[row].count <= column { lines[row].append(" ") }
                lines[row][column] = character
                column += 1
            }
        }
        return (lines.map { String($0) }, isVisible)
    }
}
