public import Inspection
public import Rows

/// A capture that is served: what everything here asks.
public struct ServedCapture: Sendable {
    /// How it is called in the kubeconfig, and in paths.
    public let name: String
    public let database: EvidenceDatabase
    /// When it was captured: ages are counted to then. Nil where nothing says it.
    public let captured: RowTime?

    public init(name: String, database: EvidenceDatabase, captured: RowTime?) {
        self.name = name
        self.database = database
        self.captured = captured
    }
}
