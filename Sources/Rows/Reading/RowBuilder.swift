/// The row that is being read.
struct RowBuilder {
    let columns: [TableColumn]
    private(set) var values: [RowValue]
    /// The first column whose text is not of its type, and how many there are.
    private(set) var misread: (column: Int, count: Int)?

    init(_ columns: [TableColumn]) {
        self.columns = columns
        values = [RowValue](repeating: .null, count: columns.count)
    }

    /// Of the texts in it.
    var bytes: Int {
        values.reduce(0) { sum, value in
            switch value {
            case .text(let text), .json(let text): sum + text.utf8.count
            default: sum
            }
        }
    }

    mutating func clear() {
        for index in values.indices { values[index] = .null }
        misread = nil
    }

    /// Keeps the values, whose misread ones have been counted.
    mutating func forgetMisread() {
        misread = nil
    }

    mutating func clear(_ column: Int) {
        values[column] = .null
    }

    /// Takes the text of a cell.
    mutating func set(_ column: Int, _ bytes: Span<UInt8>) {
        if let value = CellReader.value(bytes, of: columns[column]) {
            values[column] = value
        } else {
            refuse(column)
        }
    }

    /// Takes what is the text of a cell, though it stands nowhere in the row.
    mutating func set(_ column: Int, text: String) {
        let bytes = Array(text.utf8)
        set(column, bytes.span)
    }

    /// Takes a value that is of the column's type.
    mutating func set(_ column: Int, value: RowValue) {
        values[column] = value
    }

    /// There is one more text for a column that has a value.
    mutating func countRepeated(_ column: Int) {
        misread = (misread?.column ?? column, (misread?.count ?? 0) + 1)
    }

    /// There is a text, and it cannot be this column's.
    mutating func refuse(_ column: Int) {
        values[column] = .null
        misread = (misread?.column ?? column, (misread?.count ?? 0) + 1)
    }
}

/// Columns by where their values stand, found once for a table.
struct ColumnPlan {
    var headings: [(column: Int, name: String)] = []
    var fields: [(column: Int, number: Int, toEnd: Bool)] = []
    var keys: [(column: Int, key: [UInt8])] = []
    var labels: [(column: Int, label: String)] = []
    var above: [(column: Int, pattern: String)] = []
    var parts: [(column: Int, part: ColumnSource.Part)] = []

    init(_ columns: [TableColumn]) {
        for (index, column) in columns.enumerated() {
            switch column.source {
            case .heading(let name): headings.append((index, name))
            case .field(let number, let toEnd): fields.append((index, number, toEnd))
            case .key(let key): keys.append((index, Array(key.utf8)))
            case .label(let label): labels.append((index, label))
            case .above(let pattern): above.append((index, pattern))
            case .part(let part): parts.append((index, part))
            case .path: break
            }
        }
    }
}
