import Foundation
import StructuredText
import Testing

/// A proxy of Debian's on a port of this machine, for the time of a test.
struct ProxyProcess {
    let port: Int
    private let folder: URL

    static func areInstalled(_ programs: String...) -> Bool { programs.allSatisfy { path($0) != nil } }

    /// What it has said so far: a line for each connection.
    func log() throws -> String {
        try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
    }

    /// tinyproxy, which does CONNECT; with a login if one is given.
    static func http(
        user: String? = nil, password: String = "", host: String = "127.0.0.1",
        _ body: (ProxyProcess) async throws -> Void
    ) async throws {
        try await run(body, on: host) { port, folder in
            var text = "Port \(port)\nListen \(host)\nAllow 127.0.0.0/8\nLogLevel Connect\nMaxClients 50\n"
            if let user { text += "BasicAuth \(user) \(password)\n" }
            let file = folder.appending(path: "tinyproxy.conf")
            try text.write(to: file, atomically: false, encoding: .utf8)
            return ["tinyproxy", "-d", "-c", file.path]
        }
    }

    /// The same behind stunnel, which does TLS: a proxy that is itself reached by TLS.
    ///
    /// - Parameter certificate: the path of a certificate, without ".crt"; its key is beside it.
    static func https(
        certificate: String, user: String? = nil, password: String = "", _ body: (ProxyProcess) async throws -> Void
    ) async throws {
        try await http(user: user, password: password) { inner in
            try await run(body) { port, folder in
                let text = """
                    foreground = yes
                    pid =
                    syslog = no
                    debug = info
                    [proxy]
                    accept = 127.0.0.1:\(port)
                    connect = 127.0.0.1:\(inner.port)
                    cert = \(certificate).crt
                    key = \(certificate).key

                    """
                let file = folder.appending(path: "stunnel.conf")
                try text.write(to: file, atomically: false, encoding: .utf8)
                return ["stunnel", file.path]
            }
        }
    }

    /// microsocks, which does SOCKS 5; with a login if one is given.
    static func socks(
        user: String? = nil, password: String = "", _ body: (ProxyProcess) async throws -> Void
    ) async throws {
        try await run(body) { port, _ in
            ["microsocks", "-i", "127.0.0.1", "-p", "\(port)"] + (user.map { ["-u", $0, "-P", password] } ?? [])
        }
    }

    private static func run(
        _ body: (ProxyProcess) async throws -> Void, on host: String = "127.0.0.1",
        _ argv: (Int, URL) throws -> [String]
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "proxy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        // A port that is taken ends the proxy at once; then it is tried with another.
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<32_000)
            let argv = try argv(port, folder)
            let log = folder.appending(path: "log")
            try Data().write(to: log)
            let process = Process()
            process.executableURL = URL(filePath: try #require(path(argv[0])))
            process.arguments = Array(argv.dropFirst())
            process.standardOutput = try FileHandle(forWritingTo: log)
            process.standardError = process.standardOutput
            try process.run()
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            for _ in 0..<100 where process.isRunning && !listens(port, on: host) {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(50))
            guard process.isRunning, listens(port, on: host) else { continue }
            return try await body(ProxyProcess(port: port, folder: folder))
        }
        Issue.record("no proxy could be started")
    }

    private static func path(_ program: String) -> String? {
        ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// As the kernel has it, without a connection that the proxy would see.
    private static func listens(_ port: Int, on host: String) -> Bool {
        let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
        let hex = String(port, radix: 16, uppercase: true)
        // The kernel writes the bytes of an address last to first.
        let address = host.split(separator: ".").reversed()
            .map { part in String(256 + (Int(part) ?? 0), radix: 16, uppercase: true).dropFirst() }.joined()
        let place = "\(address):" + String(repeating: "0", count: 4 - hex.count) + hex
        return table.contains("\(place) 00000000:0000 0A")
    }

    /// Lends a copy of the test cluster's kubeconfig with a line more for its cluster.
    static func kubeconfig<Result>(
        server: String? = nil, adding line: String, _ body: (String) throws -> Result
    ) throws -> Result {
        let original = URL(filePath: try #require(LiveCluster.kubeconfig))
        var lines = try String(contentsOf: original, encoding: .utf8).components(separatedBy: "\n")
        let index = try #require(lines.firstIndex { $0.hasPrefix("    server: ") })
        if let server { lines[index] = "    server: \(server)" }
        lines.insert("    \(line)", at: index)
        // Beside the original, since paths in it are relative to its folder.
        let copy = original.deletingLastPathComponent().appending(path: "proxy-\(UUID().uuidString).kubeconfig")
        try lines.joined(separator: "\n").write(to: copy, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: copy) }
        return try body(copy.path)
    }
}
