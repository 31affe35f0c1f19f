import Foundation

/// A certificate authority out of the openssl program, in a folder of its own, and servers with its certificates.
final class TestAuthority: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let folder: String
    var rootFile: String { "\(folder)/root.pem" }

    init() throws {
        folder = NSTemporaryDirectory() + "exhibit-probes-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(Self.configuration.utf8).write(to: URL(fileURLWithPath: "\(folder)/ca.cnf"))
        try selfSigned("root", "/CN=Exhibit Test Root", extensions: "ca")
        try issue("intermediate", "/CN=Exhibit Test Intermediate", by: "root", extensions: "ca")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let configuration = """
        [req]
        distinguished_name = name
        [name]
        [ca]
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign, cRLSign
        subjectKeyIdentifier = hash
        [server]
        basicConstraints = CA:FALSE
        subjectAltName = DNS:www.example.org, IP:127.0.0.1
        subjectKeyIdentifier = hash

        """

    func selfSigned(_ name: String, _ subject: String, extensions: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf",
            "-extensions", extensions, "-subj", subject, "-days", "30", "-keyout", "\(name).key", "-out", "\(name).pem",
        ])
    }

    /// - Parameter days: until it has expired; negative for one that has.
    func issue(_ name: String, _ subject: String, by issuer: String, extensions: String, days: Int = 30) throws {
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf", "-subj",
            subject, "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        try openssl([
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(issuer).pem", "-CAkey", "\(issuer).key", "-CAcreateserial",
            "-days", "\(days)", "-extfile", "ca.cnf", "-extensions", extensions, "-out", "\(name).pem",
        ])
    }

    /// What openssl prints on both of its outputs.
    @discardableResult
    func openssl(_ arguments: [String], mayFail: Bool = false) throws -> String {
        let process = process(arguments)
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else {
            throw Failure(description: "openssl \(arguments.joined(separator: " ")): \(text)")
        }
        return text
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        return process
    }

    /// Runs `openssl s_server` on a port of 127.0.0.1 while `body` does.
    func serve<Value>(_ arguments: [String], _ body: (_ port: Int) async throws -> Value) async throws -> Value {
        let process = process(["s_server", "-accept", "127.0.0.1:0", "-naccept", "20"] + arguments)
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        // At the end of its input it would end with its first connection.
        let input = Pipe()
        process.standardInput = input
        try process.run()
        defer {
            withExtendedLifetime(input) {}
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        var text = ""
        while true {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "openssl s_server: \(text)") }
            text += String(decoding: more, as: UTF8.self)
            if let match = text.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)\n/), let port = Int(match.output.1) {
                // What it says further must not fill the pipe.
                output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
                defer { output.fileHandleForReading.readabilityHandler = nil }
                return try await body(port)
            }
        }
    }
}
