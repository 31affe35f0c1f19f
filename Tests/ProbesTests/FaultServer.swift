import Foundation
import Glibc

/// A TCP server on 127.0.0.1 that does to each connection what it is told, which no honest server does.
final class FaultServer: Sendable {
    enum Fault: Sendable {
        case hang
        /// Closes with a reset.
        case reset
        case close
        case say([UInt8])
        /// Reads first, so that the client's question has gone out.
        case sayAfterReading([UInt8])
        /// Says it over and over.
        case flood([UInt8])
    }

    let port: Int
    private let listener: Int32

    init(_ fault: Fault) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { Self.treat(connection, fault) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func treat(_ connection: Int32, _ fault: Fault) {
        defer { Glibc.close(connection) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        func say(_ bytes: [UInt8]) -> Bool { send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 }
        func drain() { while recv(connection, &buffer, buffer.count, 0) > 0 {} }
        switch fault {
        case .hang: drain()
        case .close: break
        case .reset:
            _ = recv(connection, &buffer, buffer.count, 0)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        case .say(let bytes):
            _ = say(bytes)
            drain()
        case .sayAfterReading(let bytes):
            _ = recv(connection, &buffer, buffer.count, 0)
            _ = say(bytes)
            drain()
        case .flood(let bytes): while say(bytes) {}
        }
    }
}
