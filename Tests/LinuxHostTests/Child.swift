import Glibc
import LinuxHost

/// A process of one test, ended with it.
final class Child: Sendable {
    let pid: Int32

    /// Starts a program by its path, with its arguments.
    init(_ command: [String]) throws {
        var arguments = command.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, command[0], nil, nil, &arguments, environ) == 0 else { throw Missing() }
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Waits for what the process does right after its start; for ten seconds, which is an error.
    func waitUntil(_ condition: () -> Bool) throws {
        for _ in 0..<1_000 {
            if condition() { return }
            usleep(10_000)
        }
        throw Missing()
    }

    /// The inode of a process's network namespace.
    static func namespace(of pid: Int32) -> UInt64? {
        var status = stat()
        return stat("/proc/\(pid)/ns/net", &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Whether the process runs a file of this name, so that its `execve` is over.
    func runs(_ name: String) -> Bool {
        var link = [UInt8](repeating: 0, count: 4_096)
        let count = link.withUnsafeMutableBytes { bytes in
            bytes.assumingMemoryBound(to: CChar.self).baseAddress.map { readlink("/proc/\(pid)/exe", $0, 4_096) } ?? -1
        }
        return count > 0 && String(decoding: link[..<count], as: UTF8.self).contains(name)
    }
}
