import Glibc
import LinuxHost
import Testing

@Suite(.serialized) struct SocketReaderTests {
    /// A listening socket on a loopback port, a connection to it, and its accepted end.
    private final class Connection {
        let listener: Int32
        let client: Int32
        let accepted: Int32
        let port: UInt16

        init() throws {
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let (listener, client) = (listener, client)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                    bind(listener, plain, length) == 0 && listen(listener, 8) == 0
                        && getsockname(listener, plain, &length) == 0 && connect(client, plain, length) == 0
                }
            }
            guard status else { throw Missing() }
            port = UInt16(bigEndian: address.sin_port)
            accepted = accept(listener, nil, nil)
        }

        deinit {
            for descriptor in [accepted, client, listener] { close(descriptor) }
        }
    }

    @Test func findsOwnSocketsWithTheirOwners() throws {
        let connection = try Connection()
        let snapshot = try SocketReader(proc: try ProcFileSystem()).read()
        func ports(_ entry: SocketEntry) -> (local: UInt16, remote: UInt16)? {
            guard entry.socket.table == .tcp, case .internet(let socket) = entry.socket.detail else { return nil }
            return (socket.local.port, socket.remote.port)
        }
        let mine = snapshot.sockets.filter { entry in
            ports(entry).map { $0.local == connection.port || $0.remote == connection.port } ?? false
        }
        func entry(_ descriptor: Int32) -> SocketEntry? {
            mine.first { $0.owners.contains { $0.pid == getpid() && $0.descriptor == descriptor } }
        }
        #expect(entry(connection.listener)?.socket.state == .listen)
        #expect(entry(connection.client)?.socket.state == .established)
        #expect(entry(connection.accepted)?.socket.state == .established)
        #expect(try ports(#require(entry(connection.client)))?.remote == connection.port)
        #expect(entry(connection.client)?.ownerNames.first?.bytes.isEmpty == false)
        #expect(entry(connection.client)?.socket.uid == getuid())
        let namespace = try #require(entry(connection.listener)?.namespace)
        #expect(try ownNamespace() == "net:[\(namespace)]")
        _ = withExtendedLifetime(connection) { connection.port }

        var text: [UInt8] = []
        SocketListing.appendHeading(to: &text)
        for entry in mine { SocketListing.append(entry, to: &text) }
        let listing = String(decoding: text, as: UTF8.self)
        #expect(listing.contains("127.0.0.1:\(connection.port)") && listing.contains("pid=\(getpid()),fd="))
    }

    private func ownNamespace() throws -> String {
        var link = [UInt8](repeating: 0, count: 64)
        let count = link.withUnsafeMutableBytes { bytes in
            bytes.assumingMemoryBound(to: CChar.self).baseAddress.map { readlink("/proc/self/ns/net", $0, 64) } ?? -1
        }
        guard count > 0 else { throw Missing() }
        return String(decoding: link[..<count], as: UTF8.self)
    }

    @Test func agreesWithSs() throws {
        guard access("/usr/bin/ss", X_OK) == 0 else {
            print("skipped: there is no /usr/bin/ss to compare with")
            return
        }
        let connection = try Connection()
        let pipe = popen("/usr/bin/ss -Htan", "r")
        var lines = 0
        var buffer = [CChar](repeating: 0, count: 4_096)
        while fgets(&buffer, 4_096, pipe) != nil { lines += 1 }
        pclose(pipe)
        let snapshot = try SocketReader(proc: try ProcFileSystem(), tables: [.tcp, .tcp6]).read()
        let own = try ownNamespace()
        let mine = snapshot.sockets.filter { $0.namespace.map { "net:[\($0)]" } == own }
        // Others on this machine open and close sockets meanwhile.
        #expect(abs(mine.count - lines) <= 10 + lines / 4 && mine.count >= 3)
        _ = withExtendedLifetime(connection) { connection.port }
    }

    @Test func madeUpTreeWithTwoNamespaces() throws {
        let tree = try TemporaryTree()
        func socketLine(_ port: String, _ inode: Int) -> String {
            "  0: 0100007F:\(port) 00000000:0000 0A 00000000:00000000 00:00000000 00000000 110 0 \(inode) 1 0\n"
        }
        for (pid, namespace, inode) in [(10, 111, 1001), (11, 111, 1001), (12, 222, 2002)] {
            tree.write("\(pid)/stat", "\(pid) (p\(pid)) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n")
            tree.link("\(pid)/ns/net", to: "net:[\(namespace)]")
            tree.link("\(pid)/fd/3", to: "socket:[\(inode)]")
            tree.link("\(pid)/fd/4", to: "/etc/passwd")
            tree.write("\(pid)/net/tcp", "  sl  local\ngarbage\n" + socketLine("0016", inode))
        }
        tree.link("10/fd/9", to: "socket:[777]")
        // Traps: tables that are not regular files.
        mkfifo(tree.path + "/12/net/udp", 0o644)
        tree.link("12/net/unix", to: "/etc/passwd")

        let snapshot = try SocketReader(proc: try ProcFileSystem(root: tree.path)).read()
        #expect(snapshot.sockets.count == 2 && snapshot.namespaces.map(\.inode) == [111, 222])
        #expect(snapshot.namespaces.map(\.processCount) == [2, 1] && snapshot.namespaces.map(\.pid) == [10, 12])
        #expect(snapshot.sockets[0].owners.map(\.pid) == [10, 11] && snapshot.sockets[0].ownerNames == ["p10", "p11"])
        #expect(snapshot.sockets[1].namespace == 222 && snapshot.sockets[1].owners.map(\.pid) == [12])
        #expect(snapshot.unmatchedDescriptors == 1 && snapshot.namespaces[0].tables[0].unparsedLines == 1)
        #expect(snapshot.failures.count == 2)
        #expect(snapshot.failures.failures.allSatisfy { $0.code == .unexpectedType })
    }

    @Test func jsonLine() throws {
        let tree = try TemporaryTree()
        tree.link("7/fd/5", to: "socket:[9]")
        let name = Array("7 (a\"\\".utf8) + [0xFF]
        tree.write("7/stat", name + Array(") S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n".utf8))
        tree.write("7/net/tcp", "  0: 0100007F:0016 0100007F:0017 01 00000001:00000002 00:00000000 00000000 5 0 9 1\n")
        let snapshot = try SocketReader(proc: try ProcFileSystem(root: tree.path)).read()
        #expect(
            String(decoding: snapshot.sockets[0].jsonLine, as: UTF8.self)
                == #"{"table":"tcp","state":"ESTAB","local_address":"127.0.0.1","local_port":22,"#
                + #""remote_address":"127.0.0.1","remote_port":23,"inode":9,"uid":5,"receive_queue":2,"send_queue":1,"#
                + #""owners":[{"pid":7,"fd":5,"name":"a\"\\\#u{FFFD}","name_hex":"61225cff"}],"via":"procfs"}"# + "\n")
        var row: [UInt8] = []
        snapshot.sockets[0].appendRow(to: &row)
        #expect(row.count { $0 == 9 } == SocketEntry.fieldNames.count - 1)
    }

    @Test func missingRootIsAnError() {
        let error = #expect(throws: HostError.self) { try ProcFileSystem(root: "/nowhere/proc") }
        #expect(error?.code == .notFound && error?.path == "/nowhere/proc")
    }
}
