import Foundation

/// A network namespace of its own, set up by a script, with a process that stays in it; gone with the value.
///
/// In its procfs that process is process 1, as on a host.
public final class NetworkSandbox: Sendable {
    /// Seen from outside.
    public let pid: Int32
    /// What the script printed before the line `ready`.
    public let output: String
    private let process: Process
    private let input: Pipe

    /// Why there can be none here; nil when there can.
    public static func missing(_ programs: [String] = []) -> String? {
        if geteuid() != 0 { return "a network namespace of its own takes root" }
        let paths = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        for program in ["unshare", "ip"] + programs
        where !paths.contains(where: { access("\($0)/\(program)", X_OK) == 0 }) {
            return "\(program) is not installed (Scripts/setup --tests)"
        }
        return nil
    }

    public init(_ script: String) throws {
        let process = Process()
        let output = Pipe()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        // `cat` ends when nobody holds the other end of its input, be it that the test was killed.
        process.arguments = [
            "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "/bin/sh", "-ec",
            "\(script)\necho ready; exec cat >/dev/null",
        ]
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        self.input = input
        var text = ""
        while !text.hasSuffix("ready\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failed(output: text) }
            text += String(decoding: data, as: UTF8.self)
        }
        self.output = String(text.dropLast("ready\n".count))
        let children = try String(
            contentsOfFile: "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children",
            encoding: .utf8)
        pid = Int32(children.split(separator: " ").first ?? "") ?? 0
    }

    /// Where its procfs can be read.
    public var procRoot: String { "/proc/\(pid)/root/proc" }

    /// What a script prints that is run in it.
    public func run(_ script: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/nsenter")
        process.arguments = ["--net=/proc/\(pid)/ns/net", "/bin/sh", "-ec", script]
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(output: String(decoding: data, as: UTF8.self)) }
        return String(decoding: data, as: UTF8.self)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// A script ended early; what it said is on standard error.
    public struct Failed: Error {
        public let output: String
    }
}
