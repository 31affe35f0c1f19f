import BundleFormat
import Collection
import CollectorSteps
import Foundation
import StructuredText
import Synchronization
import Testing

/// The step kind `http` of this machine, asking a server that does what servers hardly do.
@Suite(.timeLimit(.minutes(1)))
struct LocalHTTPStepTests {
    /// A server on 127.0.0.1 that answers one request with what it is told to, and keeps that request.
    private final class Server: Sendable {
        let port: UInt16
        private let descriptor: Int32
        private let got = Mutex("")
        var request: String { got.withLock { $0 } }

        init(_ answer: @escaping @Sendable (String) -> String) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            try #require(status == 0 && listen(descriptor, 4) == 0)
            port = UInt16(bigEndian: address.sin_port)
            Thread.detachNewThread { [self] in
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                var bytes = [UInt8](repeating: 0, count: 1 << 16)
                var request = ""
                while !request.hasSuffix("\r\n\r\n") {
                    let count = recv(connection, &bytes, bytes.count, 0)
                    guard count > 0 else { break }
                    request += String(decoding: bytes[..<count], as: UTF8.self)
                }
                got.withLock { $0 = request }
                let text = Array(answer(request).utf8)
                var sent = 0
                while sent < text.count {
                    let count = text[sent...].withUnsafeBytes {
                        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard count > 0 else { break }
                    sent += count
                }
                close(connection)
            }
        }

        deinit { close(descriptor) }
    }

    private static func ask(
        _ server: Server, host: String = "127.0.0.1", headers: String, bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        let definition = try CollectorDefinitionDecoder(file: "own.yaml", kinds: StepRegistry.kinds).decode(
            """
            {apiVersion: exhibit/v1, kind: Collector, metadata: {name: own, title: x}, scope: local, volatility: 9, steps: [
            {http: {url: "http://\(host):\(server.port)/", allow: [loopback], headers: {\(headers)}}, output: a.txt}]}
            """)
        let plan = LocalCapture(catalog: CollectorCatalog([definition]), options: .init()).plan()
        let attempt = try #require(plan.first)
        return try await StepResult.of(bytes: bytes) { try await attempt.work($0) }
    }

    private func record(_ result: StepResult) throws -> (JSONValue, [JSONValue]) {
        let record = try JSONValue(
            parsing: try #require(result.contents["data/local/own/a.txt.response.json"], "\(result.line)"))
        return (record, try #require(record["headers"]?.array))
    }

    @Test(arguments: ["Bearer open-sesame-1", "Basic b3duZXI6b3Blbi1zZXNhbWUtMQ=="])
    func aSecretThatComesBackInAHeaderIsWithheld(_ secret: String) async throws {
        let variable = "EXHIBIT_TEST_ECHO_\(secret.utf8.count)"
        setenv(variable, secret, 1)
        let server = try Server { _ in
            let word = secret.split(separator: " ")[1]
            return
                "HTTP/1.1 200 OK\r\nX-Echo: <\(secret)>\r\nX-Part: a\(word)b\r\nX-Plain: open-sesame-1\r\nX-\(word): 1\r\n"
                .replacingOccurrences(of: "==:", with: ":") + "X-Other: kept\r\nContent-Length: 2\r\n\r\nok"
        }
        let result = try await Self.ask(server, headers: "Authorization: {environment: \(variable)}")
        #expect(server.request.contains("\r\nAuthorization: \(secret)\r\n"), "it was sent")
        #expect(result.line.state == .ok, "\(result.line)")
        let (_, headers) = try record(result)
        for header in headers where header["name"]?.string?.hasPrefix("X-") == true {
            let isOther = header["name"]?.string == "X-Other"
            if ["X-Echo", "X-Part", "X-Plain", "X-Other"].contains(header["name"]?.string) {
                #expect((header["value"] != nil) == isOther && (header["withheldBytes"] != nil) != isOther, "\(header)")
            }
        }
        for (path, bytes) in result.contents where path.hasSuffix(".json") {
            #expect(!String(decoding: bytes, as: UTF8.self).contains("open-sesame"), "\(path)")
        }
    }

    /// A service that says which login it refused, whole or cut short by the ledger, gets no line of the ledger for it.
    @Test(arguments: [0, 290, 5_000])
    func aSecretThatComesBackInTheWordsOfARefusalIsNotRepeated(_ before: Int) async throws {
        setenv("EXHIBIT_TEST_ECHO_WORDS", "Bearer open-sesame-1", 1)
        func ask(_ body: String) async throws -> LedgerLine {
            let server = try Server { _ in "HTTP/1.1 401 No\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)" }
            return try await Self.ask(server, headers: "Authorization: {environment: EXHIBIT_TEST_ECHO_WORDS}").line
        }
        let padding = String(repeating: "x", count: before)
        for body in ["\(padding)open-sesame-1 is no login", #"{"error":"\#(padding)\u006fpen-sesame-1 is no login"}"#] {
            let line = try await ask(body)
            #expect(line.state == .denied && line.reason?.message == "the service answered with status 401", "\(line)")
        }
        #expect(try await ask("no such user").reason?.message.hasSuffix("401, and says: no such user") == true)
    }

    @Test
    func headersThatNameASecretAreWithheld() async throws {
        let names = [
            "X-Vault-Key", "X-Signing-Key", "X-Signature-Input", "X-Passwd", "X-CSRF", "X-Auth", "Set-Cookie",
        ]
        let server = try Server { _ in
            "HTTP/1.1 200 OK\r\n" + names.map { "\($0): sesame\r\n" }.joined()
                + "WWW-Authenticate: Basic\r\nX-Keys: 2\r\nContent-Length: 0\r\n\r\n"
        }
        let (_, headers) = try record(try await Self.ask(server, headers: "Accept: text/plain"))
        for name in names {
            let header = try #require(headers.first { $0["name"]?.string == name })
            #expect(header["value"] == nil && header["withheldBytes"]?.int == 6, "\(header)")
        }
        for name in ["WWW-Authenticate", "X-Keys"] {
            #expect(headers.first { $0["name"]?.string == name }?["value"] != nil, "\(name)")
        }
    }

    /// Many, and one long one, of what JSON writes longer.
    @Test(arguments: [1, 60], [UInt64(1) << 16, 1 << 13])
    func headersOfAnyLengthLeaveRoomForRecordAndBody(_ count: Int, _ limit: UInt64) async throws {
        let server = try Server { _ in
            let value = String(repeating: "\"", count: count == 1 ? 60_000 : 400)
            return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                + (0..<count).map { "A\($0): \(value)\r\n" }.joined() + "\r\nhello"
        }
        let result = try await Self.ask(server, headers: "Accept: text/plain", bytes: limit)
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(result.contents["data/local/own/a.txt"] == Array("hello".utf8))
        let (whole, headers) = try record(result)
        #expect(whole["bytes"]?.int == 5 && headers.first?["value"]?.string == "5")
        #expect(headers.contains { $0["withheldBytes"] != nil })
        #expect((whole["omittedHeaders"]?.int ?? 0) + headers.count == count + 1)
    }

    @Test
    func aSecretGoesInPlainTextToALiteralLoopbackAddressOnly() async throws {
        setenv("EXHIBIT_TEST_PLAIN", "open-sesame-2", 1)
        let server = try Server { _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
        let headers = "Authorization: {environment: EXHIBIT_TEST_PLAIN}"
        let named = try await Self.ask(server, host: "localhost", headers: headers)
        #expect(named.line.state == .denied && named.line.reason?.code == "Plaintext", "\(named.line)")
        #expect(server.request.isEmpty)
        let literal = try await Self.ask(server, headers: headers)
        #expect(literal.line.state == .ok && server.request.contains("open-sesame-2"), "\(literal.line)")
    }
}
