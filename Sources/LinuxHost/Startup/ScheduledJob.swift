/// What cron, anacron or at will run, and for whom.
package struct ScheduledJob: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// A line of a user's crontab.
        case crontab
        /// A line of the system's, which names the user.
        case system
        /// A program in a folder of `run-parts`, as `/etc/cron.daily`.
        case script
        case anacron
        case at
        /// A program that is run when the host starts, other than by systemd.
        case boot
    }

    package var kind: Kind
    package var path: RawText
    /// From 1; nil for a program.
    package var line: Int?
    package var user: RawText?
    /// As it is written: `*/5 * * * *`, `@reboot`, `cron.daily`; of at in UTC.
    package var schedule: RawText
    /// What is run, with its arguments.
    package var command: RawText
    /// Names of variables that are set for it; values only of those that say where programs come from.
    package var environment: [RawText] = []
    package var file: FileStatus
    package var sha256: String?
    /// The package that the file is of.
    package var package: String?

    package init(
        _ kind: Kind, _ path: RawText, line: Int? = nil, user: RawText? = nil, schedule: RawText, command: RawText,
        file: FileStatus
    ) {
        self.kind = kind
        self.path = path
        self.line = line
        self.user = user
        self.schedule = schedule
        self.command = command
        self.file = file
    }
}

extension ScheduledJob: FieldRecord {
    package static let fieldNames =
        ["kind", "path", "line", "user", "schedule", "command", "environment"] + FileStatus.fieldNames
        + ["sha256", "package"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("kind", .text(kind.rawValue))
        writer.field("path", .raw(path))
        writer.field("line", .optional(line))
        writer.field("user", user.map { .raw($0) })
        writer.field("schedule", .raw(schedule))
        writer.field("command", .raw(command))
        writer.field("environment", .rawList(environment))
        file.write(to: &writer)
        writer.field("sha256", sha256.map { .text($0) })
        writer.field("package", package.map { .text($0) })
    }
}

/// A variable as a record keeps it.
package enum KeptVariable {
    /// These say which programs and libraries are run, and are no secrets.
    private static let plain: Set<String> = [
        "PATH", "SHELL", "HOME", "MAILTO", "MAILFROM", "LANG", "LC_ALL", "TZ", "CRON_TZ", "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "PYTHONPATH", "PERL5LIB", "BASH_ENV", "ENV", "START_HOURS_RANGE", "RANDOM_DELAY", "USER", "LOGNAME", "PWD",
    ]

    /// `NAME=VALUE` for those, `NAME` for others; nil where it is none.
    package static func kept(_ assignment: some Collection<UInt8>) -> RawText? {
        guard let equals = assignment.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var name = Array(assignment[..<equals])
        while name.last == 0x20 || name.last == 0x09 { name.removeLast() }
        name.removeAll { $0 == 0x22 || $0 == 0x27 }
        guard !name.isEmpty, name[0] &- 0x30 >= 10,
            name.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x41 < 26 || $0 &- 0x61 < 26 || $0 == 0x5F })
        else { return nil }
        guard plain.contains(String(decoding: name, as: UTF8.self)) else { return RawText(name) }
        return RawText(name + Array(assignment[equals...].prefix(4_096)))
    }
}
