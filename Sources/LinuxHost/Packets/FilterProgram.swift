/// A program for the kernel's classic packet filter (Documentation/networking/filter.rst, `<linux/filter.h>`): it runs for each
/// packet before that is copied, and says how many bytes of it are wanted.
///
/// Every load is relative to the network header (`SKF_NET_OFF`), and the protocol is the kernel's own word (`SKF_AD_PROTOCOL`), so
/// that one program fits interfaces of every link type. A load beyond the packet ends the program with 0: the packet is not wanted.
package struct FilterProgram: Sendable {
    /// `struct sock_filter`.
    package struct Instruction: Sendable, Hashable {
        package var code: UInt16
        package var jumpTrue: UInt8 = 0
        package var jumpFalse: UInt8 = 0
        package var operand: UInt32 = 0
    }

    /// Where jumps go to. All are forward: the kernel takes no others.
    private enum Label: Hashable {
        case ipv4, ipv6, arp, accept, reject
        case numbered(Int)
    }

    private enum Code {
        static let loadWord: UInt16 = 0x20, loadHalf: UInt16 = 0x28, loadByte: UInt16 = 0x30
        static let loadHalfIndexed: UInt16 = 0x48
        static let and: UInt16 = 0x54, shiftLeft: UInt16 = 0x64, toIndex: UInt16 = 0x07
        static let jump: UInt16 = 0x05, ifEqual: UInt16 = 0x15, ifSet: UInt16 = 0x45
        static let give: UInt16 = 0x06
    }

    /// `SKF_NET_OFF`, `SKF_AD_OFF` + `SKF_AD_PROTOCOL`.
    private static let network = UInt32(bitPattern: -0x100000)
    private static let linkProtocol = UInt32(bitPattern: -0x1000)
    /// Those that have ports in the first four bytes behind the IP header.
    private static let withPorts: [UInt8] = [6, 17, 132]

    package private(set) var instructions: [Instruction] = []
    private var places: [Label: Int] = [:]
    private var jumps: [(at: Int, to: Label)] = []
    private var labels = 0

    /// - Parameter length: bytes that are wanted of a packet that fits.
    package init(_ filter: PacketFilter, length: UInt32) {
        if !filter.isEmpty {
            load(Code.loadWord, Self.linkProtocol)
            when(0x0800, go: .ipv4)
            when(0x86DD, go: .ipv6)
            when(0x0806, go: .arp)
            go(.reject)
            place(.ipv4)
            ipv4(filter)
            place(.ipv6)
            ipv6(filter)
            place(.arp)
            arp(filter)
        }
        place(.accept)
        append(Code.give, length)
        place(.reject)
        append(Code.give, 0)
        for jump in jumps {
            instructions[jump.at].operand = UInt32((places[jump.to] ?? jump.at + 1) - jump.at - 1)
        }
    }

    private mutating func ipv4(_ filter: PacketFilter) {
        protocols(filter, at: 9)
        hosts(filter, .ipv4, source: 12, destination: 16)
        if !filter.ports.isEmpty {
            portsMayFollow(at: 9)
            load(Code.loadHalf, Self.network &+ 6)
            // Not the first fragment: 13 bits of its place.
            append(Instruction(code: Code.ifSet, jumpTrue: 0, jumpFalse: 1, operand: 0x1FFF))
            go(.reject)
            load(Code.loadByte, Self.network)
            append(Code.and, 0x0F)
            append(Code.shiftLeft, 2)
            append(Code.toIndex, 0)
            ports(filter) { $0.append(Code.loadHalfIndexed, Self.network &+ $1) }
        }
        go(.accept)
    }

    private mutating func ipv6(_ filter: PacketFilter) {
        protocols(filter, at: 6)
        hosts(filter, .ipv6, source: 8, destination: 24)
        if !filter.ports.isEmpty {
            portsMayFollow(at: 6)
            ports(filter) { $0.load(Code.loadHalf, Self.network &+ 40 &+ $1) }
        }
        go(.accept)
    }

    private mutating func arp(_ filter: PacketFilter) {
        guard filter.protocols.isEmpty || filter.protocols.contains(.arp), filter.ports.isEmpty else {
            return go(.reject)
        }
        // Of Ethernet and IPv4 (RFC 826): the addresses stand behind those of six bytes.
        hosts(filter, .ipv4, source: 14, destination: 24)
        go(.accept)
    }

    private mutating func protocols(_ filter: PacketFilter, at offset: UInt32) {
        guard !filter.protocols.isEmpty else { return }
        let fits = label()
        load(Code.loadByte, Self.network &+ offset)
        for number in filter.protocols.compactMap(\.number) { when(UInt32(number), go: fits) }
        go(.reject)
        place(fits)
    }

    private mutating func hosts(
        _ filter: PacketFilter, _ family: IPAddress.Family, source: UInt32, destination: UInt32
    ) {
        guard !filter.hosts.isEmpty else { return }
        let fits = label()
        for host in filter.hosts where host.family == family {
            for side in [source, destination] {
                let other = label()
                for (index, word) in words(of: host) {
                    load(Code.loadWord, Self.network &+ side &+ UInt32(index * 4))
                    if word.mask != .max { append(Code.and, word.mask) }
                    append(Instruction(code: Code.ifEqual, jumpTrue: 1, jumpFalse: 0, operand: word.value))
                    go(other)
                }
                go(fits)
                place(other)
            }
        }
        go(.reject)
        place(fits)
    }

    private func words(of host: AddressRange) -> [(Int, (value: UInt32, mask: UInt32))] {
        Array(host.words.enumerated())
    }

    private mutating func portsMayFollow(at offset: UInt32) {
        let fits = label()
        load(Code.loadByte, Self.network &+ offset)
        for number in Self.withPorts { when(UInt32(number), go: fits) }
        go(.reject)
        place(fits)
    }

    private mutating func ports(_ filter: PacketFilter, load: (inout Self, UInt32) -> Void) {
        for offset: UInt32 in [0, 2] {
            load(&self, offset)
            for port in filter.ports { when(UInt32(port), go: .accept) }
        }
        go(.reject)
    }

    // MARK: Assembly

    private mutating func append(_ instruction: Instruction) {
        instructions.append(instruction)
    }

    private mutating func append(_ code: UInt16, _ operand: UInt32) {
        append(Instruction(code: code, operand: operand))
    }

    private mutating func load(_ code: UInt16, _ place: UInt32) {
        append(code, place)
    }

    /// A conditional jump reaches 255 instructions at most, an unconditional one any: so each has one of those behind it.
    private mutating func when(_ value: UInt32, go label: Label) {
        append(Instruction(code: Code.ifEqual, jumpTrue: 0, jumpFalse: 1, operand: value))
        go(label)
    }

    private mutating func go(_ label: Label) {
        jumps.append((instructions.count, label))
        append(Code.jump, 0)
    }

    private mutating func label() -> Label {
        labels += 1
        return .numbered(labels)
    }

    private mutating func place(_ label: Label) {
        places[label] = instructions.count
    }
}
