import Foundation
import Glibc
import Testing

/// A server on this machine that says on which port of 127.0.0.1 it listens, for as long as a test needs it.
enum LocalService {
    static func with<Value>(
        _ argv: [String], environment: [String: String] = [:], _ body: (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let all = ["PATH": Tool.path, "LC_ALL": "C.UTF-8", "HOME": Scratch.root].merging(environment) { $1 }
        let server = try Program("sh", ["-c", #"exec "$@" >&2"#, "sh"] + argv, environment: all)
        // Others are blocked in what a thread of Swift's tasks starts.
        defer { server.signal(SIGKILL) }
        for _ in 0..<1_500 {
            // A line that is whole.
            let lines = server.errorsSoFar.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let ports = lines.compactMap { $0.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.output.1 }
            if let port = ports.first.flatMap({ Int($0) }) { return try await body(port) }
            try #require(server.isRunning, "\(argv[0]) ended: \(server.errorsSoFar)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Program.Failure(description: "\(argv[0]) does not say where it listens: \(server.errorsSoFar)")
    }
}
