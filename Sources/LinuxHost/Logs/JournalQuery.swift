/// What to ask of the systemd journal.
public struct JournalQuery: Sendable {
    /// How `journalctl` prints entries.
    public enum Format: String, Hashable, Sendable {
        /// One JSON object a line, with every field.
        case json
        /// Text for people, with microseconds and the zone's offset.
        case text = "short-iso-precise"
    }

    /// The first moment.
    public var since: Timestamp
    /// The last moment; nil is now.
    public var until: Timestamp?
    /// Units, such as `kubelet.service`; none is all.
    public var units: [String] = []
    /// How entries are printed.
    public var format = Format.json
    /// The folder with the journal's files, such as a host's `/var/log/journal` mounted elsewhere; nil is this
    /// machine's.
    public var directory: String?
    /// The most bytes to take.
    public var maxBytes = 256 << 20
    /// The longest it may take.
    public var timeout: Duration = .seconds(60)

    /// Asks for what came since a moment.
    public init(since: Timestamp) {
        self.since = since
    }

    /// The arguments for `journalctl`. Values that come from elsewhere are joined to their option by `=`, so that none
    /// can pass for an option.
    public var arguments: [String] {
        // Whole seconds, the last one included: the journal's own parser takes `@seconds`.
        // Without --all, fields longer than 4,096 bytes come as null (journalctl(1)).
        var arguments = ["--no-pager", "--all", "--output=\(format.rawValue)", "--since=@\(since.seconds)"]
        if let until { arguments.append("--until=@\(until.seconds + (until.nanoseconds > 0 ? 1 : 0))") }
        for unit in units { arguments.append("--unit=\(unit)") }
        if let directory { arguments.append("--directory=\(directory)") }
        return arguments
    }
}

/// How a reading of the journal ended.
public struct JournalOutcome: Hashable, Sendable {
    /// The kinds of ends.
    /// Nothing was read: there is no `journalctl`.
    package static let noProgram = JournalOutcome(end: .noJournalctl, bytes: 0, message: "", command: [])

    public enum End: Hashable, Sendable {
        /// All of it was read.
        case complete
        /// There is a journal, with nothing in the window.
        case empty
        /// There is no `journalctl` here.
        case noJournalctl
        /// `journalctl` found no journal.
        case noJournal
        /// `journalctl` may read none of the journal's files.
        case denied
        /// ``JournalQuery/maxBytes`` cut it off.
        case truncated
        /// It took longer than ``JournalQuery/timeout``.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// `journalctl` failed, with this exit status (negative: the signal that ended it).
        case failed(Int32)
    }

    public let end: End
    /// Bytes handed out.
    public let bytes: Int
    /// What `journalctl` said on its error output, at most 4 KiB: hints about missing permissions come there.
    public let message: RawText
    /// The command as it was run, for the record; empty if none was.
    public let command: [String]
}
