/// Writes pcapng (draft-ietf-opsawg-pcapng), the format of Wireshark, in the byte order of this machine: blocks, each of which says
/// how long it is, so that a file that was cut off can be read as far as it goes.
package struct PcapNGWriter {
    /// Where a packet was going, as option `epb_flags` has it.
    package enum Direction: UInt32 {
        case unknown = 0, inbound, outbound
    }

    /// What an interface counts, for the statistics at the end.
    package struct Statistics {
        /// That were written.
        package var delivered: UInt64 = 0
        /// That this machine had no room for; nil where that is not known of the interface by itself.
        package var dropped: UInt64?
        package init() {}
    }

    private enum Block {
        static let section: UInt32 = 0x0A0D_0D0A, interface: UInt32 = 1, packet: UInt32 = 6, statistics: UInt32 = 5
    }

    package private(set) var bytes: [UInt8] = []
    private var interfaces: UInt32 = 0

    package init() {}

    /// Gives away what was written since the last time.
    package mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// The block that every file begins with.
    package mutating func section(application: String) {
        block(Block.section) { writer in
            writer.append(0x1A2B_3C4D as UInt32)
            writer.append(1 as UInt16)
            writer.append(0 as UInt16)
            // Its length is not known.
            writer.append(UInt64.max)
            writer.option(3, Array("Linux".utf8))
            writer.option(4, Array(application.utf8))
            writer.endOfOptions()
        }
    }

    /// - Returns: its number, for ``packet(_:at:originalLength:interface:direction:)``.
    package mutating func interface(name: RawText, linkType: UInt16, snapLength: UInt32) -> UInt32 {
        block(Block.interface) { writer in
            writer.append(linkType)
            writer.append(0 as UInt16)
            writer.append(snapLength)
            writer.option(2, Array(name.escaped.utf8))
            // Times are in nanoseconds.
            writer.option(9, [9])
            writer.endOfOptions()
        }
        defer { interfaces += 1 }
        return interfaces
    }

    package mutating func packet(
        _ data: some Collection<UInt8>, at time: Timestamp, originalLength: UInt32, interface: UInt32,
        direction: Direction
    ) {
        block(Block.packet) { writer in
            writer.append(interface)
            writer.append(time: time)
            writer.append(UInt32(data.count))
            writer.append(originalLength)
            writer.append(padded: data)
            if direction != .unknown {
                writer.option(2, direction.rawValue)
                writer.endOfOptions()
            }
        }
    }

    package mutating func statistics(
        _ statistics: Statistics, interface: UInt32, from start: Timestamp, to end: Timestamp, comment: String? = nil
    ) {
        block(Block.statistics) { writer in
            writer.append(interface)
            writer.append(time: end)
            if let comment { writer.option(1, Array(comment.utf8)) }
            for (code, time) in [(2 as UInt16, start), (3, end)] {
                writer.append(code)
                writer.append(8 as UInt16)
                writer.append(time: time)
            }
            for (code, value) in [(7 as UInt16, statistics.dropped), (8, statistics.delivered)] {
                guard let value else { continue }
                writer.append(code)
                writer.append(8 as UInt16)
                writer.append(value)
            }
            writer.endOfOptions()
        }
    }

    private mutating func block(_ type: UInt32, _ body: (inout Self) -> Void) {
        let start = bytes.count
        append(type)
        append(0 as UInt32)
        body(&self)
        let length = UInt32(bytes.count - start + 4)
        append(length)
        withUnsafeBytes(of: length) { bytes.replaceSubrange(start + 4..<start + 8, with: $0) }
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(time: Timestamp) {
        let nanoseconds = UInt64(clamping: time.seconds) &* 1_000_000_000 &+ UInt64(time.nanoseconds)
        append(UInt32(truncatingIfNeeded: nanoseconds >> 32))
        append(UInt32(truncatingIfNeeded: nanoseconds))
    }

    private mutating func append(padded data: some Collection<UInt8>) {
        bytes.append(contentsOf: data)
        bytes.append(contentsOf: repeatElement(0, count: (4 - data.count % 4) % 4))
    }

    private mutating func option(_ code: UInt16, _ value: [UInt8]) {
        append(code)
        append(UInt16(clamping: value.count))
        append(padded: value.prefix(Int(UInt16.max)))
    }

    private mutating func option(_ code: UInt16, _ value: UInt32) {
        append(code)
        append(4 as UInt16)
        append(value)
    }

    private mutating func endOfOptions() {
        append(0 as UInt32)
    }
}
