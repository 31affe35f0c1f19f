internal import SQLite

/// Rows of one side that have the same keys.
struct KeyedRows: Sendable {
    let keys: [String]
    /// The values of each field, sorted, each once.
    var fields: [[String]]
    var entry: String?
    var rows = 0

    /// By bytes, as SQLite sorts.
    static func order(_ left: [String], _ right: [String]) -> Int {
        for (one, other) in zip(left, right) {
            if one.utf8.elementsEqual(other.utf8) { continue }
            return one.utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
        }
        return 0
    }
}

/// Reads rows that are sorted by their keys, those with the same keys at once.
struct KeyedRowsReader {
    /// Values of a field that are told apart; more are counted.
    private static let mostValues = 50
    /// Of a value, in bytes; of a longer one the beginning and the length are compared.
    private static let mostBytes = 4 << 10

    private let query: SectionQuery
    private let statement: SQLStatement
    private let namespace: String?
    private var ahead: [SQLValue]?

    init(_ query: SectionQuery, _ database: SQLDatabase, namespace: String?) throws {
        self.query = query
        self.namespace = namespace
        statement = try database.prepare(query.ordered)
        // What is of no namespace is not of this one.
        guard namespace == nil || query.keys.contains("namespace") else { return }
        ahead = try statement.step() ? statement.row : nil
    }

    mutating func next() throws -> KeyedRows? {
        while let rows = try nextOfAll() {
            guard let namespace, let index = query.keys.firstIndex(of: "namespace") else { return rows }
            if rows.keys[index] == namespace { return rows }
        }
        return nil
    }

    private mutating func nextOfAll() throws -> KeyedRows? {
        guard let first = ahead else { return nil }
        let keys = first[..<query.keys.count].map { Self.words($0) ?? "" }
        var values = [Set<String>](repeating: [], count: query.fields.count)
        var sums = [Int](repeating: 0, count: query.fields.count)
        var more = [Int](repeating: 0, count: query.fields.count)
        var rows = KeyedRows(keys: keys, fields: [])
        rows.entry = first[query.keys.count + query.fields.count].text
        while let row = ahead {
            guard KeyedRows.order(row[..<keys.count].map { Self.words($0) ?? "" }, keys) == 0 else { break }
            rows.rows += 1
            for (index, field) in query.fields.enumerated() {
                let value = row[keys.count + index]
                switch field.taken {
                case .sum:
                    let sum = sums[index].addingReportingOverflow(Int(clamping: value.integer ?? 0))
                    sums[index] = sum.overflow ? .max : sum.partialValue
                case .example: if rows.rows == 1, let words = Self.words(value) { values[index].insert(words) }
                case .each:
                    guard let words = Self.words(value), !values[index].contains(words) else { continue }
                    if values[index].count < Self.mostValues { values[index].insert(words) } else { more[index] += 1 }
                }
            }
            ahead = try statement.step() ? statement.row : nil
        }
        rows.fields = query.fields.indices.map { index in
            if case .sum = query.fields[index].taken { return ["\(sums[index])"] }
            let sorted = values[index].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return more[index] > 0 ? sorted + ["and \(more[index]) more"] : sorted
        }
        if query.counts { rows.fields.append(["\(rows.rows)"]) }
        return rows
    }

    private static func words(_ value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .text(let text):
            text.utf8.count <= mostBytes
                ? text : String(decoding: text.utf8.prefix(mostBytes), as: UTF8.self) + "… (\(text.utf8.count) bytes)"
        case .blob(let bytes): "\(bytes.count) bytes"
        }
    }
}
