/// The bits of a deflate stream, the lowest of each byte first. Bits behind its end are those of what follows.
struct DeflateBits {
    private let bytes: UnsafeRawBufferPointer
    private let count: Int
    /// Index of the first byte that is not wholly in `buffer`.
    private var next = 0
    /// The next bits; above `available` of them, parts of bytes that come again.
    private(set) var buffer: UInt64 = 0
    private var available: UInt64 = 0

    /// The stream of `count` bytes at the front of `bytes`, behind which at least eight more can be read.
    init(_ bytes: UnsafeRawBufferPointer, count: Int) {
        precondition(count <= bytes.count - 8)
        self.bytes = bytes
        self.count = count
    }

    /// Makes at least 56 bits available: a length, a distance and all that belongs to them are 48. False when it is
    /// behind the end of the stream already.
    @inline(__always)
    mutating func fill() -> Bool {
        if available >= 48 { return true }
        if next <= count {
            buffer |= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self)) &<< available
        } else if position > 8 * count {
            return false
        }
        next += Int((63 - available) >> 3)
        available |= 56
        return true
    }

    /// Consumes bits that are available.
    @inline(__always)
    mutating func skip(_ count: UInt16) {
        buffer &>>= UInt64(count)
        available &-= UInt64(count)
    }

    /// Consumes up to 16 bits and returns them; zeros when the stream is over.
    mutating func take(_ count: UInt16) -> UInt64 {
        guard fill() else { return 0 }
        let taken = buffer & (1 << UInt64(count) - 1)
        skip(count)
        return taken
    }

    /// Consumed bits.
    private var position: Int { 8 * next - Int(available) }

    /// Skips what follows the header of a stored block; false when that is not all there.
    mutating func skipStored() -> Bool {
        let start = (position + 7) / 8
        guard start + 4 <= count else { return false }
        let length = bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self).littleEndian
        next = start + 4 + Int(length)
        buffer = 0
        available = 0
        return next <= count
    }

    /// Skips literals, and lengths with their distances, while their codes are in the tables, which nearly all are; no
    /// branch depends on what they are. Stops before a code that is not, or the end of a block.
    mutating func skipPlain(_ literals: borrowing DeflateCode, _ distances: borrowing DeflateCode) {
        guard let start = bytes.baseAddress else { return }
        var next = next, buffer = buffer, available = available
        let firstMask = literals.mask, secondMask = distances.mask
        let first = literals.table, second = distances.table
        while next <= count {
            buffer |= UInt64(littleEndian: start.loadUnaligned(fromByteOffset: next, as: UInt64.self)) &<< available
            next &+= Int(truncatingIfNeeded: (63 &- available) &>> 3)
            available |= 56
            let meaning = UInt64(truncatingIfNeeded: first[Int(truncatingIfNeeded: buffer & firstMask)])
            let rest = buffer &>> (meaning & 63)
            // All ones for a length, all zeros for a literal.
            let isLength = 0 &- (meaning &>> 6 & 1)
            let distance = UInt64(truncatingIfNeeded: second[Int(truncatingIfNeeded: rest & secondMask)]) & isLength
            if meaning | distance >= 128 { break }
            buffer = rest &>> distance
            available &-= (meaning & 63) &+ distance
        }
        self.next = next
        self.buffer = buffer
        self.available = available
    }
}
