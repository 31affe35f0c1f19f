import Foundation
import Glibc
import TestSupport

/// One request to a ``FakeAPIServer``, and what is done to whoever asked it: answers that no sound server gives.
final class FakeConversation {
    /// As it came: path and query.
    let target: String
    private let head: String
    private let connection: Int32
    /// Whether another request is read from the connection.
    private(set) var goesOn = true
    /// Whether it is answered as an API server would.
    private(set) var isUsual = false

    init(_ head: String, on connection: Int32) {
        self.head = head
        self.connection = connection
        let words = head.split(separator: " ", maxSplits: 2)
        target = words.count > 1 ? String(words[1]) : ""
    }

    /// The values of an item of the query.
    func query(_ name: String) -> [String] {
        let items = URLComponents(string: target)?.queryItems ?? []
        return items.filter { $0.name == name }.compactMap(\.value)
    }

    // MARK: HTTP

    /// What an API server would say.
    func usual() { isUsual = true }

    /// A whole answer.
    /// - Parameter missing: so many bytes of it never come, and the connection ends.
    func answer(_ status: Int, _ body: String, headers: [String] = [], missing: Int = 0) {
        let bytes = Array(body.utf8)
        let lines = (["Content-Type: application/json", "Content-Length: \(bytes.count)"] + headers).map { $0 + "\r\n" }
        send("HTTP/1.1 \(status) Something\r\n\(lines.joined())\r\n")
        send(bytes.dropLast(missing))
        if missing > 0 { hangUp() }
    }

    /// What an API server says when it does not give what was asked for.
    func refuse(_ status: Int, _ reason: String, _ message: String, headers: [String] = []) {
        answer(
            status,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\#(message)","reason":"\#(reason)","code":\#(status)}"#,
            headers: headers)
    }

    /// The head of an answer that comes in pieces.
    func begin() {
        send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @discardableResult
    func piece(_ bytes: some Collection<UInt8>) -> Bool {
        send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    @discardableResult
    func piece(_ text: String) -> Bool { piece(text.utf8) }

    func end() { send("0\r\n\r\n") }

    // MARK: Ends

    /// Says nothing more, and keeps the connection.
    func fallSilent() { goesOn = false }

    func hangUp() {
        goesOn = false
        shutdown(connection, Int32(SHUT_RDWR))
    }

    /// A TCP reset. The descriptor stays: others still have its number. Source: Linux `tcp_disconnect`.
    func reset() {
        goesOn = false
        var nowhere = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        connect(connection, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// The same again and again, until nobody takes it any more.
    func repeating(every pause: Duration = .zero, _ send: () -> Bool) {
        goesOn = false
        while send() {
            if pause > .zero { Thread.sleep(forTimeInterval: Double(pause.components.attoseconds) / 1e18) }
        }
    }

    // MARK: Exec

    /// The command that is to be run.
    var argv: [String] { query("command") }

    /// Becomes a WebSocket, as for a command that has begun. Source: RFC 6455, section 4.2.2.
    func beginExec(_ subprotocol: String = "v5.channel.k8s.io") {
        let key = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }
        let value = key.map { $0.split(separator: ":", maxSplits: 1)[1].trimmingCharacters(in: .whitespaces) } ?? ""
        send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(WebSocketKey.accepting(value))\r\n"
                + "Sec-WebSocket-Protocol: \(subprotocol)\r\n\r\n")
    }

    /// Bytes of a stream of the command: 1 is standard output, 2 standard error, 3 how it ended.
    @discardableResult
    func output(_ stream: UInt8 = 1, _ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        repeat {
            // In frames as servers send them.
            let piece = [stream] + rest.prefix(32 << 10)
            rest = rest.dropFirst(32 << 10)
            let length =
                piece.count < 126 ? [UInt8(piece.count)] : [126, UInt8(piece.count >> 8), UInt8(piece.count & 255)]
            guard send([0x82] + length + piece) else { return false }
        } while !rest.isEmpty
        return true
    }

    /// The command has ended.
    func exit() { exit(#"{"metadata":{},"status":"Success"}"#) }

    /// The command has ended with this exit code.
    func fail(with code: Int) {
        exit(
            #"{"metadata":{},"status":"Failure","message":"command terminated","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"\#(code)"}]}}"#
        )
    }

    private func exit(_ status: String) {
        output(3, status.utf8)
        send([0x88, 0x02, 0x03, 0xE8])
        goesOn = false
    }

    // MARK: Bytes

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// False when nobody takes it.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
