import Foundation
import TestSupport
import Testing
import Timestamping

private typealias Authority = TimestampAuthorityProcess

extension TimestampAuthorityProcess {
    fileprivate func client(_ path: String, timeout: Duration = .seconds(10)) throws -> TimestampClient {
        TimestampClient(url: try TimestampURL("http://127.0.0.1:\(port)/\(path)"), timeout: timeout)
    }

    /// A request, which is in `request.tsq`, too.
    fileprivate func request() throws -> [UInt8] {
        try Data("a signature".utf8).write(to: URL(fileURLWithPath: "\(folder)/message"))
        #expect(try openssl("ts -query -data message -sha256 -cert -out request.tsq"))
        return Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/request.tsq")))
    }

    fileprivate func openssl(_ arguments: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

@Suite(.enabled(if: Authority.isPossible, "python3 or openssl is not installed"))
struct TimestampClientTests {
    private func code(_ body: () async throws -> Void) async -> TimestampClientError.Code? {
        do {
            try await body()
        } catch let error as TimestampClientError {
            #expect(!error.reason.isEmpty)
            return error.code
        } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func anAnswerIsATimestamp() async throws {
        let authority = try Authority()
        let request = try authority.request()
        for path in ["good", "charset"] {
            let answer = try await authority.client(path).answer(to: request)
            try Data(answer).write(to: URL(fileURLWithPath: "\(authority.folder)/answer.tsr"))
            #expect(
                try authority.openssl("ts -verify -in answer.tsr -queryfile request.tsq -CAfile tsa-root.pem"),
                "\(path)")
        }
        // What is wrong with these is for the one who asked to see.
        for path in ["ber", "nonce", "imprint", "refused"] {
            #expect(try await authority.client(path).answer(to: request).first == 0x30, "\(path)")
        }
    }

    @Test func failuresSayWhatTheyAre() async throws {
        let authority = try Authority()
        let request = try authority.request()
        let faults: [(String, TimestampClientError.Code)] = [
            ("error", .refused), ("none", .refused), ("redirect", .refused), ("html", .badAnswer), ("huge", .badAnswer),
            ("cut", .badAnswer),
        ]
        for (path, expected) in faults {
            #expect(await code { _ = try await authority.client(path).answer(to: request) } == expected, "\(path)")
        }
        for path in ["silent", "slow"] {
            let client = try authority.client(path, timeout: .milliseconds(500))
            #expect(await code { _ = try await client.answer(to: request) } == .timeout, "\(path)")
        }
        let nobody = TimestampClient(url: try TimestampURL("http://127.0.0.1:1/"))
        #expect(await code { _ = try await nobody.answer(to: request) } == .unreachable)
        let unknown = TimestampClient(url: try TimestampURL("http://tsa.invalid/"), timeout: .seconds(5))
        let failure = await code { _ = try await unknown.answer(to: request) }
        #expect(failure == .unreachable || failure == .timeout)
    }

    @Test func whoeverWaitsCanStop() async throws {
        let authority = try Authority()
        let client = try authority.client("silent", timeout: .seconds(3_600))
        let request = try authority.request()
        let task = Task { try await client.answer(to: request) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// Where a network drops packets, the connection has not come about: that is not waited for either.
    @Test func whoeverWaitsForAConnectionCanStop() async throws {
        let hole = try BlackHole()
        let client = TimestampClient(url: try TimestampURL("http://127.0.0.1:\(hole.port)/"), timeout: .seconds(30))
        let task = Task { try await client.answer(to: [1]) }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(10))
        let hasty = TimestampClient(
            url: try TimestampURL("http://127.0.0.1:\(hole.port)/"), timeout: .milliseconds(300))
        #expect(await code { _ = try await hasty.answer(to: [1]) } == .timeout)
    }

    @Test func httpsNeedsATrustedServer() async throws {
        let keys = NSTemporaryDirectory() + "exhibit-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: keys) }
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        make.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(keys)/k",
            "-out", "\(keys)/c", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "3650",
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        let authority = try Authority(tls: ("\(keys)/c", "\(keys)/k"))
        let url = try TimestampURL("https://localhost:\(authority.port)/good")
        let request = try authority.request()
        #expect(await code { _ = try await TimestampClient(url: url).answer(to: request) } == .unreachable)
        let root = Array(try Data(contentsOf: URL(fileURLWithPath: "\(keys)/c")))
        let answer = try await TimestampClient(url: url, tlsRoots: root).answer(to: request)
        #expect(answer.first == 0x30)
        // Not what the certificate is for.
        let other = try TimestampURL("https://127.0.0.1:\(authority.port)/good")
        #expect(
            await code { _ = try await TimestampClient(url: other, tlsRoots: root).answer(to: request) } == .unreachable
        )
    }

    @Test func addresses() throws {
        for text in ["https://tsa.example.org/tsr", "HTTP://localhost:8080", "http://[::1]:80/a?b=c@d"] {
            #expect(try TimestampURL(text).description == text)
        }
        for text in [
            "", "tsa.example.org", "ftp://a/", "http://", "http:///a", "http://user:secret@a/", "https://user@a",
            "http://a/#b",
            "http://a b/", "http://a/\u{E9}", "http://:80/", "http://" + String(repeating: "a", count: 3_000),
        ] {
            #expect(throws: TimestampClientError.self, "\(text)") { try TimestampURL(text) }
        }
    }
}
