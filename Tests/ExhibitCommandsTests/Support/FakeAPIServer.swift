import Foundation
import Glibc

/// An API server with one namespace and one running pod, over plain HTTP, which hangs where a test wants it to and whose clock
/// may be wrong: a real one does neither on demand.
final class FakeAPIServer: Sendable {
    static let namespace = "fake"
    static let pod = "worker"
    static let container = "main"
    /// Of the pod, as a real one looks.
    static let uid = "7dd0ba9a-b407-42e1-bb5d-f857d1f7163a"

    /// What becomes of a request.
    enum Answer: Sendable {
        /// What an API server would say.
        case usual
        /// Nothing, and the connection stays.
        case silence
        case after(Duration)
        case refusal(Int)
        /// This JSON.
        case body(String)
        /// Whatever it does.
        case conversation(@Sendable (FakeConversation) -> Void)
    }

    private let listener: Listener

    /// - Parameters:
    ///   - ahead: by how much its clock is wrong; nil for a server that does not tell the time.
    ///   - node: that the pod is on.
    ///   - answer: by the path of the request.
    init(
        clockAhead ahead: TimeInterval? = 0, startedAgo age: TimeInterval = 3_600, node: String? = nil,
        _ answer: @escaping @Sendable (String) -> Answer = { _ in .usual }
    ) throws {
        let started = Date().addingTimeInterval((ahead ?? 0) - age).formatted(.iso8601)
        listener = try Listener { connection in
            while let head = Self.request(connection) {
                let conversation = FakeConversation(head, on: connection)
                let path = String(conversation.target.prefix { $0 != "?" })
                switch answer(path) {
                case .usual: break
                case .silence: return
                case .after(let pause): Thread.sleep(forTimeInterval: Double(pause.components.seconds))
                case .refusal(let status):
                    Self.send("{}", status: status, ahead, connection)
                    continue
                case .body(let body):
                    Self.send(body, status: 200, ahead, connection)
                    continue
                case .conversation(let act):
                    act(conversation)
                    guard conversation.goesOn else { return }
                    guard conversation.isUsual else { continue }
                }
                guard let body = Self.body(path, started: started, node: node) else {
                    Self.send("{}", status: 404, ahead, connection)
                    continue
                }
                Self.send(body, status: 200, ahead, connection)
            }
            shutdown(connection, Int32(SHUT_RDWR))
        }
    }

    var port: UInt16 { listener.port }

    func stop() { listener.stop() }

    /// A kubeconfig for it.
    func kubeconfig(in folder: String) throws -> String {
        let path = folder + "/fake.kubeconfig"
        try Files.write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: fake, cluster: {server: "http://127.0.0.1:\(listener.port)"}}]
            users: [{name: fake, user: {}}]
            contexts: [{name: fake, context: {cluster: fake, user: fake}}]
            current-context: fake
            """, to: path)
        return path
    }

    /// The head of the next request on a connection, whose body is thrown away.
    private static func request(_ connection: Int32) -> String? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.ends(with: "\r\n\r\n".utf8) {
            guard head.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let length = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        for _ in 0..<(length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0) {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
        }
        return text.split(separator: " ").count > 1 ? text : nil
    }

    private static func send(_ body: String, status: Int, _ ahead: TimeInterval?, _ connection: Int32) {
        var date = ""
        if let ahead {
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "UTC")
            format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            date = "Date: \(format.string(from: Date().addingTimeInterval(ahead)))\r\n"
        }
        let answer = Array(
            ("HTTP/1.1 \(status) Something\r\nContent-Type: application/json\r\n\(date)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
        _ = answer.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func body(_ path: String, started: String, node: String?) -> String? {
        let resources = ["namespaces": "Namespace", "pods": "Pod", "configmaps": "ConfigMap", "events": "Event"]
        switch path {
        case "/version": return #"{"major":"1","minor":"30","gitVersion":"v1.30.0"}"#
        case "/api": return #"{"kind":"APIVersions","versions":["v1"]}"#
        case "/apis": return #"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#
        case "/api/v1":
            let list = resources.sorted { $0.key < $1.key }.map { name, kind in
                #"{"name":"\#(name)","kind":"\#(kind)","namespaced":\#(name != "namespaces"),"verbs":["get","list"]}"#
            }
            return
                #"{"kind":"APIResourceList","groupVersion":"v1","resources":[\#(list.joined(separator: ","))]}"#
        case "/api/v1/namespaces/\(namespace)/pods":
            return #"{"kind":"PodList","metadata":{},"items":[\#(pod(started, node: node))]}"#
        default: break
        }
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "api" else { return nil }
        if parts.count == 4, parts[2] == "namespaces" {
            return #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"\#(parts[3])","uid":"u-\#(parts[3])"}}"#
        }
        if parts.last == "log" { return "" }
        return parts.last.flatMap { resources[$0] }.map { #"{"kind":"\#($0)List","metadata":{},"items":[]}"# }
    }

    private static func pod(_ started: String, node: String?) -> String {
        let place = node.map { #""nodeName":"\#($0)","# } ?? ""
        return """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"\(pod)","namespace":"\(namespace)","uid":"\(uid)"},
            "spec":{\(place)"containers":[{"name":"\(container)","image":"i"}]},
            "status":{"phase":"Running","containerStatuses":[{"name":"\(container)","ready":true,"restartCount":0,
            "state":{"running":{"startedAt":"\(started)"}}}]}}
            """
    }
}

extension [UInt8] {
    fileprivate func ends(with bytes: some Collection<UInt8>) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}
