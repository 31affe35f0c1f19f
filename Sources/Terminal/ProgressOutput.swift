/// Where live progress is drawn and what time it is there; a test gives its own.
public struct ProgressOutput: Sendable {
    /// Whether the block may be redrawn in place; otherwise plain lines are written.
    public var isInteractive: Bool
    /// The terminal's size right now, nil when unknown.
    public var size: @Sendable () -> TerminalDevice.Size?
    /// Writes text as it is.
    public var write: @Sendable (String) -> Void
    /// Time since some fixed moment; never goes back.
    public var now: @Sendable () -> Duration
    public var style: TerminalStyle

    public init(
        isInteractive: Bool, style: TerminalStyle, size: @escaping @Sendable () -> TerminalDevice.Size?,
        write: @escaping @Sendable (String) -> Void, now: @escaping @Sendable () -> Duration
    ) {
        self.isInteractive = isInteractive
        self.style = style
        self.size = size
        self.write = write
        self.now = now
    }

    /// Standard error. In place only on a terminal that can move its cursor (`TERM` set and not `dumb`).
    public static func standardError() -> ProgressOutput {
        let start = ContinuousClock.now
        let term = TerminalDevice.environment("TERM") ?? ""
        return ProgressOutput(
            isInteractive: TerminalDevice.isTerminal(2) && !term.isEmpty && term != "dumb",
            style: TerminalStyle(descriptor: 2),
            size: { TerminalDevice.size(2) },
            write: { TerminalDevice.write($0, to: 2) },
            now: { ContinuousClock.now - start })
    }
}
