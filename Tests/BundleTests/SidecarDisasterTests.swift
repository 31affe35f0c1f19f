import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import TestSupport
import Testing

/// A sidecar whose writer is killed, or whose disk is full.
@Suite(.serialized) struct SidecarDisasterTests {
    private static let kills = 8

    /// Two processes at once, killed in the middle: what they said was added is there, in one chain.
    @Test func whatKilledAppendersLeaveHolds() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            var generator = SeededGenerator(seed: 51)
            var before: [UInt8] = []
            for _ in 0..<Self.kills {
                let children = try (0..<2).map { try Appender(case1.path, log: "\(folder)/log-\($0)") }
                while children.contains(where: { $0.isRunning && $0.acknowledged.isEmpty }) {
                    try await Task.sleep(for: .milliseconds(2))
                }
                try await Task.sleep(for: .milliseconds(generator.next(60)))
                for child in children { child.kill() }
                let acknowledged = children.flatMap(\.acknowledged)
                #expect(acknowledged.count >= 2)
                let now = try case1.bytes()
                #expect(now.starts(with: before))
                let records = try await RecordsVerifier(bundle: case1.path, anchors: Anchors()).examine()
                #expect(records.answer.state == .passed, "\(records.answer.findings)")
                let notes = Set(
                    records.records.compactMap { record -> String? in
                        if case .note(let text, _) = record.body { text } else { nil }
                    })
                #expect(acknowledged.allSatisfy(notes.contains))
                // Whatever was left at the end, the next one goes on.
                _ = try await case1.attestor.add(Attesting.note("go on"))
                before = try case1.bytes()
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root"))
    func aFullDiskCostsTheNewRecordAlone() async throws {
        try await withFolder { folder in
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
            if try Command(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], in: folder).status != 0 {
                try Test.cancel("mounting a tmpfs is not allowed here")
            }
            defer { _ = try? Command(["umount", "-l", disk], in: folder) }
            let case1 = try await Attesting(folder)
            let attestor = Attestor(bundle: case1.path, sidecar: "\(disk)/b.attest", by: "Ann")
            func isFull(_ size: Int) async throws -> Bool {
                do {
                    _ = try await attestor.add(Attesting.note(String(repeating: "x", count: size)))
                    return false
                } catch let error as BundleError {
                    #expect(error.code == .noSpace, "\(error)")
                    return true
                }
            }
            // A disk without any room leaves nothing behind.
            #expect(FileManager.default.createFile(atPath: disk + "/filler", contents: Data(count: 64 << 10)))
            #expect(try await isFull(1))
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == ["filler"])
            try FileManager.default.removeItem(atPath: disk + "/filler")

            var count = 0
            while try await !isFull(5_000) { count += 1 }
            #expect(count > 5)
            let left = FileManager.default.contents(atPath: attestor.sidecar)
            #expect(left?.last == 0x0A && left?.count { $0 == 0x0A } == count)
            let verifier = try await RecordsVerifier(bundle: case1.path, anchors: Anchors())
            let records = try verifier.examine(.file(attestor.sidecar))
            #expect(records.answer.state == .passed && records.records.count == count && records.fragmentBytes == 0)
            #expect(try await isFull(60_000))
            #expect(FileManager.default.contents(atPath: attestor.sidecar) == left)
            // With room again it goes on.
            #expect(try await !isFull(1))
        }
    }
}

/// A process of this very program that adds records until it is killed.
private struct Appender {
    private let process = Process()
    private let log: String

    init(_ bundle: String, log: String) throws {
        self.log = log
        try Data().write(to: URL(fileURLWithPath: log))
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = ["--testing-library", "swift-testing", "--filter", "SidecarChildTests"]
        process.environment = ProcessInfo.processInfo.environment.merging([
            AppenderTask.variable: "\(getpid()) \(log) \(bundle)"
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// What it says was added, each with its line end.
    var acknowledged: [String] {
        let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    func kill() {
        #expect(process.isRunning, "it ended by itself: \(process.terminationStatus)")
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// What a process of this program is to do until it is killed; nil in all others.
private enum AppenderTask {
    static let variable = "EXHIBIT_TEST_SIDECAR_CHILD"
    /// The parent's process, the log, the bundle.
    static let words: [String]? = ProcessInfo.processInfo.environment[variable]?.split(separator: " ", maxSplits: 2)
        .map(String.init)
}

/// What the process does that is to be killed. In any other it is skipped.
@Suite(.enabled(if: AppenderTask.words != nil, "only in a process that SidecarDisasterTests starts"))
struct SidecarChildTests {
    @Test func addUntilKilled() async throws {
        let words = try #require(AppenderTask.words)
        let attestor = Attestor(bundle: words[2], by: "child")
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: words[1]))
        var number = 0
        while getppid() == Int32(words[0]) {
            number += 1
            let text = "\(getpid())/\(number) \(String(repeating: "x", count: number * 37 % 3_000))"
            _ = try await attestor.add(Attesting.note(text))
            try log.write(contentsOf: Data("\(text)\n".utf8))
        }
    }
}
