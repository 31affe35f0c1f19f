import Synchronization

/// Progress of a long command, on standard error.
///
/// On a terminal a block of lines is redrawn in place, at most ten times a second: counts, bytes and elapsed time,
/// then what is running right now, longest first. Elsewhere plain lines: every permanent one, and a heartbeat after
/// 10 s without a line.
///
/// Reporting (``advance(done:bytes:)``, ``begin(_:)`` …) only changes counters and never waits for the terminal, so a
/// stopped terminal (Ctrl-S) holds up nothing but drawing. All text is escaped here. Somebody calls ``run()`` in a
/// task of its own, and ``finish()`` in every case, Ctrl-C included: it gives the cursor back.
public final class LiveProgress: Sendable {
    /// Something that is running, between ``begin(_:)`` and ``end(_:)``.
    public struct Activity: Hashable, Sendable {
        fileprivate let id: Int
    }

    /// What is on the terminal. Never locked together with the state the other way round: the screen first, then the
    /// state.
    private struct Screen {
        /// The cells of each line of the block that stands above the cursor.
        var lines: [Int] = []
        var isCursorHidden = false
        var lastOutput: Duration
        var isFinished = false
    }

    private static let interval = Duration.milliseconds(100)
    private static let heartbeat = Duration.seconds(10)
    private static let unknownSize = TerminalDevice.Size(columns: 80, rows: 24)

    private let output: ProgressOutput
    private let maxActivities: Int
    private let state: Mutex<ProgressState>
    private let screen: Mutex<Screen>

    /// - Parameters:
    ///   - title: What the command does: `Collecting`.
    ///   - maxActivities: Lines for what is running; fewer on a low terminal.
    public init(_ title: String, output: ProgressOutput = .standardError(), maxActivities: Int = 6) {
        let now = output.now()
        self.output = output
        self.maxActivities = maxActivities
        state = Mutex(ProgressState(title: TerminalText.escaped(title), start: now))
        // The first block is due at once, the first heartbeat is not.
        screen = Mutex(Screen(lastOutput: output.isInteractive ? now - Self.interval : now))
    }

    // MARK: Reporting

    public func setTitle(_ title: String) {
        state.withLock { $0.title = TerminalText.escaped(title) }
    }

    /// More is to be done.
    public func add(total: Int) {
        state.withLock { $0.total += total }
    }

    public func advance(done: Int = 0, bytes: Int = 0) {
        state.withLock {
            $0.done += done
            $0.bytes &+= UInt64(max(bytes, 0))
        }
    }

    public func begin(_ label: String) -> Activity {
        let label = TerminalText.escaped(label)
        let now = output.now()
        return Activity(id: state.withLock { $0.begin(label, at: now) })
    }

    public func end(_ activity: Activity) {
        state.withLock { $0.end(activity.id) }
    }

    /// Shows `label` as running while `body` runs.
    public func during<Result, Failure: Error>(
        _ label: String, _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let activity = begin(label)
        defer { end(activity) }
        return try await body()
    }

    // MARK: Drawing

    /// Prints permanent lines, above the block where there is one. After ``finish()`` it still prints.
    public func log(_ text: String, _ role: TerminalStyle.Role? = nil) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let escaped = TerminalText.escaped(line, keeping: .tab)
            return (role.map { output.style($0, escaped) } ?? escaped) + "\n"
        }
        screen.withLock { screen in
            let isDrawn = !screen.lines.isEmpty
            output.write(erase(&screen) + lines.joined() + (isDrawn ? block(&screen) : ""))
            screen.lastOutput = output.now()
        }
    }

    /// Draws what is due at this moment.
    public func tick() {
        let now = output.now()
        screen.withLock { screen in
            guard !screen.isFinished else { return }
            let wait = output.isInteractive ? Self.interval : Self.heartbeat
            guard now - screen.lastOutput >= wait else { return }
            screen.lastOutput = now
            if output.isInteractive {
                output.write(erase(&screen, keepsText: true) + block(&screen))
            } else {
                output.write(state.withLock { $0.heartbeat(now) } + "\n")
            }
        }
    }

    /// Draws until the task is cancelled or ``finish()`` was called.
    @concurrent
    public func run() async {
        while !Task.isCancelled, !screen.withLock({ $0.isFinished }) {
            tick()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Removes the block and shows the cursor again. Calling it twice does nothing more.
    public func finish() {
        screen.withLock { screen in
            guard !screen.isFinished else { return }
            let erasing = erase(&screen) + (screen.isCursorHidden ? "\u{1B}[?25h" : "")
            screen.isCursorHidden = false
            screen.isFinished = true
            if !erasing.isEmpty { output.write(erasing) }
        }
    }

    /// Moves to the top of the block and, unless its text is about to be written over, erases it.
    private func erase(_ screen: inout Screen, keepsText: Bool = false) -> String {
        guard !screen.lines.isEmpty else { return "" }
        // A terminal that became narrower since has wrapped the lines.
        let columns = output.size()?.columns ?? Self.unknownSize.columns
        let rows = screen.lines.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        screen.lines = []
        return "\u{1B}[\(rows)A\r" + (keepsText ? "" : "\u{1B}[J")
    }

    /// The block from the cursor on, which ends below it.
    private func block(_ screen: inout Screen) -> String {
        let size = output.size() ?? Self.unknownSize
        let now = output.now()
        // One cell is left free, as a full line wraps on some terminals; two rows for the head and the cursor, one
        // for `more`.
        let columns = max(size.columns - 1, 1)
        let activities = max(0, min(maxActivities, size.rows - 3))
        let lines = state.withLock {
            $0.block(now, columns: columns, maxActivities: activities, style: output.style)
        }
        var text = screen.isCursorHidden ? "" : "\u{1B}[?25l"
        screen.isCursorHidden = true
        for line in lines { text += line.text + "\u{1B}[K\n" }
        screen.lines = lines.map(\.cells)
        return text + "\u{1B}[J"
    }
}
