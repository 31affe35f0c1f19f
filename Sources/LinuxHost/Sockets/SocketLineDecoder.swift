/// Reads one line of a table under `/proc/net`.
package struct SocketLineDecoder: Sendable {
    package let table: SocketTableName
    package let byteOrder: ByteOrder

    package init(table: SocketTableName, byteOrder: ByteOrder) {
        self.table = table
        self.byteOrder = byteOrder
    }

    /// Whether it is the table's heading: it begins with `sl`, `Num` or `sk`, which no socket's line does.
    package func isHeading(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var cursor = FieldCursor(range)
        cursor.skipBlanks(bytes)
        if cursor.isAtEnd { return true }
        let first = bytes[cursor.position]
        return first == UInt8(ascii: "s") || first == UInt8(ascii: "N")
    }

    /// The socket, or nil if the line is not understood.
    package func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> SocketRecord? {
        var cursor = FieldCursor(range)
        switch table {
        case .tcp, .udp, .udplite, .raw: return internet(&cursor, bytes, isIPv6: false)
        case .tcp6, .udp6, .udplite6, .raw6: return internet(&cursor, bytes, isIPv6: true)
        case .unix: return unix(&cursor, bytes)
        case .netlink: return netlink(&cursor, bytes)
        case .packet: return packet(&cursor, bytes)
        case .vsock: return nil
        }
    }

    /// `sl local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode [ref pointer drops]`
    private func internet(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>, isIPv6: Bool) -> SocketRecord? {
        cursor.skipBlanks(bytes)
        guard cursor.decimal(bytes) != nil, cursor.take(UInt8(ascii: ":"), bytes),
            let local = endpoint(&cursor, bytes, isIPv6: isIPv6),
            let remote = endpoint(&cursor, bytes, isIPv6: isIPv6)
        else { return nil }
        cursor.skipBlanks(bytes)
        guard let state = cursor.hexadecimal(bytes, digits: 2) else { return nil }
        cursor.skipBlanks(bytes)
        guard let sendQueue = cursor.hexadecimal(bytes), cursor.take(UInt8(ascii: ":"), bytes),
            let receiveQueue = cursor.hexadecimal(bytes)
        else { return nil }
        cursor.skipBlanks(bytes)
        guard let timer = cursor.hexadecimal(bytes, digits: 2), cursor.take(UInt8(ascii: ":"), bytes),
            let when = cursor.hexadecimal(bytes),
            let retransmits = cursor.hexadecimalField(bytes),
            let uid = cursor.decimalField(bytes).flatMap(UInt32.init(exactly:)),
            cursor.decimalField(bytes) != nil,
            // More follows the inode in every kernel: where nothing does, the text was cut and the inode may be too.
            let inode = cursor.decimalField(bytes), !cursor.isAtEnd
        else { return nil }
        var drops: UInt64?
        if table != .tcp, table != .tcp6, cursor.field(bytes) != nil, cursor.field(bytes) != nil {
            drops = cursor.decimalField(bytes)
        }
        let detail = InternetSocket(
            local: local, remote: remote, timer: SocketTimer(rawValue: UInt8(timer)), timerCentiseconds: when,
            retransmits: retransmits, drops: drops)
        return SocketRecord(
            table: table, inode: inode, state: SocketState(rawValue: UInt8(state)), uid: uid,
            receiveQueue: receiveQueue, sendQueue: sendQueue, detail: .internet(detail))
    }

    /// An address as one or four words of the machine, a colon, and the port in host order.
    private func endpoint(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>, isIPv6: Bool) -> SocketEndpoint? {
        cursor.skipBlanks(bytes)
        let address: IPAddress
        if isIPv6 {
            guard let a = word(&cursor, bytes), let b = word(&cursor, bytes),
                let c = word(&cursor, bytes), let d = word(&cursor, bytes)
            else { return nil }
            address = IPAddress(ipv6: UInt64(a) << 32 | UInt64(b), UInt64(c) << 32 | UInt64(d))
        } else {
            guard let value = word(&cursor, bytes) else { return nil }
            address = IPAddress(ipv4: value)
        }
        guard cursor.take(UInt8(ascii: ":"), bytes), let port = cursor.hexadecimal(bytes, digits: 4) else { return nil }
        return SocketEndpoint(address: address, port: UInt16(port))
    }

    private func word(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>) -> UInt32? {
        guard let value = cursor.hexadecimal(bytes, digits: 8) else { return nil }
        let word = UInt32(value)
        return byteOrder == .littleEndian ? word.byteSwapped : word
    }

    /// `Num: RefCount Protocol Flags Type St Inode Path`
    private func unix(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>) -> SocketRecord? {
        guard kernelAddress(&cursor, bytes), let references = cursor.hexadecimalField(bytes),
            cursor.hexadecimalField(bytes) != nil,
            let flags = cursor.hexadecimalField(bytes).flatMap(UInt32.init(exactly:)),
            let type = cursor.hexadecimalField(bytes).flatMap(UInt16.init(exactly:)),
            let rawState = cursor.hexadecimalField(bytes),
            let inode = cursor.decimalField(bytes)
        else { return nil }
        var path: RawText?
        if cursor.take(0x20, bytes), !cursor.isAtEnd {
            path = RawText(copy(bytes, cursor.position..<cursor.end))
        }
        // include/uapi/linux/net.h socket_state, shown as `ss` does.
        let isListening = flags & 0x10000 != 0
        let state: SocketState =
            switch rawState {
            case 1: isListening ? .listen : .unconnected
            case 2: .synSent
            case 3: .established
            case 4: .closing
            default: SocketState(rawValue: UInt8(truncatingIfNeeded: rawState) | 0x80)
            }
        return SocketRecord(
            table: table, inode: inode, state: state, uid: nil, receiveQueue: nil, sendQueue: nil,
            detail: .unix(UnixSocket(type: type, flags: flags, references: references, path: path)))
    }

    /// `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`
    private func netlink(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>) -> SocketRecord? {
        guard cursor.field(bytes) != nil,
            let family = cursor.decimalField(bytes).flatMap(UInt32.init(exactly:)),
            let portID = cursor.signedField(bytes),
            let groups = cursor.hexadecimalField(bytes).flatMap(UInt32.init(exactly:)),
            let received = cursor.decimalField(bytes), let sent = cursor.decimalField(bytes),
            cursor.field(bytes) != nil, cursor.field(bytes) != nil,
            let drops = cursor.decimalField(bytes), let inode = cursor.decimalField(bytes)
        else { return nil }
        return SocketRecord(
            table: table, inode: inode, state: .unconnected, uid: nil, receiveQueue: received, sendQueue: sent,
            detail: .netlink(NetlinkSocket(family: family, portID: portID, groups: groups, drops: drops)))
    }

    /// `sk RefCnt Type Proto Iface R Rmem User Inode`
    private func packet(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>) -> SocketRecord? {
        guard cursor.field(bytes) != nil, cursor.decimalField(bytes) != nil,
            let type = cursor.decimalField(bytes).flatMap(UInt16.init(exactly:)),
            let etherType = cursor.hexadecimalField(bytes).flatMap(UInt16.init(exactly:)),
            let interface = cursor.signedField(bytes), let running = cursor.decimalField(bytes),
            let received = cursor.decimalField(bytes),
            let uid = cursor.decimalField(bytes).flatMap(UInt32.init(exactly:)),
            let inode = cursor.decimalField(bytes)
        else { return nil }
        let detail = PacketSocket(type: type, etherType: etherType, interface: interface, isRunning: running != 0)
        return SocketRecord(
            table: table, inode: inode, state: .unconnected, uid: uid, receiveQueue: received, sendQueue: nil,
            detail: .packet(detail))
    }

    /// A kernel address before a colon; zeros or `(null)` where the kernel hides it.
    private func kernelAddress(_ cursor: inout FieldCursor, _ bytes: Span<UInt8>) -> Bool {
        guard let field = cursor.field(bytes), field.count > 1 else { return false }
        return bytes[field.upperBound - 1] == UInt8(ascii: ":")
    }
}
