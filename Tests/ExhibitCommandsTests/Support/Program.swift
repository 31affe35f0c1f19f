import Foundation
import Glibc

/// A program that a test started. Its output goes to files, so that no pipe can fill up.
final class Program: Sendable {
    /// What is left of a program that ended.
    struct Outcome: Sendable {
        /// The exit status, or 128 and the number of the signal that ended it, as shells have it.
        let status: Int32
        let output: [UInt8]
        let errors: String
        let duration: Duration
        /// It had to be killed.
        let hung: Bool

        var text: String { String(decoding: output, as: UTF8.self) }
        /// For messages of expectations.
        var summary: String {
            "exit \(status) after \(duration)\nstdout: \(text.prefix(2000))\nstderr: \(errors.prefix(2000))"
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    private let folder: URL
    private let started: ContinuousClock.Instant

    /// - Parameter executable: an absolute path, or the name of a program in `PATH`.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String], folder current: String? = nil,
        standardOutput: FileHandle? = nil
    ) throws {
        folder = URL(fileURLWithPath: Scratch.root + "/program-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if executable.hasPrefix("/") {
            process.executableURL = URL(fileURLWithPath: executable)
            process.arguments = arguments
        } else {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [executable] + arguments
        }
        process.environment = environment
        if let current { process.currentDirectoryURL = URL(fileURLWithPath: current) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try standardOutput ?? Self.file(folder.appendingPathComponent("out"))
        process.standardError = try Self.file(folder.appendingPathComponent("err"))
        started = .now
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// What it has written to standard error so far.
    var errorsSoFar: String {
        (try? String(decoding: Data(contentsOf: folder.appendingPathComponent("err")), as: UTF8.self)) ?? ""
    }

    /// Waits until it ends; kills it when it takes longer than `limit`.
    func outcome(within limit: Duration = .seconds(60)) async throws -> Outcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        var hung = false
        while process.isRunning {
            if !hung, ContinuousClock.now - started > limit {
                hung = true
                kill(process.processIdentifier, SIGKILL)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        let duration = ContinuousClock.now - started
        let signalled = process.terminationReason == .uncaughtSignal
        return Outcome(
            status: signalled ? 128 + process.terminationStatus : process.terminationStatus,
            output: Array((try? Data(contentsOf: folder.appendingPathComponent("out"))) ?? Data()),
            errors: errorsSoFar, duration: duration, hung: hung)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
            throw Failure(description: "cannot create \(url.path)")
        }
        return try FileHandle(forWritingTo: url)
    }
}

/// So many programs at once, and no more: the time limits of tests must not depend on how many others run.
actor Turns {
    static let shared = Turns(3)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func release() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }

    static func during<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        await shared.take()
        do {
            let value = try await body()
            await shared.release()
            return value
        } catch {
            await shared.release()
            throw error
        }
    }
}
