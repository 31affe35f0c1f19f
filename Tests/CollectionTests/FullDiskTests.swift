import Archive
import Bundle
import BundleFormat
import Collection
import Foundation
import TestSupport
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
            try await Self.fill(folder, expecting: .diskFull)
        }
    }

    /// The bundle takes what fits into its size, and says of everything else that it did not.
    @Test(arguments: [5 << 20, 6 << 20, (9 << 20) + 17] as [UInt64])
    func aFullBundleIsSealedWithinItsSize(maxBytes: UInt64) async throws {
        for container in Container.allCases {
            try await withFolder { folder in
                let size = try await Self.fill(folder, container: container, maxBytes: maxBytes, expecting: .maxSize)
                #expect(size <= maxBytes && size > maxBytes / 2, "\(container): \(size) of \(maxBytes)")
            }
        }
    }

    @Test func aSizeThatIsTooSmallIsRefusedAtOnce() async throws {
        try await withFolder { folder in
            var options = BundleWriter.Options()
            options.maxBytes = 4_096
            let error = await #expect(throws: BundleError.self) {
                _ = try await Self.writer(folder, options, RunClock())
            }
            #expect(error?.advice.contains("4 MiB") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    private static func writer(_ folder: String, _ options: BundleWriter.Options, _ clock: RunClock) async throws
        -> BundleWriter
    {
        try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: folder + "/case" + options.container.fileExtension, options: options)
    }

    /// Captures more than there is room for; gives the size of the file.
    @discardableResult
    private static func fill(
        _ folder: String, container: Container = .tarZstd, maxBytes: UInt64? = nil,
        expecting stop: CaptureEngine.RunStop
    ) async throws -> UInt64 {
        let clock = RunClock()
        var writing = BundleWriter.Options(container: container)
        writing.maxBytes = maxBytes
        let writer = try await writer(folder, writing, clock)
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
        #expect(engine.summary.stopped == stop)
        #expect(watcher.seen.lines.count == 320)
        #expect(watcher.seen.lines.contains { $0.state == .skipped })
        let code = stop == .maxSize ? "MaxSize" : "DiskFull"
        #expect(watcher.seen.lines.contains { $0.reason?.code.rawValue == code })
        let sealed = try await writer.seal()
        let verification = try await Verifier().verify(path: sealed.path)
        #expect(verification.integrity.state == .passed && verification.completeness.state == .passed)
        return sealed.size
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
