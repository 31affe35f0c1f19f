import Foundation
import Glibc
import Synchronization
import TestSupport

/// Services on this machine that have one fault: what steps of scope `local` dial.
final class FaultyServices: Sendable {
    /// Of a service that speaks HTTP, until it does not.
    let http: UInt16
    /// Of one that should speak TLS.
    let tls: UInt16
    /// Where connections are not accepted, in the way of the fault.
    let tcp: UInt16
    /// Of a name server.
    let dns: UInt16

    private let listeners: [Listener]
    private let hole: BlackHole
    private let names: NameServerWithFault

    /// - Parameter tls: of a server that is there already.
    init(_ fault: StepFault, tls port: UInt16? = nil) throws {
        let web = try Listener { connection in
            guard let head = Self.head(connection) else { return }
            let server = FakeConversation(head, on: connection)
            if fault == .badOutput {
                server.send(StepFault.noise)
                server.hangUp()
            } else {
                Self.answer(server, fault)
            }
        }
        let secure = try Listener { Self.speak(FakeConversation("", on: $0), fault) }
        (listeners, hole, names) = ([web, secure], try BlackHole(), try NameServerWithFault(fault))
        (http, tls) = (web.port, port ?? secure.port)
        tcp = fault == .hang ? hole.port : try Listener.unusedPort()
        dns = names.port
    }

    func stop() {
        for listener in listeners { listener.stop() }
        names.stop()
    }

    private static func head(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard bytes.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An answer over HTTP, of a service in a pod, too.
    static func answer(_ server: FakeConversation, _ fault: StepFault) {
        switch fault {
        case .badOutput:
            server.begin()
            server.piece(StepFault.noise)
            server.end()
        case .endlessOutput:
            server.begin()
            let piece = [UInt8](repeating: 0x41, count: 16 << 10)
            server.repeating(every: .milliseconds(2)) { server.piece(piece) }
        case .noOutput: server.answer(200, "")
        case .hang: server.fallSilent()
        case .crash:
            server.begin()
            server.piece("some")
            Thread.sleep(forTimeInterval: 0.1)
            server.reset()
        case .badNames:
            server.send(
                Array("HTTP/1.1 200 OK\r\nX-Odd".utf8) + Array(": odd".utf8) + [0xFF, 0xC2, 0x9B, 0xE2, 0x80, 0xAE]
                    + Array("\r\nContent-Length: 3\r\n\r\nodd".utf8))
        }
    }

    private static func speak(_ server: FakeConversation, _ fault: StepFault) {
        switch fault {
        case .badOutput, .badNames:
            server.send(StepFault.noise)
            server.hangUp()
        case .endlessOutput: server.repeating(every: .milliseconds(2)) { server.send(StepFault.noise) }
        case .noOutput: server.hangUp()
        case .hang: server.fallSilent()
        case .crash: server.reset()
        }
    }
}

/// A name server over UDP that has a fault. Source: RFC 1035, section 4.1.
private final class NameServerWithFault: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(_ fault: StepFault) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard descriptor >= 0, status == 0 else { throw Listener.Failure(number: errno) }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        guard fault != .crash else {
            // Connected to itself, it keeps the port, and the kernel refuses what others send there.
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
            }
            guard status == 0 else { throw Listener.Failure(number: errno) }
            return
        }
        Thread.detachNewThread { Self.serve(descriptor, fault) }
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func serve(_ descriptor: Int32, _ fault: StepFault) {
        var buffer = [UInt8](repeating: 0, count: 1_500)
        var caller = sockaddr_storage()
        while true {
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &caller) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            // An end by `shutdown` has no sender.
            guard count >= 12 else { return }
            guard let answer = answer(Array(buffer[..<count]), fault) else { continue }
            _ = withUnsafePointer(to: &caller) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, answer, answer.count, 0, $0, length)
                }
            }
        }
    }

    private static func answer(_ question: [UInt8], _ fault: StepFault) -> [UInt8]? {
        guard let end = question[12...].firstIndex(of: 0), question.count >= end + 5 else { return nil }
        let asked = question[12..<end + 5]
        func message(_ records: [[UInt8]]) -> [UInt8] {
            question[..<2] + [0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + asked + records.joined()
        }
        switch fault {
        case .hang: return nil
        case .badOutput: return Array(StepFault.noise.prefix(200))
        case .badNames:
            let name = [UInt8(StepFault.odd.count)] + StepFault.odd + [0]
            // CNAME, IN, a minute.
            return message([[0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, UInt8(name.count)] + name])
        default: return message([])
        }
    }
}
