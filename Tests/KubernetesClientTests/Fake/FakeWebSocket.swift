import NIOHTTP1
import TestSupport

extension FakeStep {
    /// Accepts an upgrade.
    static func upgrade(_ request: FakeRequest, subprotocol: String? = "v5.channel.k8s.io") -> FakeStep {
        .text(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(WebSocketKey.accepting(request.head.headers.first(name: "sec-websocket-key") ?? ""))\r\n"
                + (subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + "\r\n")
    }

    /// A frame as servers send them, without a mask. Opcodes: 0 continuation, 1 text, 2 binary, 8 close, 9 ping.
    static func frame(_ payload: [UInt8], opcode: UInt8 = 2, fin: Bool = true) -> FakeStep {
        var bytes: [UInt8] = [(fin ? 0x80 : 0) | opcode]
        if payload.count < 126 {
            bytes.append(UInt8(payload.count))
        } else if payload.count < 65_536 {
            bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        } else {
            bytes.append(127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return .send(bytes + payload)
    }

    static func frame(_ channel: UInt8, _ text: String) -> FakeStep {
        .frame([channel] + Array(text.utf8))
    }

    static let success = FakeStep.frame(3, #"{"metadata":{},"status":"Success"}"#)
}
