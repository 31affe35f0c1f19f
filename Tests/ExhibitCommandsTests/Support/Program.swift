import Foundation
import Glibc
import Synchronization

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

    private let pid: pid_t
    /// As waitpid(2) gives it, once it ended.
    private let ended = Mutex<Int32?>(nil)
    private let folder: URL
    private let started: ContinuousClock.Instant

    /// Foundation's `Process` is not used: it learns of an end by a socket that other programs, started at the same moment, hold open.
    ///
    /// - Parameter executable: an absolute path, or the name of a program in `PATH`.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String], folder current: String? = nil,
        standardOutput: FileHandle? = nil
    ) throws {
        folder = URL(fileURLWithPath: Scratch.root + "/program-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let output = try standardOutput ?? Self.file(folder.appendingPathComponent("out"))
        let errors = try Self.file(folder.appendingPathComponent("err"))
        let words = executable.hasPrefix("/") ? [executable] : ["/usr/bin/env", executable]
        started = .now
        pid = try withExtendedLifetime((output, errors)) {
            try Self.spawn(
                words + arguments, environment.map { "\($0)=\($1)" }, in: current, output.fileDescriptor,
                errors.fileDescriptor)
        }
    }

    /// In a process group of its own, with three descriptors.
    private static func spawn(
        _ words: [String], _ environment: [String], in folder: String?, _ output: Int32, _ errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        _ = closeFrom(&actions, 3)
        if let folder { _ = changeFolder(&actions, folder) }
        posix_spawnattr_setpgroup(&attributes, 0)
        // No signal ignored or blocked, as a shell has it.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard status == 0 else {
            throw Failure(description: "cannot start \(words): \(String(cString: strerror(status)))")
        }
        return pid
    }

    var isRunning: Bool { status == nil }

    private var status: Int32? {
        ended.withLock { ended in
            var status: Int32 = 0
            // Below 0 it is nobody's any more, so that nothing would ever come.
            if ended == nil, waitpid(pid, &status, WNOHANG) != 0 { ended = status }
            return ended
        }
    }

    func signal(_ number: Int32) {
        ended.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// What it has written to standard error so far.
    var errorsSoFar: String {
        (try? String(decoding: Data(contentsOf: folder.appendingPathComponent("err")), as: UTF8.self)) ?? ""
    }

    /// Waits until it ends; kills it when it takes longer than `limit`.
    func outcome(within limit: Duration = .seconds(60)) async throws -> Outcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        var hung = false
        while isRunning {
            if !hung, ContinuousClock.now - started > limit {
                hung = true
                signal(SIGKILL)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        let duration = ContinuousClock.now - started
        let status = status ?? 0
        let number = status & 0x7F
        return Outcome(
            status: number != 0 ? 128 + number : status >> 8 & 0xFF,
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

// spawn.h declares these with _GNU_SOURCE only, which Swift's Glibc module is built without.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func closeFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32
@_silgen_name("posix_spawn_file_actions_addchdir_np")
private func changeFolder(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ path: UnsafePointer<CChar>
) -> Int32

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
