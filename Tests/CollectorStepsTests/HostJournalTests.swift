import BundleFormat
import Collection
import CollectorSteps
import Foundation
import LinuxHost
import Testing

/// Step kind `journal` on real files of a journal, made by systemd's own tool from its export format.
@Suite(.enabled(if: Journal.isPossible, "systemd-journal-remote or journalctl is not installed"))
struct HostJournalTests {
    private func capture(
        _ folder: String, since: Duration = .seconds(3_600), reader: JournalReader = JournalReader()
    ) async throws -> StepResult {
        try await StepResult.of { context in
            try await HostJournalStep(
                since: since, reader: reader, directory: folder + "/journal", root: folder
            ).run(context)
        }
    }

    @Test func everyRecordOfTheWindowIsThere() async throws {
        try await withFolder { folder in
            try Journal.make(folder + "/journal", "system", messages: 3_000)
            let result = try await capture(folder)
            #expect(result.line.state == .ok, "\(result.line)")
            let content = try #require(result.contents["data/host/journal/journal.jsonl"])
            let lines = content.split(separator: 0x0A)
            #expect(lines.count == 3_000)
            let bytes = Data(try #require(lines.last))
            let last = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            #expect(last["MESSAGE"] as? String == "message 2999")
            #expect(last["_SYSTEMD_UNIT"] as? String == "kubelet.service")
        }
    }

    /// journalctl ends with status 0 when it passes over a file.
    @Test func aDamagedFileBesideAGoodOneIsSaid() async throws {
        try await withFolder { folder in
            try Journal.make(folder + "/journal", "system", messages: 10)
            try Journal.make(folder + "/journal", "user-1000", messages: 10)
            let damaged = folder + "/journal/user-1000.journal"
            #expect(truncate(damaged, 700_000) == 0)
            let result = try await capture(folder)
            #expect(result.line.state == .partial, "\(result.line)")
            #expect(result.line.reason?.code == "JournalIncomplete")
            #expect(result.line.reason?.message.contains("user-1000.journal") == true)
            #expect(result.contents["data/host/journal/journal.jsonl"]?.split(separator: 0x0A).count == 10)
        }
    }

    @Test func aJournalThatCannotBeReadIsAnError() async throws {
        try await withFolder { folder in
            try Journal.make(folder + "/journal", "system", messages: 10)
            #expect(truncate(folder + "/journal/system.journal", 700_000) == 0)
            try FileManager.default.createDirectory(atPath: folder + "/var/log", withIntermediateDirectories: true)
            let alone = try await capture(folder)
            #expect(alone.line.state == .error, "\(alone.line)")
            #expect(alone.line.reason?.code == "JournalFailed")
            // Log files beside it do not make up for it.
            try Data("line\n".utf8).write(to: URL(fileURLWithPath: folder + "/var/log/syslog"))
            let withLogs = try await capture(folder)
            #expect(withLogs.line.state == .partial)
            #expect(withLogs.line.reason?.code == "JournalFailed")
            #expect(withLogs.contents["data/host/logs/syslog"] == Array("line\n".utf8))
        }
    }

    @Test func aJournalWithoutJournalctlIsCopiedAsItIs() async throws {
        try await withFolder { folder in
            try Journal.make(folder + "/journal", "system", messages: 10)
            let result = try await capture(folder, reader: JournalReader(executables: ["/nowhere"]))
            #expect(result.line.state == .ok, "\(result.line)")
            let copies = result.contents.filter { $0.key.hasPrefix("data/host/journal/files/") }
            #expect(copies.count == 1, "\(result.contents.keys)")
            let copy = try #require(copies.first)
            #expect(copy.key.hasSuffix(".journal"))
            #expect(copy.value.starts(with: "LPKSHHRH".utf8))
            // Nothing that ends before the window is of interest.
            #expect(
                try await capture(folder, since: .seconds(-3_600), reader: JournalReader(executables: ["/nowhere"]))
                    .line.state == .empty)
        }
    }

    @Test func withoutAJournalTheLogFilesCount() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/var/log", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: folder + "/journal", withIntermediateDirectories: true)
            #expect(try await capture(folder).line.state == .missing)
            try Data("line\n".utf8).write(to: URL(fileURLWithPath: folder + "/var/log/syslog"))
            let result = try await capture(folder)
            #expect(result.line.state == .ok, "\(result.line)")
            #expect(result.contents["data/host/logs/syslog"] == Array("line\n".utf8))
        }
    }

    @Test func nothingInTheWindowIsEmpty() async throws {
        try await withFolder { folder in
            try Journal.make(folder + "/journal", "system", messages: 10, secondsAgo: 100_000)
            try FileManager.default.createDirectory(atPath: folder + "/var/log", withIntermediateDirectories: true)
            #expect(try await capture(folder).line.state == .empty)
        }
    }
}

/// Files of a journal.
enum Journal {
    private static let tool = "/lib/systemd/systemd-journal-remote"

    static var isPossible: Bool {
        [tool, "/usr/bin/journalctl"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func make(_ folder: String, _ name: String, messages: Int, secondsAgo: Double = 60) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let first = UInt64((Date().timeIntervalSince1970 - secondsAgo) * 1_000_000)
        let records = (0..<messages).map { number in
            """
            __REALTIME_TIMESTAMP=\(first + UInt64(number))
            __MONOTONIC_TIMESTAMP=\(1_000 + number)
            _BOOT_ID=0123456789abcdef0123456789abcdef
            _MACHINE_ID=fedcba9876543210fedcba9876543210
            MESSAGE=message \(number)
            _SYSTEMD_UNIT=kubelet.service


            """
        }.joined()
        let export = "\(folder)/\(name).export"
        try Data(records.utf8).write(to: URL(fileURLWithPath: export))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = ["-o", "\(folder)/\(name).journal", export]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        try FileManager.default.removeItem(atPath: export)
    }
}
