/// What `/proc/<pid>/stat` says (fs/proc/array.c `do_task_stat`).
public struct ProcessStat: Hashable, Sendable {
    public let pid: Int32
    /// The name, at most 15 bytes for user processes, chosen by the process: it may hold anything but NUL.
    public let name: RawText
    /// The state's letter: R running, S sleeping, D uninterruptible, T stopped, t traced, Z zombie, X dead, I idle.
    public let state: String
    public let parent: Int32
    public let group: Int32
    public let session: Int32
    /// The controlling terminal's device number, 0 if none.
    public let terminal: Int64
    public let threads: Int64
    /// Clock ticks since boot (USER_HZ, 100 a second) when it started. With the pid, this tells processes apart.
    public let startTicks: UInt64
    /// Clock ticks spent in user mode and in the kernel.
    public let userTicks: UInt64
    public let systemTicks: UInt64
    /// Resident memory, in pages.
    public let residentPages: Int64

    /// Reads the text; nil if it is not of that form.
    ///
    /// The name is between the first `(` and the last `)`: it may itself contain `) R 1`, and after it come numbers
    /// only.
    public init?(_ bytes: [UInt8]) {
        let span = bytes.span
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        var head = FieldCursor(0..<open)
        guard let pid = head.decimalField(span).flatMap(Int32.init(exactly:)) else { return nil }
        var cursor = FieldCursor(close + 1..<bytes.count)
        guard let state = cursor.field(span), state.count == 1, bytes[state.lowerBound] > 0x20,
            bytes[state.lowerBound] < 0x7F
        else { return nil }
        // Fields 4 (ppid) to 24 (rss) of proc_pid_stat(5).
        var numbers: [Int64] = []
        while numbers.count < 21, let field = cursor.field(span) {
            var inner = FieldCursor(field.lowerBound..<Self.trimmed(field, bytes))
            guard let value = inner.signedDecimal(span), inner.isAtEnd else { return nil }
            numbers.append(value)
        }
        guard numbers.count == 21, let parent = Int32(exactly: numbers[0]), let group = Int32(exactly: numbers[1]),
            let session = Int32(exactly: numbers[2]), numbers[18] >= 0, numbers[10] >= 0, numbers[11] >= 0
        else { return nil }
        self.pid = pid
        self.name = RawText(Array(bytes[open + 1..<close]))
        self.state = String(UnicodeScalar(bytes[state.lowerBound]))
        self.parent = parent
        self.group = group
        self.session = session
        terminal = numbers[3]
        userTicks = UInt64(numbers[10])
        systemTicks = UInt64(numbers[11])
        threads = numbers[16]
        startTicks = UInt64(numbers[18])
        residentPages = numbers[20]
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Int {
        bytes[range.upperBound - 1] == 0x0A ? range.upperBound - 1 : range.upperBound
    }
}
