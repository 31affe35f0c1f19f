import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// A table of a built-in collector, on an output that it captured: `Captured/`, byte for byte but for folders of the machine in mounts.
struct CapturedTable {
    private(set) var rows: [[String: RowValue]] = []
    private(set) var tally = TableTally()

    func row(_ column: String, _ value: RowValue) throws -> [String: RowValue] {
        try #require(rows.first { $0[column] == value }, "no row has \(value) as its \(column)")
    }

    /// The values of a column, in the order of the rows.
    func words(_ column: String) -> [String] { rows.map { $0[column]?.words ?? "no such column" } }

    /// - Parameter file: below `Captured`; what the table reads if nil. Its name must be one of those.
    static func read(_ name: String, of file: String? = nil) throws -> CapturedTable {
        let table = try definition(name)
        let path = file ?? table.from
        try #require(table.reads(file: path.split(separator: "/").last ?? ""))
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Captured")
        let result = try read(table, Array(try Data(contentsOf: folder.appendingPathComponent(path))))
        #expect(result.tally.unreadCells == 0, "\(result.tally.problems)")
        return result
    }

    /// - Parameter text: an output that was captured just now.
    static func read(_ name: String, text: some StringProtocol) throws -> CapturedTable {
        try read(try definition(name), Array(text.utf8))
    }

    private static func definition(_ name: String) throws -> TableDefinition {
        let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
        return try #require(all.first { $0.name == name }, "no collector has a table \(name)")
    }

    private static func read(_ table: TableDefinition, _ bytes: [UInt8]) throws -> CapturedTable {
        var result = CapturedTable()
        var reader = TableReader(table)
        func take(_ row: TableRow) {
            result.rows.append(Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), row.values)))
        }
        try reader.push(bytes[...], take)
        try reader.finish(take)
        result.tally = reader.tally
        return result
    }
}
