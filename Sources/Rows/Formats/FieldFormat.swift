/// Fields between blanks: `/proc/net/tcp`, `/proc/mounts`, `ps`, `df`.
struct FieldFormat: LineFormat {
    private var table: FieldTable
    private var ranges: [Range<Int>] = []
    private let maxFields: Int

    init(_ columns: [TableColumn], headings: Int, leastFields: Int, maxFields: Int) {
        table = FieldTable(columns, headings: headings, leastFields: leastFields, isStrict: false)
        self.maxFields = maxFields
    }

    var absentHeadings: [String] { table.absentHeadings }

    mutating func beginSection() { table.beginSection() }

    mutating func read(_ line: Span<UInt8>, _ row: inout RowBuilder) -> LineOutcome {
        ranges.removeAll(keepingCapacity: true)
        var index = 0
        while true {
            while index < line.count, Span<UInt8>.isBlank(line[index]) { index += 1 }
            guard index < line.count else { break }
            let start = index
            while index < line.count, !Span<UInt8>.isBlank(line[index]) { index += 1 }
            guard ranges.count < maxFields else { return .unread("it has more than \(maxFields) fields") }
            ranges.append(start..<index)
        }
        guard !ranges.isEmpty else { return .nothing }
        if table.isAtHeading {
            var names: [String] = []
            for range in ranges { names.append(line.extracting(range).text) }
            table.takeHeading(names)
            return .nothing
        }
        if let objection = table.objection(to: ranges.count) { return .unread(objection) }
        for place in table.places(of: ranges.count) {
            let range = ranges[place.first].lowerBound..<ranges[place.last].upperBound
            row.set(place.column, line.extracting(range))
        }
        return .row
    }
}
