/// Rows in columns, fitted to a terminal. Cells are always escaped.
public struct TextTable: Sendable {
    public enum Alignment: Hashable, Sendable {
        case left
        case right
    }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    public struct Cell: Sendable, ExpressibleByStringInterpolation {
        public var text: String
        public var role: TerminalStyle.Role?

        public init(_ text: String, _ role: TerminalStyle.Role? = nil) {
            self.text = text
            self.role = role
        }

        public init(stringLiteral value: String) {
            self.init(value)
        }
    }

    private static let gap = 2
    /// Off a terminal, cells are aligned up to this width: one long cell does not make every other row as long.
    private static let widestAligned = 200

    public let columns: [Column]
    public private(set) var rows: [[Cell]] = []

    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row. Missing cells are empty, those beyond the last column are left out.
    public mutating func append(_ cells: [Cell]) {
        rows.append(cells)
    }

    /// The lines, header first (unless all titles are empty), without trailing spaces.
    ///
    /// - Parameters:
    ///   - width: Cells to fit into, by cutting the widest columns; nil for as wide as needed (off a terminal), where a text of more than
    ///     200 cells reaches into the next column.
    ///   - longest: To how many cells a text is cut in any case; nil: to none.
    public func lines(width: Int?, longest: Int? = nil, style: TerminalStyle = .plain) -> [String] {
        let texts = rows.map { row in
            columns.indices.map { column in
                let text = column < row.count ? TerminalText.escaped(row[column].text) : ""
                return longest.map { DisplayWidth.truncated(text, to: $0) } ?? text
            }
        }
        let titles = columns.map { TerminalText.escaped($0.title) }
        let hasHeader = titles.contains { !$0.isEmpty }
        let natural = columns.indices.map { column in
            texts.reduce(DisplayWidth.of(titles[column])) { max($0, DisplayWidth.of($1[column])) }
        }
        let widths = fitted(natural, to: width)
        let isCut = width != nil
        var lines = hasHeader ? [line(titles, roles: columns.map { _ in .bold }, widths, isCut, style)] : []
        for (row, text) in zip(rows, texts) {
            let roles = columns.indices.map { $0 < row.count ? row[$0].role : nil }
            lines.append(line(text, roles: roles, widths, isCut, style))
        }
        return lines
    }

    private func line(
        _ texts: [String], roles: [TerminalStyle.Role?], _ widths: [Int], _ isCut: Bool, _ style: TerminalStyle
    ) -> String {
        // What follows the last cell with text would be trailing space.
        let count = (texts.lastIndex { !$0.isEmpty } ?? -1) + 1
        var line = ""
        for column in 0..<count {
            let text = isCut ? DisplayWidth.truncated(texts[column], to: widths[column]) : texts[column]
            let padding = String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(text)))
            let styled = roles[column].map { style($0, text) } ?? text
            if columns[column].alignment == .right {
                line += padding + styled
            } else {
                line += column == count - 1 ? styled : styled + padding
            }
            if column < count - 1 { line += String(repeating: " ", count: Self.gap) }
        }
        return line
    }

    /// Cuts the widest columns to one common width, the largest with which all fit.
    private func fitted(_ widths: [Int], to width: Int?) -> [Int] {
        guard let width else { return widths.map { min($0, Self.widestAligned) } }
        let available = max(width - Self.gap * (widths.count - 1), widths.count)
        guard widths.reduce(0, +) > available else { return widths }
        var low = 1
        var high = widths.max() ?? 1
        while low < high {
            let middle = (low + high + 1) / 2
            if widths.reduce(0, { $0 + min($1, middle) }) <= available { low = middle } else { high = middle - 1 }
        }
        var spare = available - widths.reduce(0) { $0 + min($1, low) }
        return widths.map { natural in
            guard natural > low, spare > 0 else { return min(natural, low) }
            spare -= 1
            return low + 1
        }
    }
}
