/// Reads one message of sock_diag's answer.
package struct SocketDiagnosisDecoder {
    package let table: SocketTableName

    package init(table: SocketTableName) {
        self.table = table
    }

    /// The socket, or nil if the message is shorter than its kind, or of another family.
    package func decode(_ message: RawSpan) -> SocketRecord? {
        guard message.netlink(0, as: UInt8.self) == table.family else { return nil }
        var record: SocketRecord? =
            switch table {
            case .tcp, .tcp6, .udp, .udp6, .udplite, .udplite6, .raw, .raw6: internet(message)
            case .unix: unix(message)
            case .netlink: netlink(message)
            case .packet: packet(message)
            case .vsock: vsock(message)
            }
        record?.via = .netlink
        return record
    }

    /// struct inet_diag_msg: family, state, timer, retransmissions; ports, addresses, interface, cookie; expires, queues, uid,
    /// inode: 72 bytes.
    private func internet(_ message: RawSpan) -> SocketRecord? {
        guard message.byteCount >= 72, let state = message.netlink(1, as: UInt8.self),
            let timer = message.netlink(2, as: UInt8.self), let retransmits = message.netlink(3, as: UInt8.self),
            let local = endpoint(message, port: 4, address: 8), let remote = endpoint(message, port: 6, address: 24),
            let interface = message.netlink(40, as: UInt32.self), let cookie = cookie(message, 44),
            let expires = message.netlink(52, as: UInt32.self), let received = message.netlink(56, as: UInt32.self),
            let sending = message.netlink(60, as: UInt32.self), let uid = message.netlink(64, as: UInt32.self),
            let inode = message.netlink(68, as: UInt32.self)
        else { return nil }
        var diagnosis = SocketDiagnosis(cookie: cookie)
        if interface != 0 { diagnosis.interface = interface }
        Netlink.forEachAttribute(of: message, from: 72) { type, value in
            switch type {
            case 2: diagnosis.transmission = transmission(value)
            case 4: diagnosis.congestionControl = text(value)
            case 7: diagnosis.memory = memory(value)
            case 8: diagnosis.shutdown = value.netlink(0, as: UInt8.self)
            case 15: diagnosis.mark = value.netlink(0, as: UInt32.self)
            case 21: diagnosis.controlGroup = value.netlink(0, as: UInt64.self)
            default: break
            }
        }
        let isTCP = table == .tcp || table == .tcp6
        let isListening = isTCP && state == SocketState.listen.rawValue
        // What inet_diag calls the send queue of a listening socket is the length of its backlog; procfs says 0.
        if isListening { diagnosis.backlogLimit = sending }
        let detail = InternetSocket(
            local: local, remote: remote, timer: SocketTimer(rawValue: timer),
            timerCentiseconds: UInt64(expires) / 10, retransmits: UInt64(retransmits),
            drops: isTCP ? nil : (diagnosis.memory?.drops).map(UInt64.init))
        var record = SocketRecord(
            table: table, inode: UInt64(inode), state: SocketState(rawValue: state), uid: uid,
            receiveQueue: UInt64(received), sendQueue: isListening ? 0 : UInt64(sending), detail: .internet(detail))
        record.diagnosis = diagnosis
        return record
    }

    /// Addresses and ports are in the order of the network.
    private func endpoint(_ message: RawSpan, port: Int, address: Int) -> SocketEndpoint? {
        guard let number = message.netlink(port, as: UInt16.self) else { return nil }
        if table.family == 2 {
            guard let word = message.netlink(address, as: UInt32.self) else { return nil }
            return SocketEndpoint(
                address: IPAddress(ipv4: UInt32(bigEndian: word)), port: UInt16(bigEndian: number))
        }
        guard let high = message.netlink(address, as: UInt64.self),
            let low = message.netlink(address + 8, as: UInt64.self)
        else { return nil }
        return SocketEndpoint(
            address: IPAddress(ipv6: UInt64(bigEndian: high), UInt64(bigEndian: low)), port: UInt16(bigEndian: number))
    }

    /// Two words, the lower first.
    private func cookie(_ message: RawSpan, _ offset: Int) -> UInt64? {
        guard let low = message.netlink(offset, as: UInt32.self),
            let high = message.netlink(offset + 4, as: UInt32.self)
        else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    private func text(_ value: RawSpan) -> String? {
        let bytes = value.netlinkText(0..<min(value.byteCount, 16))
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// `SK_MEMINFO_…`: words; drops (8) since Linux 4.7.
    private func memory(_ value: RawSpan) -> SocketMemory? {
        guard let received = value.netlink(0, as: UInt32.self), let receiveLimit = value.netlink(4, as: UInt32.self),
            let sending = value.netlink(8, as: UInt32.self), let sendLimit = value.netlink(12, as: UInt32.self)
        else { return nil }
        return SocketMemory(
            received: received, receiveLimit: receiveLimit, sending: sending, sendLimit: sendLimit,
            drops: value.netlink(32, as: UInt32.self))
    }

    /// `struct tcp_info`: it grew with the kernel; what an older one does not have is nil.
    private func transmission(_ value: RawSpan) -> TransmissionInformation? {
        func word(_ offset: Int) -> UInt32? { value.netlink(offset, as: UInt32.self) }
        guard let timeout = word(8), let segment = word(16), let lost = word(32), let sent = word(44),
            let received = word(52), let roundTrip = word(68), let variance = word(72), let window = word(80),
            let retransmitted = word(100)
        else { return nil }
        let least = word(148)
        return TransmissionInformation(
            retransmissionTimeout: timeout, roundTrip: roundTrip, roundTripVariance: variance,
            leastRoundTrip: least == .max || least == 0 ? nil : least, congestionWindow: window,
            segmentBytes: segment, lost: lost, retransmitted: retransmitted, sinceSent: sent, sinceReceived: received,
            bytesAcknowledged: value.netlink(120, as: UInt64.self), bytesReceived: value.netlink(128, as: UInt64.self),
            bytesSent: value.netlink(200, as: UInt64.self))
    }

    /// struct unix_diag_msg: family, type, state, padding, inode, cookie: 16 bytes.
    private func unix(_ message: RawSpan) -> SocketRecord? {
        guard let type = message.netlink(1, as: UInt8.self), let state = message.netlink(2, as: UInt8.self),
            let inode = message.netlink(4, as: UInt32.self), let cookie = cookie(message, 8)
        else { return nil }
        var diagnosis = SocketDiagnosis(cookie: cookie)
        var path: RawText?
        var uid: UInt32?
        var queues: (UInt32, UInt32)?
        Netlink.forEachAttribute(of: message, from: 16) { attribute, value in
            switch attribute {
            case 0: path = name(value)
            case 2: diagnosis.peerInode = value.netlink(0, as: UInt32.self).flatMap { $0 == 0 ? nil : UInt64($0) }
            case 4:
                if let received = value.netlink(0, as: UInt32.self), let sending = value.netlink(4, as: UInt32.self) {
                    queues = (received, sending)
                }
            case 5: diagnosis.memory = memory(value)
            case 6: diagnosis.shutdown = value.netlink(0, as: UInt8.self)
            case 7: uid = value.netlink(0, as: UInt32.self)
            default: break
            }
        }
        let isListening = state == SocketState.listen.rawValue
        if isListening { diagnosis.backlogLimit = queues?.1 }
        let detail = UnixSocket(type: UInt16(type), flags: isListening ? 0x10000 : 0, references: nil, path: path)
        var record = SocketRecord(
            table: table, inode: UInt64(inode), state: SocketState(rawValue: state), uid: uid,
            receiveQueue: queues.map { UInt64($0.0) }, sendQueue: isListening ? 0 : queues.map { UInt64($0.1) },
            detail: .unix(detail))
        record.diagnosis = diagnosis
        return record
    }

    /// The name as procfs shows it: a path, or of an abstract name `@` in place of each NUL.
    private func name(_ value: RawSpan) -> RawText? {
        guard let first = value.netlink(0, as: UInt8.self) else { return nil }
        // sun_path has 108 bytes.
        let count = min(value.byteCount, 108)
        if first != 0 { return RawText(value.netlinkText(0..<count)) }
        return RawText(
            (0..<count).map {
                let byte = value.netlink($0, as: UInt8.self) ?? 0
                return byte == 0 ? UInt8(ascii: "@") : byte
            })
    }

    /// struct netlink_diag_msg: family, type, protocol, state, port, its peer's, group, inode, cookie: 28 bytes.
    private func netlink(_ message: RawSpan) -> SocketRecord? {
        guard let family = message.netlink(2, as: UInt8.self), let port = message.netlink(4, as: UInt32.self),
            let inode = message.netlink(16, as: UInt32.self), let cookie = cookie(message, 20)
        else { return nil }
        var diagnosis = SocketDiagnosis(cookie: cookie)
        var groups: UInt32 = 0
        Netlink.forEachAttribute(of: message, from: 28) { type, value in
            switch type {
            case 0: diagnosis.memory = memory(value)
            case 1: groups = value.netlink(0, as: UInt32.self) ?? 0
            default: break
            }
        }
        let detail = NetlinkSocket(
            family: UInt32(family), portID: Int64(port), groups: groups, drops: UInt64(diagnosis.memory?.drops ?? 0))
        var record = SocketRecord(
            table: table, inode: UInt64(inode), state: .unconnected, uid: nil,
            receiveQueue: (diagnosis.memory?.received).map(UInt64.init),
            sendQueue: (diagnosis.memory?.sending).map(UInt64.init), detail: .netlink(detail))
        record.diagnosis = diagnosis
        return record
    }

    /// struct packet_diag_msg: family, type, EtherType, inode, cookie: 16 bytes.
    private func packet(_ message: RawSpan) -> SocketRecord? {
        guard let type = message.netlink(1, as: UInt8.self), let etherType = message.netlink(2, as: UInt16.self),
            let inode = message.netlink(4, as: UInt32.self), let cookie = cookie(message, 8)
        else { return nil }
        var diagnosis = SocketDiagnosis(cookie: cookie)
        var interface: UInt32 = 0
        var flags: UInt32 = 0
        var uid: UInt32?
        Netlink.forEachAttribute(of: message, from: 16) { attribute, value in
            switch attribute {
            case 0:
                // struct packet_diag_info: index, version, reserve, copy threshold, time stamp, flags.
                interface = value.netlink(0, as: UInt32.self) ?? 0
                flags = value.netlink(20, as: UInt32.self) ?? 0
            case 5: uid = value.netlink(0, as: UInt32.self)
            case 6: diagnosis.memory = memory(value)
            default: break
            }
        }
        let detail = PacketSocket(
            type: UInt16(type), etherType: etherType, interface: Int64(interface), isRunning: flags & 1 != 0)
        var record = SocketRecord(
            table: table, inode: UInt64(inode), state: .unconnected, uid: uid,
            receiveQueue: (diagnosis.memory?.received).map(UInt64.init), sendQueue: nil, detail: .packet(detail))
        record.diagnosis = diagnosis
        return record
    }

    /// struct vsock_diag_msg: family, type, state, shutdown, context and port of either end, inode, cookie: 32 bytes.
    private func vsock(_ message: RawSpan) -> SocketRecord? {
        guard let type = message.netlink(1, as: UInt8.self), let state = message.netlink(2, as: UInt8.self),
            let shutdown = message.netlink(3, as: UInt8.self), let localContext = message.netlink(4, as: UInt32.self),
            let localPort = message.netlink(8, as: UInt32.self),
            let remoteContext = message.netlink(12, as: UInt32.self),
            let remotePort = message.netlink(16, as: UInt32.self), let inode = message.netlink(20, as: UInt32.self),
            let cookie = cookie(message, 24)
        else { return nil }
        var record = SocketRecord(
            table: table, inode: UInt64(inode), state: SocketState(rawValue: state), uid: nil, receiveQueue: nil,
            sendQueue: nil,
            detail: .vsock(
                VirtualMachineSocket(
                    type: UInt16(type), localContext: localContext, localPort: localPort,
                    remoteContext: remoteContext, remotePort: remotePort)))
        var diagnosis = SocketDiagnosis(cookie: cookie)
        diagnosis.shutdown = shutdown
        record.diagnosis = diagnosis
        return record
    }
}
