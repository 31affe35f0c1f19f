/// Fields between tabs. Source: PostgreSQL, COPY, section Text Format; ClickHouse, TabSeparated. What both write, and how each
/// reads what it writes: `\b \f \n \r \t \v \a \0 \' \\`, and `\N` alone for null.
struct TabFormat: LineFormat {
    private var table: FieldTable
    private var ranges: [Range<Int>] = []
    private let escapes: Bool
    private let maxFields: Int
    private var plain: [UInt8] = []

    init(_ columns: [TableColumn], escapes: Bool, headings: Int, leastFields: Int, maxFields: Int) {
        table = FieldTable(columns, headings: headings, leastFields: leastFields, isStrict: true)
        self.escapes = escapes
        self.maxFields = maxFields
    }

    var absentHeadings: [String] { table.absentHeadings }

    mutating func beginSection() { table.beginSection() }

    mutating func read(_ line: Span<UInt8>, _ row: inout RowBuilder) -> LineOutcome {
        guard line.count > 0 else { return .nothing }
        ranges.removeAll(keepingCapacity: true)
        var start = 0
        while true {
            let end = line.index(of: 0x09, from: start) ?? line.count
            guard ranges.count < maxFields else { return .unread("it has more than \(maxFields) fields") }
            ranges.append(start..<end)
            guard end < line.count else { break }
            start = end + 1
        }
        let count = ranges.count
        if table.isAtHeading {
            table.takeHeading(names(line))
            return .nothing
        }
        if let objection = table.objection(to: count) { return .unread(objection) }
        if let first = table.firstHeading, line.extracting(ranges[0]).equals(Array(first.utf8)),
            table.isHeadingAgain(names(line))
        {
            return .nothing
        }
        for place in table.places(of: count) {
            var end = ranges[place.last].upperBound
            // find's %p\0: a NUL says where a path ends that has line feeds itself.
            if place.last == count - 1, end > ranges[place.last].lowerBound, line[end - 1] == 0 { end -= 1 }
            let field = line.extracting(ranges[place.first].lowerBound..<end)
            guard escapes, let backslash = field.index(of: 0x5C) else {
                row.set(place.column, field)
                continue
            }
            if field.count == 2, field[1] == UInt8(ascii: "N") { continue }
            Self.unescape(field, from: backslash, into: &plain)
            row.set(place.column, plain.span)
        }
        return .row
    }

    private mutating func names(_ line: Span<UInt8>) -> [String] {
        var names: [String] = []
        for range in ranges {
            let field = line.extracting(range)
            if escapes {
                Self.unescape(field, from: 0, into: &plain)
                names.append(plain.span.text)
            } else {
                names.append(field.text)
            }
        }
        return names
    }

    /// A backslash before any other byte is that byte; at the end it is itself.
    private static func unescape(_ field: Span<UInt8>, from first: Int, into plain: inout [UInt8]) {
        plain.removeAll(keepingCapacity: true)
        field.extracting(0..<first).append(to: &plain)
        var index = first
        while index < field.count {
            guard field[index] == 0x5C, index + 1 < field.count else {
                plain.append(field[index])
                index += 1
                continue
            }
            switch field[index + 1] {
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "v"): plain.append(0x0B)
            case UInt8(ascii: "a"): plain.append(0x07)
            case UInt8(ascii: "0"): plain.append(0x00)
            case let byte: plain.append(byte)
            }
            index += 2
        }
    }
}
