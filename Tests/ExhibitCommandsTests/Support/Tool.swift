import Foundation
import Testing

/// Stock programs, for what anyone can check without Exhibit.
enum Tool {
    static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

    @discardableResult
    static func run(
        _ name: String, _ arguments: [String], folder: String? = nil, environment: [String: String] = [:],
        mayFail: Bool = false, within limit: Duration = .seconds(60), at location: SourceLocation = #_sourceLocation
    ) async throws -> Program.Outcome {
        var all = ["PATH": path, "LC_ALL": "C.UTF-8", "HOME": Scratch.root]
        all.merge(environment) { $1 }
        let outcome = try await Program(name, arguments, environment: all, folder: folder).outcome(within: limit)
        if !mayFail {
            try #require(
                outcome.status == 0, "\(name) \(arguments.joined(separator: " ")): \(outcome.summary)",
                sourceLocation: location)
        }
        return outcome
    }

    static func isInstalled(_ name: String) -> Bool {
        path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// With the text `input` as its standard input, through a shell-free `sh`: the file's name is an argument.
    @discardableResult
    static func run(
        _ name: String, _ arguments: [String], input: String, folder: String? = nil, mayFail: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Program.Outcome {
        try await run(
            "sh", ["-c", #"input=$1; shift; exec "$@" < "$input""#, "sh", input, name] + arguments, folder: folder,
            mayFail: mayFail, at: location)
    }
}
