/// How the frames of an interface begin, by its hardware type (`ARPHRD_…` of `<linux/if_arp.h>`), and the number that pcapng has for
/// it (tcpdump.org/linktypes.html).
package enum LinkType: Sendable, Hashable {
    /// With an Ethernet header; a loopback interface, too.
    case ethernet
    /// An IP packet, without anything before it: tun, WireGuard, tunnels of IP in IP.
    case raw
    /// Anything else: the frame's own header is left out, and "Linux cooked v2" says what is known of it.
    case cooked

    package init(hardware type: UInt16) {
        switch type {
        // ETHER, LOOPBACK.
        case 1, 772: self = .ethernet
        // PPP, RAWIP, TUNNEL, TUNNEL6, SIT, NONE.
        case 512, 519, 768, 769, 776, 0xFFFE: self = .raw
        default: self = .cooked
        }
    }

    package var number: UInt16 {
        switch self {
        case .ethernet: 1
        case .raw: 101
        case .cooked: 276
        }
    }

    /// What a file of this link type has of a frame, and how many bytes stand in it that were not in the buffer.
    func data(of frame: FrameSocket.Frame, in buffer: UnsafeRawBufferPointer) -> (bytes: [UInt8], added: Int) {
        let bytes = buffer.prefix(frame.length)
        switch self {
        case .raw: return (Array(bytes), 0)
        case .ethernet:
            // The interface took the tag out of the frame; it stood behind the two addresses.
            guard let tag = frame.tag, bytes.count >= 12 else { return (Array(bytes), 0) }
            return (bytes.prefix(12) + Self.bigEndian(tag.type) + Self.bigEndian(tag.control) + bytes.dropFirst(12), 4)
        case .cooked:
            let header =
                Self.bigEndian(frame.protocolNumber) + [0, 0] + Self.bigEndian(UInt16(frame.interface >> 16))
                + Self.bigEndian(UInt16(truncatingIfNeeded: frame.interface)) + Self.bigEndian(frame.hardwareType)
                + [frame.packetType, frame.address.length] + frame.address.bytes
            let own = min(frame.networkOffset, bytes.count)
            return (header + bytes.dropFirst(own), header.count - own)
        }
    }

    private static func bigEndian(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}

extension FrameSocket.Frame {
    /// `PACKET_OUTGOING`.
    private static var outgoing: UInt8 { 4 }

    var direction: PcapNGWriter.Direction { packetType == Self.outgoing ? .outbound : .inbound }

    /// On a loopback interface what goes out comes in again.
    var isSecondOfLoopback: Bool { hardwareType == 772 && packetType == Self.outgoing }
}
