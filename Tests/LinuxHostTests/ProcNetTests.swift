import Glibc
import LinuxHost
import TestSupport
import Testing

@Suite struct ProcNetTests {
    // Linux 6.1, x86_64.
    private static let tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:0CEA 00000000:0000 0A 00000000:00000003 00:00000000 00000000   110        0 20344 1 00000000a1b2c3d4 100 0 0 10 0                     
           1: 0F02000A:A3C2 2E5EBACE:01BB 01 00000024:00000000 01:00000015 00000002  1000        0 48821 2 00000000a1b2c3d5 24 4 30 10 -1
           2: 0100007F:1F90 0100007F:D2F4 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 00000000a1b2c3d6
        """
    private static let tcp6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20001 1 0000000000000000 100 0 0 10 0
           1: 0000000000000000FFFF00000F02000A:0050 0000000000000000FFFF0000EC00A8C0:C001 08 00000000:00000001 02:000A2C2B 00000000    33        0 30001 1 0000000000000000 20 4 30 10 -1
           2: B80D0120000000000000000001000000:01BB B80D012000000000BEBAFECA02000000:1234 05 00000000:00000000 00:00000000 00000000     0        0 7 1 0000000000000000 20 4 30 10 -1

        """

    @Test func tcpLines() throws {
        let table = ProcNet.parse(Array((Self.tcp + "\n").utf8), as: .tcp, byteOrder: .littleEndian)
        #expect(table.sockets.count == 3 && table.unparsedLines == 0 && !table.isTruncated)
        let listen = table.sockets[0]
        #expect(listen.state == .listen && listen.uid == 110 && listen.inode == 20344 && listen.receiveQueue == 3)
        let established = table.sockets[1]
        guard case .internet(let internet) = established.detail else { throw Missing() }
        #expect(internet.local.description == "10.0.2.15:41922" && internet.remote.description == "206.186.94.46:443")
        #expect(internet.timer == .retransmit && internet.timerCentiseconds == 0x15 && internet.retransmits == 2)
        #expect(established.state.description == "ESTAB" && established.sendQueue == 0x24)
        #expect(table.sockets[2].state.description == "TIME-WAIT" && table.sockets[2].inode == 0)
    }

    @Test func tcp6Lines() throws {
        let table = ProcNet.parse(Array(Self.tcp6.utf8), as: .tcp6, byteOrder: .littleEndian)
        let endpoints = table.sockets.map { socket -> String in
            guard case .internet(let internet) = socket.detail else { return "" }
            return "\(internet.local) \(internet.remote) \(socket.state)"
        }
        #expect(
            endpoints == [
                "[::1]:631 [::]:* LISTEN",
                "[::ffff:10.0.2.15]:80 [::ffff:192.168.0.236]:49153 CLOSE-WAIT",
                "[2001:db8::1]:443 [2001:db8::cafe:babe:0:2]:4660 FIN-WAIT-2",
            ])
    }

    @Test func bigEndianMachine() throws {
        let line = "  0: 7F000001:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5 1\n"
        let table = ProcNet.parse(Array(line.utf8), as: .tcp, byteOrder: .bigEndian)
        guard case .internet(let internet) = try #require(table.sockets.first).detail else { throw Missing() }
        #expect(internet.local.description == "127.0.0.1:22")
    }

    @Test func udpDrops() throws {
        let line =
            "  481: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 1999 2 00000000f00dcafe 17  \n"
        let table = ProcNet.parse(Array(line.utf8), as: .udp, byteOrder: .littleEndian)
        guard case .internet(let internet) = try #require(table.sockets.first).detail else { throw Missing() }
        #expect(internet.drops == 17 && table.sockets[0].state.description == "UNCONN")
    }

    @Test func unixNames() throws {
        let text = """
            Num       RefCount Protocol Flags    Type St Inode Path
            00000000c11807a4: 00000002 00000000 00010000 0001 01 15740 /run/a socket with blanks
            0000000069873e40: 00000003 00000000 00000000 0002 03  1575 @abstract@@name
            0000000069873e41: 00000003 00000000 00000000 0001 03  1576
            0000000000000000: 00000002 00000000 00000000 0001 01  1577 /tmp/line
            forged remainder

            """
        let table = ProcNet.parse(Array(text.utf8), as: .unix)
        let paths = table.sockets.map { socket -> String? in
            guard case .unix(let unix) = socket.detail else { return nil }
            return unix.path?.string
        }
        #expect(paths == ["/run/a socket with blanks", "@abstract@@name", nil, "/tmp/line"])
        #expect(table.sockets.map(\.state) == [.listen, .established, .established, .unconnected])
        #expect(table.unparsedLines == 1 && table.unparsedSamples == ["forged remainder"])
    }

    @Test func netlinkAndPacket() throws {
        let netlink = ProcNet.parse(
            Array(
                """
                sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
                000000008e914abd 15  4294963240 00000110 212992   0        0     2        7        1504    

                """.utf8), as: .netlink)
        guard case .netlink(let socket) = try #require(netlink.sockets.first).detail else { throw Missing() }
        #expect(socket.family == 15 && socket.portID == 4_294_963_240 && socket.groups == 0x110 && socket.drops == 7)
        let packet = ProcNet.parse(
            Array(
                """
                sk               RefCnt Type Proto  Iface R Rmem   User   Inode
                000000008e914abd 3      3    0003   2     1 0      1000   22222 

                """.utf8), as: .packet)
        guard case .packet(let sniffer) = try #require(packet.sockets.first).detail else { throw Missing() }
        #expect(sniffer.type == 3 && sniffer.etherType == 3 && sniffer.interface == 2 && sniffer.isRunning)
        #expect(packet.sockets[0].uid == 1000 && packet.sockets[0].inode == 22222)
    }

    @Test func textThatEndsWithinALine() {
        let bytes = Array(Self.tcp.utf8.dropLast(40))
        let table = ProcNet.parse(bytes, as: .tcp, byteOrder: .littleEndian)
        #expect(table.isTruncated && table.sockets.count == 2 && table.unparsedLines == 1)
    }

    @Test func limitAndOverlongLines() {
        let one = "  0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5 1\n"
        let many = String(repeating: one, count: 10)
        let limited = ProcNet.parse(Array(many.utf8), as: .tcp, limit: 4)
        #expect(limited.sockets.count == 4 && limited.isTruncated)
        let long = [UInt8](repeating: 0x41, count: 1 << 20) + [0x0A] + Array(one.utf8)
        let table = ProcNet.parse(long, as: .tcp)
        #expect(table.sockets.count == 1 && table.unparsedLines == 1)
    }

    @Test func anyBytesInAnyPieces() {
        var generator = SeededGenerator(seed: 7)
        let seeds = [Array(Self.tcp.utf8), Array(Self.tcp6.utf8)]
        for round in 0..<400 {
            var bytes = seeds[round % 2]
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            for name in SocketTableName.allCases {
                let whole = ProcNet.parse(bytes, as: name)
                var parser = SocketTableParser(name: name)
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(Int.random(in: 1...80, using: &generator))
                    parser.push(Array(piece).span)
                    rest = rest.dropFirst(piece.count)
                }
                #expect(parser.finish() == whole)
            }
        }
    }

    @Test(arguments: [
        (0 as UInt64, 0 as UInt64, "::"), (0, 1, "::1"), (0x2001_0db8_0000_0000, 0, "2001:db8::"),
        (0x2001_0db8_0000_0001, 0x0001_0001_0001_0001, "2001:db8:0:1:1:1:1:1"),
        (0x2001_0000_0000_0001, 0x0000_0000_0000_0001, "2001:0:0:1::1"),
        (0xfe80_0000_0000_0000, 0x0000_0000_0000_00aB, "fe80::ab"),
    ])
    func addressText(high: UInt64, low: UInt64, text: String) {
        #expect(IPAddress(ipv6: high, low).description == text)
    }
}

struct Missing: Error {}
