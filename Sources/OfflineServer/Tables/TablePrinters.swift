internal import Inspection
internal import Rows
internal import SQLite
package import StructuredText

/// How objects are printed in a `Table` of meta.k8s.io/v1: as the API server printed them when they were captured; where that is not
/// known, as it would have, with ages to the moment of the capture.
package struct TablePrinters: Sendable {
    private let capture: ServedCapture
    private let captured: CapturedTables
    private let definitions: DefinitionColumns

    package init(_ capture: ServedCapture) {
        self.capture = capture
        captured = CapturedTables(capture.database.capture)
        definitions = DefinitionColumns(capture.database)
    }

    /// One for all namespaces.
    ///
    /// - Throws: what the capture throws when it cannot be read, `SQLError`, `CancellationError`.
    package func printer(for resource: APIResource) async throws -> TablePrinter {
        let table = try await captured.table(of: resource)
        var columns = KindColumns.columns(of: resource)
        if columns == nil, !resource.group.isEmpty { columns = try await definitions.columns(of: resource) }
        return TablePrinter(resource, columns ?? PrintedColumn.standard, table, now: capture.captured)
    }
}

/// A row of a `Table`.
package struct TableRow: Sendable {
    /// As many as there are columns. Text in them has no control characters but tabs and line feeds.
    package var cells: [JSONValue]
    /// What a person must know to judge it, with names as captured.
    package var warning: String?
}

/// Prints objects of one resource.
package struct TablePrinter: Sendable {
    /// The members of `columnDefinitions`.
    package let columns: [JSONValue]
    private let own: [PrintedColumn?]
    private let table: CapturedTable?
    private let resource: APIResource
    private let now: RowTime?

    /// - Parameters:
    ///   - own: prints what has no captured row.
    ///   - table: whose columns hold where there is one: those of that server's version.
    init(_ resource: APIResource, _ own: [PrintedColumn], _ table: CapturedTable?, now: RowTime?) {
        columns = table?.columns ?? own.map(\.definition)
        if let table {
            let byName = Dictionary(own.map { ($0.name, $0) }) { first, _ in first }
            self.own = table.names.map { byName[$0] }
        } else {
            self.own = own
        }
        self.table = table
        self.resource = resource
        self.now = now
    }

    package func row(of object: StoredObject) -> TableRow {
        let printed = PrintedObject(object, now: now)
        var warning: String?
        if let table, let row = table.row(namespace: object.namespace, name: object.name) {
            // Rows and objects are read one after the other, and either can be forged: what is looked at first is told by the object.
            guard resource.fullName == "pods", !PodRow(names: table.names, cells: row).agrees(with: printed.pod) else {
                return TableRow(cells: row.map(CellText.safe))
            }
            warning =
                "pod \(object.namespace ?? "")/\(object.name): READY, STATUS or RESTARTS as the API server printed them are not what the object says, which is shown"
        }
        return TableRow(cells: own.map { CellText.safe($0?.cell(printed) ?? "<unknown>") }, warning: warning)
    }
}
