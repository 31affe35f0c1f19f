import Foundation
import Glibc
import LinuxHost
import Testing

/// What happens between two samples, on this host's own procfs.
@Suite(.serialized)
struct SamplerTests {
    @Test
    func aConnectionIsSeenToOpenAndToClose() throws {
        let listener = try #require(Socket.listening())
        var sampler = SocketSampler(reader: SocketReader(proc: try ProcFileSystem(), tables: [.tcp]))
        func sample() throws -> [SocketSample] {
            var found: [SocketSample] = []
            _ = try sampler.sample { if $0.concerns(listener.port) { found.append($0) } }
            return found
        }
        let first = try sample()
        #expect(first.map(\.change) == [.present])
        #expect(first.first?.entry.socket.state == .listen)

        let client = try #require(Socket.connected(to: listener.port))
        let second = try sample()
        #expect(second.allSatisfy { $0.change == .opened && $0.number == 1 })
        #expect(second.contains { $0.entry.owners.contains { $0.descriptor == client.descriptor } })
        let inode = try #require(second.first { !$0.entry.owners.isEmpty }).entry.socket.inode

        #expect(try sample().isEmpty, "nothing happened")

        client.close()
        let fourth = try sample()
        #expect(fourth.contains { $0.change == .closed && $0.entry.socket.inode == inode && $0.number == 3 })
        let line = String(decoding: try #require(fourth.first { $0.change == .closed }).jsonLine, as: UTF8.self)
        #expect(line.hasPrefix(#"{"sample":3,"time":""#))
        #expect(line.contains(#""change":"closed","table":"tcp""#))
    }

    /// A socket that stays and changes its state.
    @Test
    func aChangeOfStateIsSaid() throws {
        let socket = try #require(Socket.listening(backlog: nil))
        var sampler = SocketSampler(reader: SocketReader(proc: try ProcFileSystem(), tables: [.tcp]))
        // Bound and not listening: only sock_diag tells, and only since Linux 6.8.
        _ = try sampler.sample { _ in }
        listen(socket.descriptor, 8)
        var changes: [SampleChange] = []
        _ = try sampler.sample { if $0.concerns(socket.port) { changes.append($0.change) } }
        #expect(changes == [.opened] || changes == [.changed])
        let client = try #require(Socket.connected(to: socket.port))
        _ = try sampler.sample { _ in }
        // The client has closed: the end that was not accepted yet goes from ESTAB to CLOSE-WAIT.
        client.close()
        var states: [SocketState] = []
        _ = try sampler.sample {
            if $0.concerns(socket.port), $0.change == .changed { states.append($0.entry.socket.state) }
        }
        #expect(states.contains(.closeWait))
    }

    @Test
    func aProcessIsSeenToBeginAndToEnd() throws {
        var sampler = ProcessSampler(proc: try ProcFileSystem())
        var first: [ProcessSample] = []
        _ = try sampler.sample { first.append($0) }
        #expect(first.contains { $0.record.pid == getpid() && $0.change == .present })

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["600"]
        try process.run()
        let pid = process.processIdentifier
        defer { if process.isRunning { kill(pid, SIGKILL) } }
        func mine() throws -> [ProcessSample] {
            var found: [ProcessSample] = []
            _ = try sampler.sample { if $0.record.pid == pid { found.append($0) } }
            return found
        }
        // Between fork and exec it has another command line.
        Thread.sleep(forTimeInterval: 0.2)
        let begun = try mine()
        #expect(begun.map(\.change) == [.opened])
        #expect(begun.first?.record.arguments?.last == "600")
        #expect(try mine().isEmpty, "it is known")
        kill(pid, SIGKILL)
        process.waitUntilExit()
        let ended = try mine()
        #expect(ended.map(\.change) == [.closed])
        #expect(ended.first?.record.stat.name == "sleep")
        #expect(ended.first?.record.arguments == nil, "of what is gone only the last stat is known")
    }

    /// A number that was given to another process meanwhile: one ended, one began.
    @Test
    func aNumberThatIsUsedAgainIsAnotherProcess() throws {
        let tree = try TemporaryTree()
        tree.make(directory: "7")
        func write(start: Int, name: String) {
            let fields = Array(repeating: "0", count: 17).joined(separator: " ")
            tree.write("7/stat", "7 (\(name)) S 1 \(fields) \(start) 0 0\n")
        }
        write(start: 100, name: "first")
        var sampler = ProcessSampler(proc: try ProcFileSystem(root: tree.path))
        func changes() throws -> [String] {
            var found: [String] = []
            _ = try sampler.sample {
                found.append("\($0.change) " + String(decoding: $0.record.stat.name.bytes, as: UTF8.self))
            }
            return found
        }
        #expect(try changes() == ["present first"])
        write(start: 200, name: "second")
        #expect(try changes() == ["opened second", "closed first"])
    }
}

extension SocketSample {
    fileprivate func concerns(_ port: UInt16) -> Bool {
        guard case .internet(let socket) = entry.socket.detail else { return false }
        return socket.local.port == port || socket.remote.port == port
    }
}

/// A TCP socket on loopback.
private final class Socket {
    let descriptor: Int32
    private(set) var port: UInt16 = 0
    private var isOpen = true

    private init() { descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    deinit { close() }

    func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    /// - Parameter backlog: nil leaves it bound.
    static func listening(backlog: Int32? = 8) -> Socket? {
        let socket = Socket()
        let isThere = socket.withAddress(port: 0) { address, length in
            var size = length
            return bind(socket.descriptor, address, length) == 0
                && backlog.map { listen(socket.descriptor, $0) == 0 } ?? true
                && getsockname(socket.descriptor, address, &size) == 0
        }
        return isThere ? socket : nil
    }

    static func connected(to port: UInt16) -> Socket? {
        let socket = Socket()
        return socket.withAddress(port: port) { connect(socket.descriptor, $0, $1) == 0 } ? socket : nil
    }

    private func withAddress(port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isDone = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        return isDone
    }
}
