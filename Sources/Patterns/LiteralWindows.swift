/// The windows of literals that have the same width, and where they are found.
///
/// In a window the bit 0x20 of each byte is set, so that letters of either case are the same; what else becomes the same is told apart when
/// the literal is compared.
struct LiteralWindows: Sendable {
    private struct Slot: Sendable {
        var key: UInt64 = 0
        /// Into `entries`.
        var start: UInt32 = 0
        /// 0: the slot is free.
        var count: UInt32 = 0
    }

    private struct Entry: Sendable {
        let literal: UInt32
        /// Where the window is in it.
        let offset: UInt32
    }

    private static let fold: UInt64 = 0x2020_2020_2020_2020
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// Of the literal that has its window farthest from its beginning.
    private var farthest = 0
    private let width: Int
    private let mask: UInt64
    /// A bit for each hash of a window.
    private var filter: [UInt64]
    private let filterShift: UInt64
    private var slots: [Slot]
    private let slotShift: UInt64
    private var entries: [Entry]

    /// - Parameter literal: gives the bytes of one, at least `width` of them.
    init(width: Int, _ literals: [UInt32], _ literal: (UInt32) -> [UInt8]) {
        self.width = width
        mask = width == 8 ? .max : (1 << UInt64(8 * width)) - 1
        // 32 to 64 bits a window: at most 3 % of other places pass. It stays in a cache that is near as long as it can.
        let size = Self.bits(literals.count)
        filterShift = UInt64(64 - min(max(size + 5, 15), 26))
        filter = [UInt64](repeating: 0, count: 1 << (64 - Int(filterShift) - 6))
        slotShift = UInt64(64 - (size + 1))
        slots = [Slot](repeating: Slot(), count: 1 << (size + 1))
        entries = []

        var crowd = [UInt8](repeating: 0, count: 1 << min(max(size + 2, 8), 22))
        var chosen: [(key: UInt64, entry: Entry)] = []
        chosen.reserveCapacity(literals.count)
        for index in literals {
            let bytes = literal(index)
            let (key, offset) = Self.window(of: bytes, width, &crowd)
            chosen.append((key, Entry(literal: index, offset: UInt32(offset))))
            farthest = max(farthest, offset)
        }
        chosen.sort { $0.key < $1.key }
        entries = chosen.map(\.entry)
        var start = 0
        while start < chosen.count {
            let key = chosen[start].key
            let end = chosen[start...].firstIndex { $0.key != key } ?? chosen.count
            var slot = Int((key &* Self.factor) >> slotShift)
            while slots[slot].count > 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Slot(key: key, start: UInt32(start), count: UInt32(end - start))
            let bit = (key &* Self.factor) >> filterShift
            filter[Int(bit >> 6)] |= 1 << (bit & 63)
            start = end
        }
    }

    /// How many bits it takes to count to it.
    private static func bits(_ count: Int) -> Int { max(1, Int.bitWidth - count.leadingZeroBitCount) }

    /// The window of a literal that is rarest in text, and among the literals before it.
    private static func window(of bytes: [UInt8], _ width: Int, _ crowd: inout [UInt8]) -> (key: UInt64, offset: Int) {
        var best = (key: UInt64(0), offset: 0, place: 0, cost: Int.max)
        for offset in 0...min(bytes.count - width, LiteralSet.mostOffsets - 1) {
            var key: UInt64 = 0
            var cost = 0
            for index in (0..<width).reversed() {
                let byte = bytes[offset + index]
                key = key << 8 | UInt64(byte | 0x20)
                cost += LiteralFinder.frequency(of: byte)
            }
            let place = Int(truncatingIfNeeded: (key &* factor) >> 32) & (crowd.count - 1)
            cost += 60 * Int(crowd[place])
            if cost < best.cost { best = (key, offset, place, cost) }
        }
        if crowd[best.place] < .max { crowd[best.place] += 1 }
        return (best.key, best.offset)
    }

    /// Hands out literals that may begin in `starts`, of which the window is as it should be.
    func find(
        in text: UnsafeRawBufferPointer, beginning starts: Range<Int>, _ body: (UInt32, Int) throws -> Void
    ) rethrows {
        guard let base = text.baseAddress, !starts.isEmpty, text.count >= width else { return }
        var place = starts.lowerBound
        let end = min(starts.upperBound + farthest, text.count - width + 1)
        let fastEnd = min(end, text.count - 10)
        let (mask, shift) = (mask, filterShift)
        try filter.withUnsafeBufferPointer { filter in
            guard let filter = filter.baseAddress else { return }
            func bit(_ word: UInt64) -> UInt64 {
                let hash = ((word & mask) &* Self.factor) >> shift
                return filter[Int(truncatingIfNeeded: hash >> 6)] >> (hash & 63)
            }
            func word(_ place: Int) -> UInt64 {
                UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self)) | Self.fold
            }
            while place < fastEnd {
                // Four at a time, as most of them are nothing.
                guard place + 4 <= fastEnd else { break }
                let (first, second, third, fourth) = (word(place), word(place + 1), word(place + 2), word(place + 3))
                let bits = (bit(first), bit(second), bit(third), bit(fourth))
                if (bits.0 | bits.1 | bits.2 | bits.3) & 1 != 0 {
                    if bits.0 & 1 != 0 { try look(up: first & mask, at: place, starts, body) }
                    if bits.1 & 1 != 0 { try look(up: second & mask, at: place + 1, starts, body) }
                    if bits.2 & 1 != 0 { try look(up: third & mask, at: place + 2, starts, body) }
                    if bits.3 & 1 != 0 { try look(up: fourth & mask, at: place + 3, starts, body) }
                }
                place += 4
            }
            // Where eight bytes cannot be read at once any more.
            while place < end {
                var key: UInt64 = 0
                for index in (0..<width).reversed() { key = key << 8 | UInt64(text[place + index] | 0x20) }
                if bit(key) & 1 != 0 { try look(up: key, at: place, starts, body) }
                place += 1
            }
        }
    }

    private func look(
        up key: UInt64, at place: Int, _ starts: Range<Int>, _ body: (UInt32, Int) throws -> Void
    ) rethrows {
        var slot = Int((key &* Self.factor) >> slotShift)
        while slots[slot].count > 0 {
            if slots[slot].key == key {
                let first = Int(slots[slot].start)
                for entry in entries[first..<first + Int(slots[slot].count)] {
                    let start = place - Int(entry.offset)
                    if starts.contains(start) { try body(entry.literal, start) }
                }
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
    }
}
