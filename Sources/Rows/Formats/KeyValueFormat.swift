/// Keys and values: `INFO` of Redis, `/proc/meminfo`, `/proc/<pid>/status`, `CLIENT LIST`, logfmt.
///
/// Of a key that stands twice in a row the first value is kept, and the second counted as a cell that could not be read.
struct KeyValueFormat: LineFormat {
    private let plan: ColumnPlan
    private let separator: [UInt8]
    private let layout: TableFormat.KeyValueRow
    /// Columns that the open row has a value of.
    private var seen: [Bool]
    private(set) var isOpen = false
    private var plain: [UInt8] = []

    init(_ columns: [TableColumn], separator: [UInt8], row: TableFormat.KeyValueRow) {
        plan = ColumnPlan(columns)
        self.separator = separator
        layout = row
        seen = [Bool](repeating: false, count: columns.count)
    }

    mutating func read(_ line: Span<UInt8>, _ row: inout RowBuilder) -> LineOutcome {
        let bare = line.trimmed(0..<line.count)
        guard !bare.isEmpty else { return layout == .paragraph ? end(&row) : .nothing }
        if case .line(let between) = layout { return pairs(line.extracting(bare), between, &row) }
        guard let place = line.index(of: separator, from: bare.lowerBound) else {
            return .unread("it has no \(separator.span.text.debugDescription)")
        }
        let key = line.trimmed(bare.lowerBound..<place)
        let value = line.trimmed(min(place + separator.count, bare.upperBound)..<bare.upperBound)
        if layout == .pair {
            for (column, part) in plan.parts {
                if part == .key { row.set(column, line.extracting(key)) }
                if part == .value { row.set(column, line.extracting(value)) }
            }
            return .row
        }
        isOpen = true
        set(line.extracting(key), line.extracting(value), &row)
        return .nothing
    }

    mutating func end(_ row: inout RowBuilder) -> LineOutcome {
        guard isOpen else { return .nothing }
        isOpen = false
        for index in seen.indices { seen[index] = false }
        return .row
    }

    private mutating func set(_ key: Span<UInt8>, _ value: Span<UInt8>, _ row: inout RowBuilder) {
        for (column, wanted) in plan.keys where key.equals(wanted) {
            if seen[column] {
                row.countRepeated(column)
            } else {
                seen[column] = true
                row.set(column, value)
            }
        }
    }

    /// All pairs of a line. What has no separator in it is no pair, and passed over: a word, say.
    private mutating func pairs(_ line: Span<UInt8>, _ between: [UInt8], _ row: inout RowBuilder) -> LineOutcome {
        var position = 0
        var found = false
        while position < line.count {
            let next = line.index(of: between, from: position) ?? line.count
            // Not beyond it: a line without separators would be searched to its end from each of its words.
            guard let offset = line.extracting(position..<next).index(of: separator) else {
                position = next + between.count
                continue
            }
            let place = position + offset
            found = true
            let key = line.extracting(line.trimmed(position..<place))
            let start = place + separator.count
            if start < line.count, line[start] == UInt8(ascii: "\"") {
                position = quoted(line, from: start + 1)
                let value = plain
                set(key, value.span, &row)
                position = (line.index(of: between, from: position) ?? line.count) + between.count
            } else {
                let end = line.index(of: between, from: min(start, line.count)) ?? line.count
                set(key, line.extracting(min(start, end)..<end), &row)
                position = end + between.count
            }
        }
        guard found else { return .unread("it has no \(separator.span.text.debugDescription)") }
        for index in seen.indices { seen[index] = false }
        return .row
    }

    /// Takes what is between double quotes into `plain`; gives the place behind them.
    private mutating func quoted(_ line: Span<UInt8>, from start: Int) -> Int {
        plain = []
        var index = start
        while index < line.count, line[index] != UInt8(ascii: "\"") {
            if line[index] == 0x5C, index + 1 < line.count {
                index += 1
                plain.append(
                    line[index] == UInt8(ascii: "n") ? 0x0A : line[index] == UInt8(ascii: "t") ? 0x09 : line[index])
            } else {
                plain.append(line[index])
            }
            index += 1
        }
        return index + 1
    }
}
