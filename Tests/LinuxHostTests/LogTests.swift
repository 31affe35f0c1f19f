import Glibc
import LinuxHost
import Synchronization
import Testing

@Suite struct LogTests {
    private func query() -> JournalQuery {
        var query = JournalQuery(since: Timestamp(seconds: 1_000))
        query.timeout = .seconds(20)
        return query
    }

    private func script(_ tree: TemporaryTree, _ text: String) -> JournalReader {
        tree.write("journalctl", "#!/bin/sh\n" + text + "\n")
        chmod(tree.path + "/journalctl", 0o755)
        return JournalReader(executables: [tree.path + "/journalctl"])
    }

    private func read(_ reader: JournalReader, _ query: JournalQuery) async throws -> (JournalOutcome, String) {
        let output = Mutex<[UInt8]>([])
        let outcome = try await reader.read(query) { piece in output.withLock { $0 += piece } }
        return (outcome, String(decoding: output.withLock { $0 }, as: UTF8.self))
    }

    @Test func argumentsStayArguments() async throws {
        let tree = try TemporaryTree()
        var query = query()
        query.until = Timestamp(seconds: 2_000, nanoseconds: 1)
        query.units = ["--vacuum-size=1", "a b;c"]
        query.format = .text
        let reader = script(tree, #"for a in "$@"; do echo "$a"; done; env >&2"#)
        let (outcome, text) = try await read(reader, query)
        #expect(outcome.end == .complete && outcome.bytes == text.utf8.count)
        #expect(
            text == "--no-pager\n--all\n--output=short-iso-precise\n--since=@1000\n--until=@2001\n"
                + "--unit=--vacuum-size=1\n--unit=a b;c\n")
        #expect(!outcome.message.string.contains("HOME=") && outcome.command.first == tree.path + "/journalctl")
    }

    @Test func ends() async throws {
        let tree = try TemporaryTree()
        #expect(try await read(JournalReader(executables: ["/nowhere"]), query()).0.end == .noJournalctl)
        #expect(try await read(script(tree, "true"), query()).0.end == .empty)
        #expect(try await read(script(tree, "echo 'No journal files were found.' >&2"), query()).0.end == .noJournal)
        let (failed, _) = try await read(script(tree, "echo some; echo no >&2; exit 3"), query())
        #expect(failed.end == .failed(3) && failed.message == "no\n" && failed.bytes == 5)
        var text = query()
        text.format = .text
        #expect(try await read(script(tree, "echo '-- No entries --'"), text).0.end == .empty)
    }

    @Test func endlessOutputIsCut() async throws {
        let tree = try TemporaryTree()
        var query = query()
        query.maxBytes = 100_001
        let (outcome, text) = try await read(script(tree, "exec yes"), query)
        #expect(outcome.end == .truncated && outcome.bytes == 100_001 && text.utf8.count == 100_001)
    }

    @Test func silenceIsTimedOutWithItsChildren() async throws {
        let tree = try TemporaryTree()
        var query = query()
        query.timeout = .milliseconds(300)
        let begin = ContinuousClock.now
        let (outcome, text) = try await read(script(tree, "echo $$; sleep 600 & wait"), query)
        #expect(outcome.end == .timedOut && ContinuousClock.now - begin < .seconds(300))
        let group = try #require(pid_t(text.split(separator: "\n").first ?? ""))
        // The children are reaped by init, which may take a moment.
        var isGone = false
        for _ in 0..<100 where !isGone {
            isGone = kill(-group, 0) != 0
            if !isGone { usleep(20_000) }
        }
        #expect(isGone)
    }

    @Test func errorsOfTheCallerEndIt() async throws {
        let tree = try TemporaryTree()
        let reader = script(tree, "exec yes")
        await #expect(throws: Missing.self) { _ = try await reader.read(query()) { _ in throw Missing() } }
    }

    @Test func cancellationEndsIt() async throws {
        let tree = try TemporaryTree()
        let reader = script(tree, "echo x; sleep 600")
        let query = query()
        let task = Task { try await reader.read(query) { _ in } }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        #expect(try await task.value.end == .cancelled)
    }

    @Test func kernelRecords() throws {
        let text = "30,1234,5140900,-,caller=T1;a\\x0ab \\\\x ü;c\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n"
        let record = try #require(KernelLogRecord(Array(text.utf8)))
        #expect(record.level == 6 && record.facility == 3)
        #expect(record.sequence == 1234 && record.microseconds == 5_140_900)
        #expect(record.message == "a\nb \\\\x ü;c")
        #expect(record.properties == ["SUBSYSTEM=acpi", "DEVICE=+acpi:PNP0A03:00"])
        #expect(KernelLogRecord(Array("6,1;x".utf8)) == nil && KernelLogRecord([]) == nil)
    }

    @Test func kernelLogOfThisMachine() throws {
        do {
            var previous: UInt64?
            let summary = try KernelLogReader().read { entry in
                #expect(previous.map { $0 < entry.record.sequence } ?? true)
                previous = entry.record.sequence
            }
            #expect(summary.count > 0 || previous == nil)
        } catch let error as HostError {
            print("skipped: \(error)")
        }
        let tree = try TemporaryTree()
        mkfifo(tree.path + "/kmsg", 0o644)
        let error = #expect(throws: HostError.self) { try KernelLogReader(device: tree.path + "/kmsg").read { _ in } }
        #expect(error?.code == .unexpectedType)
    }

    @Test func logFiles() throws {
        let tree = try TemporaryTree()
        for name in ["syslog", "syslog.1", "syslog.2.gz", "messages-20261101", "syslogger", "auth.log.bak"] {
            tree.write("var/log/" + name, name)
        }
        tree.link("var/log/kern.log", to: "/etc/passwd")
        let files = try LogFileList.find(root: tree.path)
        #expect(
            files.map(\.path) == [
                "/var/log/messages-20261101", "/var/log/syslog", "/var/log/syslog.1", "/var/log/syslog.2.gz",
            ])
        #expect(files[1].size == 6)
        let file = try files[1].open(root: tree.path)
        #expect(try file.status().st_size == 6)
    }
}
