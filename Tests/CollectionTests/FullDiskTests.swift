import Bundle
import BundleFormat
import Collection
import Foundation
import Testing

/// A bundle that cannot take more ends the run, with its reason.
struct FullDiskTests {
    @Test(.enabled(if: geteuid() == 0, "mounting a small tmpfs needs root"))
    func aFullDiskEndsTheRunWithTheFailure() async throws {
        try await withFolder { folder in
            let mounted = try Self.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder])
            guard mounted == 0 else {
                // A container without CAP_SYS_ADMIN is root all the same.
                return
            }
            defer { _ = try? Self.run(["umount", "-l", folder]) }
            let clock = RunClock()
            let writer = try await BundleWriter(
                opening: OpeningRecord(
                    folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                    tool: .init(name: "exhibit", version: "0")),
                outputPath: folder + "/case.tar.zst")
            let watcher = Watcher()
            var options = CaptureEngine.Options.quick
            options.concurrency = 2
            let engine = CaptureEngine(writer: writer, clock: clock, observer: watcher, options: options)
            await engine.run(
                (0..<160).map { number in
                    attempt("fill \(number)", bytes: 1 << 30) { context in
                        var generator = SeededGenerator(seed: UInt64(number))
                        let noise = (0..<(8 << 10)).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
                        let entry = try await context.entry(["fill", "\(number)"], media: .binary)
                        for _ in 0..<4 { try await entry.write(noise) }
                        try await entry.finish()
                        return .ok
                    }
                })
            let failure = try #require(engine.failure as? BundleError)
            #expect(failure.code == .noSpace)
            #expect(engine.summary.stopped == .interrupted)
            #expect(watcher.seen.lines.count == 160)
            #expect(watcher.seen.lines.contains { $0.state == .skipped })
            await writer.abort()
        }
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
