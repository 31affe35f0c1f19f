import Foundation
import Glibc
import Synchronization

/// A TCP socket on 127.0.0.1 with a port of the system's choice.
final class Listener: Sendable {
    struct Failure: Error {
        let number: Int32
    }

    let port: UInt16
    private let descriptor: Int32
    private let connections = Mutex<[Int32]>([])

    /// - Parameter accepted: called on a thread of its own for each connection; without it, connections stay open and silent.
    init(accepted: (@Sendable (Int32) -> Void)? = nil) throws {
        let (descriptor, port) = try Self.bound()
        guard listen(descriptor, 64) == 0 else { throw Failure(number: errno) }
        (self.descriptor, self.port) = (descriptor, port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    return
                }
                guard let self else {
                    close(connection)
                    return
                }
                self.connections.withLock { $0.append(connection) }
                if let accepted { Thread.detachNewThread { accepted(connection) } }
            }
        }
    }

    /// Ends every connection, without closing descriptors that threads still use.
    func hangUp() {
        connections.withLock { connections in
            for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        hangUp()
    }

    /// A port on which nobody listens: a socket that does not listen keeps it from all others, until the tests end.
    static func unusedPort() throws -> UInt16 { try bound().1 }

    private static func bound() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard status == 0 else { throw Failure(number: errno) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// A connection to a port of this machine, or a negative number.
    static func connection(to port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: port)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return descriptor }
        close(descriptor)
        return -1
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }
}

/// Passes connections on to the API server, at a pace and as long as a test wants. TLS goes through untouched.
final class SlowProxy: Sendable {
    enum Mode: Sendable {
        case fast
        /// So many bytes a second from the server, over all connections.
        case slow(bytesPerSecond: Int)
        /// Nothing passes, and nothing is closed.
        case stalled
    }

    private struct State {
        var mode: Mode
        /// When the next byte from the server may pass.
        var next = ContinuousClock.now
    }

    private let state: Mutex<State>
    private let target: UInt16
    private let listeners = Mutex<Listener?>(nil)

    init(to target: UInt16, mode: Mode = .fast) throws {
        self.target = target
        state = Mutex(State(mode: mode))
        let listener = try Listener { [weak self] connection in self?.serve(connection) }
        listeners.withLock { $0 = listener }
    }

    var server: String { "https://127.0.0.1:\(listeners.withLock { $0?.port ?? 0 })" }

    func become(_ mode: Mode) {
        state.withLock { $0.mode = mode }
    }

    /// Cuts every connection, and refuses new ones.
    func stop() {
        listeners.withLock { $0?.stop() }
    }

    /// A kubeconfig of the administrator through a proxy.
    static func with<Value>(
        mode: Mode = .fast, _ body: (SlowProxy, _ kubeconfig: String, _ folder: String) async throws -> Value
    ) async throws -> Value {
        try await Scratch.withFolder { folder in
            let proxy = try SlowProxy(to: try TestCluster.localPort(), mode: mode)
            defer { proxy.stop() }
            return try await body(proxy, try TestCluster.kubeconfig(server: proxy.server, in: folder), folder)
        }
    }

    private func serve(_ client: Int32) {
        let server = Listener.connection(to: target)
        guard server >= 0 else {
            shutdown(client, Int32(SHUT_RDWR))
            return
        }
        Thread.detachNewThread { self.pass(from: client, to: server, isAnswer: false) }
        pass(from: server, to: client, isAnswer: true)
    }

    private func pass(from source: Int32, to target: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            wait(count, isAnswer)
            var sent = 0
            while sent < count {
                let written = buffer[sent..<count].withUnsafeBytes {
                    send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
            if sent < count { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }

    /// Until so many bytes may pass.
    private func wait(_ count: Int, _ isAnswer: Bool) {
        while true {
            let pause: Duration? = state.withLock { state in
                switch state.mode {
                case .fast: return nil
                case .stalled: return .milliseconds(20)
                case .slow(let bytesPerSecond):
                    guard isAnswer else { return nil }
                    let now = ContinuousClock.now
                    if now < state.next { return min(.milliseconds(20), state.next - now) }
                    state.next = now + .seconds(1) * count / bytesPerSecond
                    return nil
                }
            }
            guard let pause else { return }
            Thread.sleep(forTimeInterval: Double(pause.components.attoseconds) / 1e18)
        }
    }
}
