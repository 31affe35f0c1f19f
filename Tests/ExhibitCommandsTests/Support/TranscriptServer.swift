import Foundation
import Glibc
import Synchronization

/// An API server that says what another one said, by a transcript of `Scripts/record_transcript.py`.
final class TranscriptServer: Sendable {
    private struct Exchange: Decodable, Sendable {
        var method: String
        var target: String
        var accept: String
        var user: String?
        var status: Int
        var contentType: String?
        var warning: String?
        var answer: String
    }

    private let exchanges: [Exchange]
    private let unknown = Mutex<[String]>([])
    private let listener = Mutex<Listener?>(nil)

    /// - Parameter name: of a file in `Transcripts`, without `.jsonl`.
    init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: folder.appendingPathComponent("Transcripts/\(name).jsonl"), encoding: .utf8)
        let decoder = JSONDecoder()
        exchanges = try text.split(separator: "\n").map { try decoder.decode(Exchange.self, from: Data($0.utf8)) }
        let server = try Listener { [weak self] connection in
            while let request = Self.request(connection), let self { self.answer(request, connection) }
            shutdown(connection, Int32(SHUT_RDWR))
        }
        listener.withLock { $0 = server }
    }

    func stop() { listener.withLock { $0?.stop() } }

    /// What was asked and is not in the transcript; it was answered with 404.
    var unanswered: [String] { unknown.withLock { $0 } }

    /// A kubeconfig for it.
    func kubeconfig(in folder: String) throws -> String {
        let path = folder + "/transcript.kubeconfig"
        try Files.write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: t, cluster: {server: "http://127.0.0.1:\(listener.withLock { $0?.port ?? 0 })"}}]
            users: [{name: t, user: {}}]
            contexts: [{name: t, context: {cluster: t, user: t}}]
            current-context: t
            """, to: path)
        return path
    }

    private struct Request {
        var method: String
        var target: String
        var accept = ""
        /// Impersonated.
        var user: String?
    }

    private func answer(_ request: Request, _ connection: Int32) {
        let same = exchanges.filter {
            ($0.method, $0.target, $0.user) == (request.method, request.target, request.user)
        }
        let found = same.first { $0.accept == request.accept } ?? same.first
        if found == nil { unknown.withLock { $0.append("\(request.method) \(request.target)") } }
        let body = found?.answer ?? #"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#
        let warning = found?.warning.map { "Warning: \($0)\r\n" } ?? ""
        let text =
            "HTTP/1.1 \(found?.status ?? 404) Something\r\nContent-Type: \(found?.contentType ?? "application/json")\r\n"
            + "\(warning)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// The next request on a connection, whose body is thrown away.
    private static func request(_ connection: Int32) -> Request? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard head.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var request = Request(method: words[0], target: words[1])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "accept": request.accept = parts[1]
            case "impersonate-user": request.user = parts[1]
            case "content-length":
                for _ in 0..<(Int(parts[1]) ?? 0) where recv(connection, &byte, 1, 0) != 1 { return nil }
            default: break
            }
        }
        return request
    }
}
