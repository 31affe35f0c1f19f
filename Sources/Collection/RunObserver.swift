public import BundleFormat

/// Whoever watches a run. Called from any task, many times a second; must not block.
public protocol RunObserver: Sendable {
    /// More attempts are known of.
    func planned(_ count: Int)
    /// An attempt begins. Numbers are those of the ledger.
    func started(_ number: Int, label: String)
    /// Captured bytes arrived.
    func received(bytes: Int)
    /// The run is ended early.
    func stopped(_ cause: CaptureEngine.RunStop)
    /// So many attempts more will not begin.
    func skipped(_ count: Int)
    /// An attempt has its ledger line.
    func ended(_ line: LedgerLine)
}
