import Bundle
import BundleFormat
import Collection
import Foundation
import Testing

/// A disk that is full ends the run, and what there is gets sealed.
struct FullDiskTests {
    @Test(.enabled(if: geteuid() == 0, "mounting a small tmpfs needs root"))
    func aFullDiskEndsTheRunAndTheBundleIsSealed() async throws {
        try await withFolder { folder in
            let mounted = try Self.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder])
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
                (0..<320).map { number in
                    attempt("fill \(number)", bytes: 1 << 30) { context in
                        var generator = SeededGenerator(seed: UInt64(number))
                        let noise = (0..<(8 << 10)).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
                        let entry = try await context.entry(["fill", "\(number)"], media: .binary)
                        for _ in 0..<4 { try await entry.write(noise) }
                        try await entry.finish()
                        return .ok
                    }
                })
            #expect(engine.failure == nil)
            #expect(engine.summary.stopped == .diskFull)
            #expect(watcher.seen.lines.count == 320)
            #expect(watcher.seen.lines.contains { $0.state == .skipped })
            #expect(watcher.seen.lines.contains { $0.reason?.code == "DiskFull" })
            _ = try await writer.seal()
            let verification = try await Verifier().verify(path: folder + "/case.tar.zst")
            #expect(verification.integrity.state == .passed && verification.completeness.state == .passed)
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
