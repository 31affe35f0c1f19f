internal import Rows
internal import Yams

/// Decodes the columns of a table, within what its format has.
struct ColumnDecoder {
    private static let types = ["text", "integer", "real", "boolean", "time", "json"]

    private let reader: DefinitionReader
    private let table: TableDefinition

    init(_ reader: DefinitionReader, _ table: TableDefinition) {
        self.reader = reader
        self.table = table
    }

    func columns(_ node: Node?, _ parent: Node) throws(DefinitionError) -> [TableColumn] {
        guard let node else {
            guard let columns = standard else { throw reader.error(parent, "columns is missing") }
            return columns
        }
        guard let nodes = node.sequence, !nodes.isEmpty else {
            throw reader.error(node, "columns must be a list with at least one column, as [{name: pid, type: integer}]")
        }
        guard nodes.count <= TableDefinition.Bounds.columns else {
            throw reader.error(node, "more than \(TableDefinition.Bounds.columns) columns")
        }
        var columns: [TableColumn] = []
        for node in nodes {
            let column = try column(node)
            guard !columns.contains(where: { $0.name == column.name }) else {
                throw reader.error(node, "there are two columns \(column.name)")
            }
            columns.append(column)
        }
        return columns
    }

    /// Those of a format that can do without being told.
    private var standard: [TableColumn]? {
        switch table.format {
        case .prometheus:
            [
                TableColumn("metric", .text, .part(.metric)), TableColumn("labels", .json, .part(.labels)),
                TableColumn("value", .real, .part(.value)), TableColumn("type", .text, .part(.type)),
            ]
        case .keyValue(_, .pair):
            (table.sections == nil ? [] : [TableColumn("section", .text, .part(.section))]) + [
                TableColumn("name", .text, .part(.key)), TableColumn("value", .text, .part(.value)),
            ]
        default: nil
        }
    }

    private func column(_ node: Node) throws(DefinitionError) -> TableColumn {
        let places = self.places
        let members = try reader.mapping(
            node, "a column here",
            allowed: ["name", "type", "form", "notation", "suffix"] + places
                + (places.contains("path") ? ["up"] : []) + (places.contains("field") ? ["toEnd"] : []))
        let name = try reader.string(members, "name", node)
        guard TableNames.isSpelledWell(name) else {
            throw reader.error(
                members["name"], "the name of a column must be 1 to 63 of a–z, 0–9 and _, beginning with a letter")
        }
        guard !TableNames.isKeyword(name) else {
            throw reader.error(members["name"], "\(name) is a word of SQL: give the column another name")
        }
        guard !TableNames.contextColumns.contains(name) else {
            throw reader.error(
                members["name"],
                "every table has a column \(name), which says where a row is from: give this one another name")
        }
        let given = places.filter { members[$0] != nil }
        guard given.count <= 1 else {
            throw reader.error(node, "a column has one place; this one has \(given.joined(separator: " and "))")
        }
        var column = TableColumn(name, try type(members, node), try source(given.first, name, members, node))
        column.notation = try notation(members, column)
        if let suffix = members["suffix"] {
            guard let text = suffix.scalar?.string, (1...20).contains(text.utf8.count) else {
                throw reader.error(suffix, "suffix must be what stands behind the value, as kB")
            }
            column.suffix = text
        }
        return column
    }

    // MARK: Types

    private func type(_ members: [String: Node], _ node: Node) throws(DefinitionError) -> ColumnType {
        let name = members["type"] == nil ? "text" : try reader.string(members, "type", node)
        let form = try members["form"].map { node throws(DefinitionError) in
            let forms = ColumnType.TimeForm.allCases.map(\.rawValue)
            guard name == "time" else {
                throw reader.error(node, "form says how a time is written: it goes with type: time")
            }
            guard let text = node.scalar?.string, let form = ColumnType.TimeForm(rawValue: text) else {
                throw reader.error(node, "form must be one of \(forms.joined(separator: ", "))")
            }
            return form
        }
        switch name {
        case "text": return .text
        case "integer": return .integer
        case "real": return .real
        case "boolean": return .boolean
        case "time": return .time(form ?? .rfc3339)
        case "json": return .json
        default:
            throw reader.error(
                members["type"],
                "there is no type \(NameSuggestion.shown(name)); " + NameSuggestion.advice(for: name, among: Self.types)
            )
        }
    }

    private func notation(
        _ members: [String: Node], _ column: TableColumn
    ) throws(DefinitionError) -> TableColumn.Notation? {
        guard let node = members["notation"] else { return nil }
        let names = TableColumn.Notation.allCases.map(\.rawValue)
        guard let text = node.scalar?.string, let notation = TableColumn.Notation(rawValue: text) else {
            throw reader.error(node, "notation must be one of \(names.joined(separator: ", "))")
        }
        let wanted: ColumnType? =
            switch notation {
            case .hex, .octal, .port, .inode: .integer
            case .address, .tcpState: .text
            case .escapes: nil
            }
        if let wanted, column.type != wanted {
            throw reader.error(node, "notation \(text) makes \(wanted.name) of it: write type: \(wanted.name)")
        }
        return notation
    }

    // MARK: Places

    /// The keys that can say where a value stands.
    private var places: [String] {
        switch table.format {
        case .json, .jsonLines: ["path", "is"]
        case .csv: ["heading", "field"]
        case .tsv, .fields: ["heading", "field", "above", "is"]
        case .keyValue: ["key", "above", "is"]
        case .prometheus: ["label", "above", "is"]
        }
    }

    /// What `is` may say.
    private var parts: [ColumnSource.Part] {
        let section: [ColumnSource.Part] = table.sections == nil ? [] : [.section]
        return switch table.format {
        case .json, .jsonLines: [.key, .index, .value, .text]
        case .csv: []
        case .tsv, .fields: section + [.text]
        case .keyValue(_, .pair): section + [.key, .value, .text]
        case .keyValue(_, .line): section + [.text]
        case .keyValue: section
        case .prometheus: section + [.metric, .labels, .value, .timestamp, .type, .help, .unit, .text]
        }
    }

    private func source(
        _ place: String?, _ name: String, _ members: [String: Node], _ node: Node
    ) throws(DefinitionError) -> ColumnSource {
        guard let place, let value = members[place] else { return try assumed(name, members, node) }
        if place != "field", let stray = members["toEnd"] {
            throw reader.error(stray, "toEnd goes with field")
        }
        switch place {
        case "path": return try path(value, members)
        case "field": return try field(value, members)
        case "is":
            let part = try part(value)
            // Of JSON it is read as what stands at the end of a path is: a text without its quotes.
            return part == .value && places.contains("path") ? .path([], up: 0) : .part(part)
        case "above": return .above(try above(value))
        default:
            guard let text = value.scalar?.string, (1...200).contains(text.utf8.count) else {
                throw reader.error(value, "\(place) must be a text of at most 200 bytes")
            }
            if place == "heading", !hasHeadings {
                throw reader.error(value, "there are no headings: write headings: 1, or field")
            }
            if case .keyValue(_, .pair) = table.format {
                throw reader.error(value, "with row: pair a column is a part of the pair: write is: key or is: value")
            }
            return place == "heading" ? .heading(text) : place == "key" ? .key(text) : .label(text)
        }
    }

    /// Where the value of a column stands that does not say: where its name does.
    private func assumed(_ name: String, _ members: [String: Node], _ node: Node) throws(DefinitionError)
        -> ColumnSource
    {
        switch table.format {
        case .json, .jsonLines: return try path(nil, members, default: [name])
        case .csv where hasHeadings, .tsv where hasHeadings: return .heading(name)
        case .keyValue(_, .pair):
            throw reader.error(node, "with row: pair a column is a part of the pair: write is: key or is: value")
        case .keyValue: return .key(name)
        case .prometheus: return .label(name)
        default: throw reader.error(node, "column \(name) needs field: the number of the field, from 1")
        }
    }

    private var hasHeadings: Bool {
        switch table.format {
        case .csv(_, let count), .tsv(_, let count, _), .fields(let count, _): count > 0
        default: false
        }
    }

    private func path(
        _ node: Node?, _ members: [String: Node], default segments: [String] = []
    ) throws(DefinitionError) -> ColumnSource {
        let decoder = TableDecoder(reader)
        let anchors =
            switch table.format {
            case .json(let rows), .jsonLines(let rows): JSONRowPath(rows).anchors
            default: 1
            }
        let up = try decoder.number(members, "up", 0...TableDefinition.Bounds.pathSegments) ?? 0
        guard up < anchors else {
            throw reader.error(
                members["up"],
                anchors == 1
                    ? "nothing encloses the rows: up goes with rows, as pods.*.containers.*"
                    : "up leads out of the text: \(anchors - 1) at most")
        }
        return .path(node == nil ? segments : try decoder.path(node, "path"), up: up)
    }

    private func field(_ node: Node, _ members: [String: Node]) throws(DefinitionError) -> ColumnSource {
        let most = TableDefinition.Bounds.fields
        guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string), number != 0,
            abs(number) <= most
        else {
            throw reader.error(
                node, "field must be the number of the field: 1 is the first, -1 the last; \(most) at most")
        }
        let toEnd = try members["toEnd"].map { node throws(DefinitionError) in try reader.flag(node, "toEnd") } ?? false
        if toEnd, case .csv = table.format {
            throw reader.error(members["toEnd"], "toEnd is not for csv, where quotes keep a field together")
        }
        return .field(number, toEnd: toEnd)
    }

    private func above(_ node: Node) throws(DefinitionError) -> String {
        guard let text = node.scalar?.string, (2...200).contains(text.utf8.count), !text.contains("?"),
            text.count(where: { $0 == "*" }) == 1
        else {
            throw reader.error(
                node,
                "above must be a pattern of a line with one * for the value and something beside it, as \"sample *\"")
        }
        return text
    }

    private func part(_ node: Node) throws(DefinitionError) -> ColumnSource.Part {
        let text = node.scalar?.string ?? ""
        guard let part = ColumnSource.Part(rawValue: text), parts.contains(part) else {
            if text == "section", table.sections == nil {
                throw reader.error(node, "there are no sections: say which lines are headings, by sections")
            }
            guard !parts.isEmpty else { throw reader.error(node, "here a column is no part of the row but its key") }
            throw reader.error(
                node,
                "is must be a part of the row; " + NameSuggestion.advice(for: text, among: parts.map(\.rawValue)))
        }
        return part
    }
}
