import Glibc
import Programs
import Synchronization

/// A folder for one test.
final class Folder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/programs-test-XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in Folder.names(path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// - Returns: its path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o755) -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { return file }
        fputs(text, stream)
        fclose(stream)
        chmod(file, mode)
        return file
    }
}

/// A run with all that came of it.
struct Run {
    var result: ProgramResult
    var output: [UInt8]
    var took: Duration

    var text: String { String(decoding: output, as: UTF8.self) }
    var message: String { String(decoding: result.message, as: UTF8.self) }

    static func of(_ program: Program) async throws -> Run {
        var output: [UInt8] = []
        let begin = ContinuousClock.now
        let result = try await program.run { output += $0 }
        return Run(result: result, output: output, took: ContinuousClock.now - begin)
    }

    /// A shell's script as a program, here only: the product has no such thing.
    static func shell(_ script: String, timeout: Duration = .seconds(20), maxBytes: Int = 1 << 20) -> Program {
        Program(
            "/bin/sh", ["-c", script], environment: .only(["PATH": "/usr/bin:/bin"]), timeout: timeout,
            maxBytes: maxBytes)
    }
}

enum Processes {
    /// Whether a process or, negative, a group is gone, or will be within ten seconds: others reap it.
    static func isGone(_ number: pid_t) async throws -> Bool {
        for _ in 0..<500 {
            if kill(number, 0) != 0 { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
