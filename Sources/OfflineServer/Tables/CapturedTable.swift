internal import StructuredText

/// How the API server itself printed a resource when it was captured.
struct CapturedTable: Sendable {
    /// A page of it, as captured.
    struct Page: Sendable {
        /// Nil where its path has none.
        let namespace: String?
        /// From 1.
        let number: Int
        let json: [UInt8]
    }

    private struct Key: Hashable {
        let namespace: String?
        let name: String
    }

    /// What the name of a default StorageClass has behind it.
    static let defaultMark = " (default)"
    private static let mostColumns = 256
    private static let mostCellBytes = 64 << 10

    /// Their names, in order.
    let names: [String]
    /// The members of `columnDefinitions`.
    let columns: [JSONValue]
    private var rows: [Key: Range<Int>] = [:]
    /// The cells of all rows as JSON: as values they would take many times the space.
    private var cells: [UInt8] = []

    var rowCount: Int { rows.count }

    /// - Parameters:
    ///   - pages: in any order. One that is no table, or has other columns than the first, is not used.
    ///   - isNamespaced: then rows without a namespace in their path could be of any, and are not used.
    ///   - mostRows: those beyond are not kept.
    /// - Returns: nil when there is no table.
    init?(_ pages: [Page], isNamespaced: Bool, mostRows: Int) {
        let sorted = pages.sorted { ($0.namespace ?? "", $0.number) < ($1.namespace ?? "", $1.number) }
        var columns: [JSONValue]?
        var found: [Key: Range<Int>] = [:]
        var cells: [UInt8] = []
        var ambiguous: Set<Key> = []
        for page in sorted {
            guard let (own, rows) = Self.read(page), own == columns ?? own else { continue }
            columns = own
            guard isNamespaced == (page.namespace != nil),
                let position = own.firstIndex(where: { $0["format"]?.string == "name" })
            else { continue }
            for row in rows {
                guard found.count < mostRows else { break }
                guard let row = row["cells"]?.array, row.count == own.count, row.allSatisfy(Self.isCell),
                    var name = row[position].string
                else { continue }
                if name.hasSuffix(Self.defaultMark) { name.removeLast(Self.defaultMark.count) }
                let key = Key(namespace: page.namespace, name: name)
                let start = cells.count
                cells += JSONValue.array(row).serialized()
                if found.updateValue(start..<cells.count, forKey: key) != nil { ambiguous.insert(key) }
            }
        }
        guard let columns else { return nil }
        for key in ambiguous { found[key] = nil }
        self.columns = columns
        names = columns.map { $0["name"]?.string ?? "" }
        rows = found
        self.cells = cells
    }

    private static func read(_ page: Page) -> (columns: [JSONValue], rows: [JSONValue])? {
        // As deep and as long as the collector takes them.
        let limits = JSONLimits(depth: 64, bytes: 16 << 20)
        guard let table = try? JSONValue(parsing: page.json, limits: limits), table["kind"]?.string == "Table",
            let given = table["columnDefinitions"]?.array, !given.isEmpty, given.count <= mostColumns
        else { return nil }
        let columns = given.compactMap(column)
        guard columns.count == given.count else { return nil }
        return (columns, table["rows"]?.array ?? [])
    }

    /// What a client can read, and no more; nil for anything else.
    private static func column(_ given: JSONValue) -> JSONValue? {
        guard let name = given["name"]?.string, let type = given["type"]?.string,
            let format = (given["format"] ?? "").string, let description = (given["description"] ?? "").string,
            let priority = (given["priority"] ?? 0).int.flatMap(Int32.init(exactly:))
        else { return nil }
        return [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": JSONValue(priority),
        ]
    }

    private static func isCell(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool: true
        case .string(let text): text.utf8.count <= mostCellBytes
        // Clients read it as a Double.
        case .number(let text): text.utf8.count <= mostCellBytes && value.double != nil
        case .array, .object: false
        }
    }

    /// The cells of an object's row; nil where it has none.
    func row(namespace: String?, name: String) -> [JSONValue]? {
        guard let range = rows[Key(namespace: namespace, name: name)] else { return nil }
        return (try? JSONValue(parsing: cells[range]))?.array
    }
}
