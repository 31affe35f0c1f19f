/// What lines above a row say of it: the text of each pattern's `*` in the last line that fits.
struct LineMarks {
    private struct Mark {
        let pattern: BytePattern
        var columns: [Int]
        /// Nil where no line has fitted yet, and where the text is too long to be in every row.
        var text: [UInt8]?
    }

    private var marks: [Mark] = []

    init(_ columns: [TableColumn]) {
        for (column, text) in ColumnPlan(columns).above {
            let pattern = BytePattern(text)
            if let index = marks.firstIndex(where: { $0.pattern == pattern }) {
                marks[index].columns.append(column)
            } else {
                marks.append(Mark(pattern: pattern, columns: [column]))
            }
        }
    }

    /// Whether it is such a line.
    func has(_ line: Span<UInt8>) -> Bool {
        for mark in marks where mark.pattern.starText(line) != nil { return true }
        return false
    }

    /// Takes such a line, for the rows that follow.
    mutating func take(_ line: Span<UInt8>) {
        for index in marks.indices {
            guard let range = marks[index].pattern.starText(line) else { continue }
            guard range.count <= ReadLimits.repeatedBytes else {
                marks[index].text = nil
                continue
            }
            var text: [UInt8] = []
            line.extracting(range).append(to: &text)
            marks[index].text = text
        }
    }

    func set(_ row: inout RowBuilder) {
        for mark in marks {
            guard let text = mark.text else { continue }
            for column in mark.columns { row.set(column, text.span) }
        }
    }
}
