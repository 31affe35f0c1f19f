internal import Rows
internal import Yams

/// Decodes `tables` of a collector strictly: every key that a format does not have is an error with its line.
struct TableDecoder {
    private let reader: DefinitionReader

    init(_ reader: DefinitionReader) {
        self.reader = reader
    }

    static let formats = ["json", "jsonl", "csv", "tsv", "keyvalue", "proc", "prometheus", "openmetrics"]
    private static let common = ["name", "from", "format", "columns"]

    /// Keys of a table beside the common ones.
    private static let options: [String: [String]] = [
        "json": ["rows"], "jsonl": ["rows"],
        "csv": ["separator", "headings"],
        "tsv": ["headings", "fields", "escapes", "sections", "ignore"],
        "proc": ["headings", "fields", "sections", "ignore"],
        "keyvalue": ["separator", "row", "between", "sections", "ignore"],
        "prometheus": ["metrics", "sections", "ignore"], "openmetrics": ["metrics", "sections", "ignore"],
    ]

    func tables(_ node: Node) throws(DefinitionError) -> [TableDefinition] {
        guard let nodes = node.sequence, !nodes.isEmpty else {
            throw reader.error(node, "tables must be a list with at least one table")
        }
        guard nodes.count <= TableDefinition.Bounds.tables else {
            throw reader.error(node, "more than \(TableDefinition.Bounds.tables) tables")
        }
        var tables: [TableDefinition] = []
        for node in nodes {
            let table = try table(node)
            guard !tables.contains(where: { $0.name == table.name }) else {
                throw reader.error(node, "there are two tables \(table.name)")
            }
            tables.append(table)
        }
        return tables
    }

    private func table(_ node: Node) throws(DefinitionError) -> TableDefinition {
        let unchecked = try reader.mapping(node, "a table", allowed: nil)
        let format = try reader.string(unchecked, "format", node)
        guard let options = Self.options[format] else {
            throw reader.error(
                unchecked["format"],
                "there is no format \(NameSuggestion.shown(format)); "
                    + NameSuggestion.advice(for: format, among: Self.formats))
        }
        let members = try reader.mapping(node, "a table of format \(format)", allowed: Self.common + options)
        let name = try name(members, node)
        let from = try reader.string(members, "from", node)
        guard from.utf8.count <= 100, !from.contains("/") else {
            throw reader.error(
                members["from"],
                "from must be the name of a file that a step brings, as info.txt, or a pattern, as *.json")
        }
        var table = TableDefinition(
            name: name, from: from, format: try self.format(format, members, node), columns: [], line: node.mark?.line)
        table.sections = try members["sections"].map { node throws(DefinitionError) in try sections(node) }
        table.ignored = try patterns(members, "ignore")
        table.columns = try ColumnDecoder(reader, table).columns(members["columns"], node)
        return table
    }

    private func name(_ members: [String: Node], _ node: Node) throws(DefinitionError) -> String {
        let name = try reader.string(members, "name", node)
        guard TableNames.isSpelledWell(name) else {
            throw reader.error(
                members["name"], "the name of a table must be 1 to 63 of a–z, 0–9 and _, beginning with a letter")
        }
        guard !TableNames.isKeyword(name) else {
            throw reader.error(members["name"], "\(name) is a word of SQL: give the table another name")
        }
        guard !TableNames.isReservedTable(name) else {
            throw reader.error(
                members["name"], "\(name) is a table of exhibit itself: begin the name with that of the collector")
        }
        return name
    }

    // MARK: Formats

    private func format(_ name: String, _ members: [String: Node], _ node: Node) throws(DefinitionError) -> TableFormat
    {
        switch name {
        case "json": .json(rows: try path(members["rows"], "rows"))
        case "jsonl": .jsonLines(rows: try path(members["rows"], "rows"))
        case "csv":
            .csv(
                separator: try separator(members, default: ",")[0],
                headings: try number(members, "headings", 0...2) ?? 1)
        case "tsv":
            .tsv(
                escapes: try members["escapes"].map { node throws(DefinitionError) in try reader.flag(node, "escapes") }
                    ?? true,
                headings: try number(members, "headings", 0...2) ?? 1,
                leastFields: try number(members, "fields", 1...TableDefinition.Bounds.fields) ?? 0)
        case "proc":
            .fields(
                headings: try number(members, "headings", 0...9) ?? 0,
                leastFields: try number(members, "fields", 1...TableDefinition.Bounds.fields) ?? 0)
        case "keyvalue": .keyValue(separator: try separator(members, default: ":"), row: try row(members, node))
        default: .prometheus(openMetrics: name == "openmetrics", metrics: try patterns(members, "metrics"))
        }
    }

    private func row(_ members: [String: Node], _ node: Node) throws(DefinitionError) -> TableFormat.KeyValueRow {
        let kinds = ["output", "paragraph", "line", "pair"]
        let kind = members["row"] == nil ? "output" : try reader.string(members, "row", node)
        guard kind == "line" || members["between"] == nil else {
            throw reader.error(
                members["between"], "between, what stands between two pairs of a line, goes with row: line")
        }
        switch kind {
        case "output": return .output
        case "paragraph": return .paragraph
        case "pair": return .pair
        case "line":
            guard members["between"] != nil else { return .line(between: [0x20]) }
            return .line(between: Array(try short(members, "between").utf8))
        default:
            throw reader.error(
                members["row"],
                "row says what a row is made of; " + NameSuggestion.advice(for: kind, among: kinds))
        }
    }

    private func separator(_ members: [String: Node], default text: String) throws(DefinitionError) -> [UInt8] {
        guard members["separator"] != nil else { return Array(text.utf8) }
        let separator = Array(try short(members, "separator").utf8)
        if text == ",", separator.count != 1 || separator[0] == 0x22 || separator[0] < 0x20 && separator[0] != 0x09 {
            throw reader.error(members["separator"], "separator must be one character, as \";\"")
        }
        return separator
    }

    /// 1 to 8 bytes; a blank is one.
    private func short(_ members: [String: Node], _ key: String) throws(DefinitionError) -> String {
        guard let text = members[key]?.scalar?.string, (1...8).contains(text.utf8.count), !text.contains("\n") else {
            throw reader.error(members[key], "\(key) must be a text of 1 to 8 bytes, in quotes, as \"=\"")
        }
        return text
    }

    // MARK: Parts

    private func sections(_ node: Node) throws(DefinitionError) -> TableSections {
        let members = try reader.mapping(node, "sections", allowed: ["headings", "only", "after", "before"])
        var sections = TableSections()
        if members["headings"] != nil {
            sections.headings = try patterns(members, "headings")
            guard !sections.headings.isEmpty,
                sections.headings.allSatisfy({ $0.count { $0 == "*" } == 1 && !$0.contains("?") && $0 != "*" })
            else {
                throw reader.error(
                    members["headings"],
                    "headings must be patterns with one * for the section's name and something beside it, as \"==> * <==\""
                )
            }
        }
        sections.wanted = try patterns(members, "only")
        sections.after = try line(members, "after")
        sections.before = try line(members, "before")
        return sections
    }

    /// Nil when it is not there.
    private func line(_ members: [String: Node], _ key: String) throws(DefinitionError) -> String? {
        guard let node = members[key] else { return nil }
        guard let text = node.scalar?.string, (1...200).contains(text.utf8.count), !text.contains("\n"),
            text.first != " ", text.first != "\t", text.last != " ", text.last != "\t"
        else {
            throw reader.error(
                node, "\(key) must be a line as it stands in the section, without blanks at its ends, as \"fd:\"")
        }
        return text
    }

    private func patterns(_ members: [String: Node], _ key: String) throws(DefinitionError) -> [String] {
        guard let node = members[key] else { return [] }
        let patterns = try reader.strings(node, key)
        guard patterns.count <= TableDefinition.Bounds.patterns, patterns.allSatisfy({ $0.utf8.count <= 200 }) else {
            throw reader.error(
                node, "\(key) has more than \(TableDefinition.Bounds.patterns) patterns, or one longer than 200 bytes")
        }
        return patterns
    }

    /// Nil when it is not there.
    func number(_ members: [String: Node], _ key: String, _ range: ClosedRange<Int>) throws(DefinitionError) -> Int? {
        guard let node = members[key] else { return nil }
        guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string), range.contains(number)
        else {
            throw reader.error(
                node, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `a.b.c`, or a list where a name has a dot in it.
    func path(_ node: Node?, _ what: String) throws(DefinitionError) -> [String] {
        guard let node else { return [] }
        let segments: [String]
        if let text = node.scalar?.string {
            segments = JSONRowPath.segments(of: text)
        } else {
            segments = try reader.strings(node, what)
        }
        guard segments.count <= TableDefinition.Bounds.pathSegments, segments.allSatisfy({ !$0.isEmpty }) else {
            throw reader.error(
                node,
                "\(what) must be names with dots between, as status.phase, or a list of names; "
                    + "\(TableDefinition.Bounds.pathSegments) at most")
        }
        return segments
    }
}
