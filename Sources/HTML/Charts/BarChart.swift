internal import Terminal

/// Amounts beside each other, the largest as long as there is room.
public struct BarChart: Sendable {
    public struct Row: Sendable {
        public let label: String
        public let value: Int
        /// What stands behind the bar.
        public let note: String
        public let tone: Tone

        public init(_ label: String, _ value: Int, note: String = "", _ tone: Tone) {
            self.label = label
            self.value = value
            self.note = note
            self.tone = tone
        }
    }

    public let title: String
    /// All of it in words.
    public let says: String
    public let rows: [Row]

    public init(title: String, says: String, rows: [Row]) {
        self.title = title
        self.says = says
        self.rows = rows
    }

    private static let width = 960.0
    private static let left = 330.0
    private static let right = 230.0
    private static let rowHeight = 22.0

    public func html(_ id: Anchor) -> HTML {
        let most = Double(max(rows.map(\.value).max() ?? 1, 1))
        let plot = Self.width - Self.left - Self.right
        var content = HTML.none
        for (number, row) in rows.enumerated() {
            let y = Double(number) * Self.rowHeight
            let length = max(Double(max(row.value, 0)) / most * plot, 1.5)
            let note = Quantity.count(row.value) + (row.note.isEmpty ? "" : "  \(row.note)")
            content += HTML(
                .g,
                [
                    HTML(.title, HTML("\(row.label): \(note)")),
                    Shape.text(
                        Self.left - 8, y + 15, DisplayWidth.truncated(TerminalText.escaped(row.label), to: 46),
                        .class("c-label"), .end),
                    Shape.rect(Self.left, y + 4, length, 14, [row.tone.fill], round: 2),
                    Shape.text(
                        Self.left + length + 6, y + 15, DisplayWidth.truncated(TerminalText.escaped(note), to: 34),
                        .class("c-soft")),
                ])
        }
        return Shape.drawing(
            id, title: title, says: says, width: Self.width, height: Double(rows.count) * Self.rowHeight + 4, content)
    }
}
