/// Reads what cron, anacron and at are to run, of the system and of all users.
///
/// Source: crontab(5), cron(8) of Debian and of cronie, anacrontab(5), at(1).
package struct CronReader: Sendable {
    private let tree: HostTree
    private let index: PackageIndex?

    /// - Parameter index: which package a file is of; nil where that is not known.
    package init(_ tree: HostTree, index: PackageIndex?) {
        self.tree = tree
        self.index = index
    }

    private static let mostDigestBytes: UInt64 = 64 << 20

    package func read(_ failures: inout FailureLog, _ body: (ScheduledJob) throws -> Void) throws {
        try crontab("/etc/crontab", .system, &failures, body)
        for entry in tree.list("/etc/cron.d", &failures) where entry.status.kind != .directory {
            try crontab(entry.path, .system, &failures, body)
        }
        for folder: RawText in ["/var/spool/cron/crontabs", "/var/spool/cron", "/var/spool/cron/tabs"] {
            for entry in tree.list(folder, &failures) where entry.status.kind == .regular {
                try crontab(entry.path, .crontab, user: entry.name, &failures, body)
            }
        }
        try anacrontab(&failures, body)
        for name in ["hourly", "daily", "weekly", "monthly", "yearly"] {
            try programs(RawText("/etc/cron.\(name)"), .script, RawText("cron.\(name)"), &failures, body)
        }
        for folder: RawText in ["/var/spool/cron/atjobs", "/var/spool/at"] {
            for entry in tree.list(folder, &failures) where entry.status.kind == .regular {
                try atJob(entry, &failures, body)
            }
        }
        try programs("/etc/init.d", .boot, "init.d", &failures, body)
        for path: RawText in ["/etc/rc.local", "/etc/rc.d/rc.local"] {
            guard let status = tree.look(path, &failures) else { continue }
            try program(path, status, .boot, "rc.local", body)
        }
    }

    private func crontab(
        _ path: RawText, _ kind: ScheduledJob.Kind, user: RawText? = nil, _ failures: inout FailureLog,
        _ body: (ScheduledJob) throws -> Void
    ) throws {
        guard let file = tree.read(path, &failures) else { return }
        var environment: [RawText] = []
        for (index, line) in file.lines.enumerated() {
            let line = Self.bare(line)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            // A schedule never begins with a letter; `@reboot` does not, either.
            if first &- 0x41 < 26 || first &- 0x61 < 26 || first == 0x5F || first == 0x22,
                let kept = KeptVariable.kept(line)
            {
                if environment.count < 100 { environment.append(kept) }
                continue
            }
            var rest = line
            var schedule: [[UInt8]] = []
            for _ in 0..<(first == UInt8(ascii: "@") ? 1 : 5) { schedule.append(Array(Self.word(&rest))) }
            var owner = user
            if kind == .system { owner = RawText(Array(Self.word(&rest))) }
            var job = ScheduledJob(
                kind, path, line: index + 1, user: owner, schedule: RawText(Array(schedule.joined(separator: [0x20]))),
                command: RawText(Array(rest)), file: file.status)
            job.environment = environment
            job.package = self.index?.package(of: path)
            try body(job)
        }
    }

    private func anacrontab(_ failures: inout FailureLog, _ body: (ScheduledJob) throws -> Void) throws {
        let path: RawText = "/etc/anacrontab"
        guard let file = tree.read(path, &failures) else { return }
        for (index, line) in file.lines.enumerated() {
            var rest = Self.bare(line)
            guard let first = rest.first, first == UInt8(ascii: "@") || first &- 0x30 < 10 else { continue }
            let period = Self.word(&rest)
            let delay = Self.word(&rest)
            _ = Self.word(&rest)
            var job = ScheduledJob(
                .anacron, path, line: index + 1, user: "root", schedule: RawText(period + [0x20] + delay),
                command: RawText(Array(rest)), file: file.status)
            job.package = self.index?.package(of: path)
            try body(job)
        }
    }

    private func programs(
        _ folder: RawText, _ kind: ScheduledJob.Kind, _ schedule: RawText, _ failures: inout FailureLog,
        _ body: (ScheduledJob) throws -> Void
    ) throws {
        for entry in tree.list(folder, &failures) where [.regular, .link].contains(entry.status.kind) {
            try program(entry.path, entry.status, kind, schedule, body)
        }
    }

    private func program(
        _ path: RawText, _ status: FileStatus, _ kind: ScheduledJob.Kind, _ schedule: RawText,
        _ body: (ScheduledJob) throws -> Void
    ) throws {
        var job = ScheduledJob(kind, path, user: "root", schedule: schedule, command: path, file: status)
        job.package = index?.package(of: path)
        if status.kind == .regular { job.sha256 = TreeDigest.sha256(path, in: tree, limit: Self.mostDigestBytes) }
        try body(job)
    }

    /// The name says when: a letter for the queue, five hexadecimal digits for the number, eight for the minutes since 1970. The file
    /// has the whole environment of whoever typed it, of which names are kept, and then the commands.
    ///
    /// Source: at, at.c (writefile) and atd.c.
    private func atJob(
        _ entry: TreeListing.Entry, _ failures: inout FailureLog, _ body: (ScheduledJob) throws -> Void
    ) throws {
        let name = entry.name.string
        guard name.utf8.count == 14, let minutes = Int64(name.dropFirst(6), radix: 16),
            let file = tree.read(entry.path, limit: 256 << 10, &failures)
        else { return }
        var job = ScheduledJob(
            .at, entry.path, schedule: RawText(Timestamp(seconds: minutes * 60).text), command: "", file: file.status)
        var commands: [UInt8] = []
        var isBehindFolder = false
        for line in file.lines {
            if isBehindFolder {
                if !commands.isEmpty { commands.append(0x0A) }
                commands += line
            } else if line.elementsEqual("}".utf8) {
                isBehindFolder = true
            } else if line.starts(with: "# atrun uid=".utf8) {
                job.user = RawText(Array(line.dropFirst(12).prefix { $0 != 0x20 }))
            } else if let kept = KeptVariable.kept(line.prefix { $0 != UInt8(ascii: ";") }), job.environment.count < 500
            {
                job.environment.append(kept)
            }
        }
        job.command = RawText(Array(commands.prefix(16 << 10)))
        try body(job)
    }

    private static func bare(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0D { line.removeLast() }
        return line
    }

    /// Takes the next word away from the beginning of a line.
    private static func word(_ line: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let word = line.prefix { $0 != 0x20 && $0 != 0x09 }
        line = line.dropFirst(word.count).drop { $0 == 0x20 || $0 == 0x09 }
        return word
    }
}
