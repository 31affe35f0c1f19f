import Cryptography
import Foundation
import OfflineServer
import StructuredText
import Synchronization

/// Answers in every way that there is.
final class ProbeHandler: RequestHandler {
    /// Bytes that `/endless` could hand over.
    let taken = Mutex(0)
    /// First components of paths that came to be answered.
    let begun = Mutex<[String]>([])
    /// How `/endless` and `/watch` ended.
    let ends = Mutex<[String]>([])
    private let gate = AsyncStream.makeStream(of: Void.self)

    func hasBegun(_ path: String) async -> Bool {
        await eventually { begun.withLock { $0.contains(path) } }
    }

    /// Lets `/held` go on.
    func release() { gate.continuation.yield() }

    func respond(to request: APIRequest) async throws -> APIResponse {
        begun.withLock { $0.append(request.path.first ?? "") }
        switch request.path.first ?? "" {
        case "words": return APIResponse(mediaType: "text/plain", body: .bytes(Array("words\n".utf8)))
        case "echo":
            let text = JSONValue.object(
                JSONObject([
                    ("method", .string(request.method)), ("path", .array(request.path.map { .string($0) })),
                    ("query", .array(request.query.map { .string("\($0.name)=\($0.value)") })),
                    ("body", .string(String(decoding: request.body, as: UTF8.self))),
                ]))
            return APIResponse(body: .bytes(text.serialized()))
        case "pieces":
            return APIResponse(
                mediaType: "text/plain",
                body: .stream { for word in ["a", "b", "c"] { try await $0.write(Array(word.utf8)) } })
        case "cut":
            return APIResponse(
                mediaType: "text/plain",
                body: .stream {
                    try await $0.write(Array("first".utf8))
                    throw APIFailure.badRequest("no more")
                })
        case "endless":
            return APIResponse(
                mediaType: "text/plain",
                body: .stream { [self] writer in
                    do {
                        while true {
                            try await writer.write([UInt8](repeating: 0x41, count: 1 << 16))
                            taken.withLock { $0 += 1 << 16 }
                        }
                    } catch {
                        ends.withLock { $0.append("endless: \(type(of: error))") }
                        throw error
                    }
                })
        case "watch":
            return APIResponse(
                mediaType: "text/plain",
                body: .stream { [self] writer in
                    do {
                        try await writer.write(Array("begin ".utf8))
                        try await writer.waitForEnd(atMost: .seconds(60))
                        try await writer.write(Array("end".utf8))
                    } catch {
                        ends.withLock { $0.append("watch: \(type(of: error))") }
                        throw error
                    }
                })
        case "held":
            for await _ in gate.stream { break }
            return APIResponse(body: .bytes(Array("{}".utf8)))
        case "warned":
            var response = APIResponse(body: .bytes([]))
            response.headers = (0..<9).map {
                ("Warning", SafeText.warning("a \"\u{1B}[31m\r\nX-Evil: 1\u{202E} \($0)"))
            }
            response.headers += [
                ("X Evil", "1"), ("X-Long", String(repeating: "x", count: 9_999)), ("X-Raw", "a\r\nX-Evil: 1"),
            ]
            return response
        case "broken": throw Broken()
        default: throw APIFailure.readOnly("this")
        }
    }

    struct Broken: Error {}
}

/// A server on a free port of this machine, and curl to ask it.
struct ServerUnderTest {
    let server: HTTPServer
    let handler: ProbeHandler
    let token: RunToken
    let authorityFile: String

    var url: String { "https://127.0.0.1:\(server.port)" }

    static func with(
        _ limits: ServerLimits = ServerLimits(), _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        let authority = try RunAuthority(for: .loopback)
        let server = try await HTTPServer(
            host: "127.0.0.1", port: 0, credentials: authority.credentials, limits: limits)
        let token = try RunToken()
        let handler = ProbeHandler()
        try await server.serve(AccessGuard(names: authority.names, port: server.port, token: token, handler: handler))
        let file = NSTemporaryDirectory() + "exhibit-authority-\(UUID().uuidString).pem"
        try Data(authority.credentials.authority).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            try await body(ServerUnderTest(server: server, handler: handler, token: token, authorityFile: file))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    struct Answer {
        let code: Int32
        let output: String
        let errors: String
    }

    /// curl with the token, unless headers say otherwise.
    func curl(_ path: String, _ arguments: [String] = [], token: String? = nil) async throws -> Answer {
        let shown = ["-H", "Authorization: Bearer \(token ?? self.token.text)"]
        return try await Self.run(
            "curl",
            ["-sS", "--max-time", "20", "--path-as-is", "--noproxy", "*", "--cacert", authorityFile] + shown + arguments
                + [
                    url + path
                ])
    }

    /// The status of an answer, and its body.
    func ask(_ path: String, _ arguments: [String] = []) async throws -> (status: Int, body: String) {
        let answer = try await curl(path, ["-w", "\n%{http_code}"] + arguments)
        let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// What the server says to raw text.
    func raw(_ text: String) async throws -> Answer {
        try await Self.run(
            "openssl",
            [
                "s_client", "-quiet", "-no_ign_eof", "-verify_quiet", "-CAfile", authorityFile, "-connect",
                "127.0.0.1:\(server.port)",
            ],
            input: text)
    }

    /// On a thread of its own: the server needs those of tasks. Its input stays open until it has ended.
    static func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                do {
                    let process = Process()
                    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                    process.arguments = [program] + arguments
                    let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
                    process.standardInput = standardInput
                    process.standardOutput = output
                    process.standardError = errors
                    try process.run()
                    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                    let said = output.fileHandleForReading.readDataToEndOfFile()
                    let complained = errors.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    try standardInput.fileHandleForWriting.close()
                    continuation.resume(
                        returning: Answer(
                            code: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
                            errors: String(decoding: complained, as: UTF8.self)))
                } catch {
                    continuation.resume(throwing: error)
                }
            }.start()
        }
    }
}
