import Glibc
import LinuxHost
import Testing

/// Sockets of each kind, made here and found by both ways.
@Suite(.serialized) struct SocketDiagnosisTests {
    /// A socket that is closed with the test.
    private struct Made: ~Copyable {
        let number: Int32

        init(_ family: Int32, _ type: Int32, _ protocolNumber: Int32 = 0) throws {
            number = socket(family, type, protocolNumber)
            guard number >= 0 else { throw Missing() }
        }

        deinit { close(number) }

        /// Binds to an address; `length` is what counts of it.
        func bind<Address>(_ address: Address, length: Int = MemoryLayout<Address>.size) throws {
            let status = withUnsafeBytes(of: address) { bytes in
                Glibc.bind(number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
            }
            guard status == 0 else { throw Missing() }
        }

        func connect(_ address: sockaddr_in6) throws {
            let status = withUnsafeBytes(of: address) { bytes in
                Glibc.connect(
                    number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
            guard status == 0 else { throw Missing() }
        }

        var inode: UInt64 {
            var status = stat()
            return fstat(number, &status) == 0 ? UInt64(status.st_ino) : 0
        }

        /// The loopback address with the port that it was given.
        var loopback: sockaddr_in6 {
            var address = sockaddr_in6()
            var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            _ = withUnsafeMutableBytes(of: &address) { bytes in
                bytes.baseAddress.map { getsockname(number, $0.assumingMemoryBound(to: sockaddr.self), &length) }
            }
            return address
        }
    }

    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)

    private static func loopback6() -> sockaddr_in6 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return address
    }

    private static func read(netlink: Bool) throws -> SocketSnapshot {
        try SocketReader(proc: try ProcFileSystem(), usesNetlink: netlink).read()
    }

    private static func entry(_ inode: UInt64, in snapshot: SocketSnapshot) throws -> SocketEntry {
        try #require(snapshot.sockets.first { $0.socket.inode == inode })
    }

    /// A process that another test has just started may hold it, too, for a moment.
    private static func isMine(_ entry: SocketEntry, _ descriptor: Int32) -> Bool {
        entry.owners.contains(SocketOwner(pid: getpid(), descriptor: descriptor))
    }

    @Test func tcpBothWays() throws {
        let listener = try Made(AF_INET6, Self.stream)
        try listener.bind(Self.loopback6())
        guard listen(listener.number, 7) == 0 else { throw Missing() }
        let client = try Made(AF_INET6, Self.stream)
        try client.connect(listener.loopback)
        guard send(client.number, "hello", 5, 0) == 5 else { throw Missing() }
        let port = UInt16(bigEndian: listener.loopback.sin6_port)
        for netlink in [true, false] {
            let snapshot = try Self.read(netlink: netlink)
            let listening = try Self.entry(listener.inode, in: snapshot)
            #expect(listening.socket.state == .listen && listening.socket.table == .tcp6)
            #expect(listening.socket.via == (netlink ? .netlink : .procfs))
            #expect(listening.socket.receiveQueue == 1 && listening.socket.sendQueue == 0)
            #expect(listening.socket.diagnosis?.backlogLimit == (netlink ? 7 : nil))
            let connected = try Self.entry(client.inode, in: snapshot)
            guard case .internet(let ends) = connected.socket.detail else { throw Missing() }
            #expect(connected.socket.state == .established && ends.remote.description == "[::1]:\(port)")
            #expect(Self.isMine(connected, client.number))
            #expect(connected.socket.uid == getuid() && connected.namespace == Child.namespace(of: getpid()))
        }
        let transmission = try #require(
            try Self.entry(client.inode, in: Self.read(netlink: true)).socket.diagnosis?.transmission)
        #expect(transmission.congestionWindow > 0 && transmission.roundTrip > 0 && transmission.bytesSent == 5)
    }

    @Test func udpBothWays() throws {
        let made = try Made(AF_INET6, Self.datagram)
        try made.bind(Self.loopback6())
        for netlink in [true, false] {
            let entry = try Self.entry(made.inode, in: Self.read(netlink: netlink))
            guard case .internet(let ends) = entry.socket.detail else { throw Missing() }
            #expect(entry.socket.table == .udp6 && entry.socket.state == .unconnected && ends.drops == 0)
            #expect(ends.local.port == UInt16(bigEndian: made.loopback.sin6_port) && Self.isMine(entry, made.number))
        }
    }

    @Test func unixPairKnowsItsPeer() throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Self.stream, 0, &ends) == 0 else { throw Missing() }
        defer { for end in ends { close(end) } }
        let snapshot = try Self.read(netlink: true)
        let mine = snapshot.sockets.filter { entry in
            entry.owners.contains { $0.pid == getpid() && ends.contains($0.descriptor) }
        }
        #expect(mine.count == 2 && mine.allSatisfy { $0.socket.state == .established && $0.socket.uid == getuid() })
        #expect(Set(mine.map(\.socket.inode)) == Set(mine.compactMap { $0.socket.diagnosis?.peerInode }))
    }

    /// An abstract name that forges a line of the text, and its own kind of end.
    @Test func hostileUnixName() throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("\0exhibit \(getpid())\n0: 00000002 x\0y".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let made = try Made(AF_UNIX, Self.stream)
        try made.bind(address, length: 2 + name.count)
        let entry = try Self.entry(made.inode, in: Self.read(netlink: true))
        guard case .unix(let unix) = entry.socket.detail else { throw Missing() }
        #expect(unix.path?.string == "@exhibit \(getpid())\n0: 00000002 x@y" && unix.type == 1)
        var text: [UInt8] = []
        SocketListing.append(entry, to: &text)
        #expect(text.count { $0 == 0x0A } == 1)
    }

    @Test func netlinkBothWays() throws {
        let made = try Made(AF_NETLINK, Int32(SOCK_RAW.rawValue), 0)
        // struct sockaddr_nl: family, padding, port, groups: RTMGRP_LINK.
        try made.bind((UInt16(AF_NETLINK), UInt16(0), UInt32(0), UInt32(1)))
        for netlink in [true, false] {
            let entry = try Self.entry(made.inode, in: Self.read(netlink: netlink))
            guard case .netlink(let socket) = entry.socket.detail else { throw Missing() }
            #expect(socket.family == 0 && socket.groups == 1 && socket.portID != 0 && Self.isMine(entry, made.number))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "packet and raw sockets need root"))
    func packetAndRawBothWays() throws {
        let packet = try Made(AF_PACKET, Self.datagram, Int32(UInt16(3).bigEndian))
        let raw = try Made(AF_INET, Int32(SOCK_RAW.rawValue), 89)
        for netlink in [true, false] {
            let snapshot = try Self.read(netlink: netlink)
            guard case .packet(let sniffer) = try Self.entry(packet.inode, in: snapshot).socket.detail else {
                throw Missing()
            }
            #expect(sniffer.type == 2 && sniffer.etherType == 3 && sniffer.interface == 0 && sniffer.isRunning)
            // Kernels without raw_diag tell by the text only, which the table then says.
            let entry = try Self.entry(raw.inode, in: snapshot)
            guard case .internet(let ends) = entry.socket.detail else { throw Missing() }
            #expect(entry.socket.table == .raw && ends.local.port == 89)
            let table = try #require(
                snapshot.namespaces.first { $0.inode == entry.namespace }?.tables.first { $0.name == .raw })
            #expect(table.via == entry.socket.via && (table.via == .netlink || !netlink || table.fallback != nil))
        }
    }

    /// Made on a thread that is in the child's namespace, held by this process.
    @Test(.enabled(if: geteuid() == 0, "entering a network namespace needs root"))
    func aSocketOfAnotherNamespace() throws {
        let child = try Child(["/usr/bin/unshare", "-n", "/bin/sleep", "60"])
        try child.waitUntil { Child.namespace(of: child.pid) != NetworkNamespaceThread.own }
        let number = try NetworkNamespaceThread.run(in: try ProcFileSystem().process(child.pid)) {
            let number = socket(AF_INET, Self.stream, 0)
            return listen(number, 3) == 0 ? number : -1
        }.get()
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0 else { throw Missing() }
        for netlink in [true, false] {
            let snapshot = try Self.read(netlink: netlink)
            let entry = try Self.entry(UInt64(status.st_ino), in: snapshot)
            #expect(entry.namespace == Child.namespace(of: child.pid) && entry.socket.state == .listen)
            #expect(Self.isMine(entry, number))
            #expect(entry.socket.via == (netlink ? .netlink : .procfs))
        }
    }

    @Test func bothWaysAgreeOnWhatStays() throws {
        let listener = try Made(AF_INET6, Self.stream)
        try listener.bind(Self.loopback6())
        guard listen(listener.number, 7) == 0 else { throw Missing() }
        /// Sockets of this process that others do not change meanwhile, without what only one way tells.
        func lines(_ snapshot: SocketSnapshot) -> Set<String> {
            Set(
                snapshot.sockets.filter { entry in
                    entry.owners.contains { $0.pid == getpid() } && entry.socket.state == .listen
                        && entry.socket.table == .tcp6
                }.map { entry in
                    "\(entry.socket.table) \(entry.socket.inode) \(entry.socket.detail) \(entry.socket.uid ?? 0)"
                })
        }
        let netlink = lines(try Self.read(netlink: true))
        let text = lines(try Self.read(netlink: false))
        #expect(netlink.count >= 1 && netlink == text)
    }

    /// No kernel here has vsock_diag: the message as <linux/vm_sockets_diag.h> lays it out.
    @Test func vsockMessage() throws {
        var message: [UInt8] = [40, 1, 10, 0]
        for word: UInt32 in [3, 5000, .max, .max, 77, 1, 2] { message.append(netlink: word) }
        let decoder = SocketDiagnosisDecoder(table: .vsock)
        guard let record = decoder.decode(message.span.bytes) else { throw Missing() }
        #expect(record.inode == 77 && record.state == .listen && record.diagnosis?.cookie == 2 << 32 | 1)
        var text: [UInt8] = []
        SocketListing.append(
            SocketEntry(socket: record, namespace: nil, owners: [], ownerNames: []), to: &text)
        #expect(String(decoding: text, as: UTF8.self).contains("3:5000"))
        let short = decoder.decode(Array(message.dropLast(4)).span.bytes)
        #expect(short == nil)
    }
}
