internal import StructuredText

/// How objects are printed in a `Table` of meta.k8s.io/v1.
struct TablePrinters: Sendable {
    private let capture: ServedCapture

    init(_ capture: ServedCapture) {
        self.capture = capture
    }

    /// - Parameter namespace: nil for lists over all.
    func printer(for resource: APIResource, in namespace: String?) async throws -> TablePrinter {
        TablePrinter(columns: []) { _ in [] }
    }
}

/// Prints objects of one kind.
struct TablePrinter: Sendable {
    /// The members of `columnDefinitions`.
    let columns: [JSONValue]
    /// The cells of an object's row, as many as there are columns.
    let cells: @Sendable (StoredObject) -> [JSONValue]
}
