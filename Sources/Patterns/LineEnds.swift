internal import Glibc

/// Line ends (LF) in text, found fast.
extension UnsafeRawBufferPointer {
    /// The first LF from `start`.
    public func lineEnd(from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, 0x0A, count - start) else {
            return nil
        }
        return base.distance(to: UnsafeRawPointer(found))
    }

    /// The last LF before `end`.
    public func lastLineEnd(before end: Int) -> Int? {
        var index = end
        // Eight bytes at once: one that is an LF becomes zero, and a zero has a borrow in its highest bit.
        while index >= 8 {
            let word = loadUnaligned(fromByteOffset: index - 8, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
            if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { break }
            index -= 8
        }
        while index > 0 {
            index -= 1
            if self[index] == 0x0A { return index }
        }
        return nil
    }

    /// How many LFs there are in `range`.
    public func lineEnds(in range: Range<Int>) -> Int {
        guard let base = baseAddress else { return 0 }
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var total = 0
        var index = range.lowerBound
        // Eight bytes at once: each adds 1 to its own byte of `lanes` if it is an LF, which goes 255 times.
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F, even: UInt64 = 0x00FF_00FF_00FF_00FF
        while index + 8 <= range.upperBound {
            let end = index + 8 * Swift.min((range.upperBound - index) / 8, 255)
            var lanes: UInt64 = 0
            while index < end {
                let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
                lanes &+= ~(((word & low) &+ low) | word | low) >> 7
                index &+= 8
            }
            total += Int((((lanes & even) &+ (lanes >> 8 & even)) &* 0x0001_0001_0001_0001) >> 48)
        }
        while index < range.upperBound {
            if self[index] == 0x0A { total += 1 }
            index += 1
        }
        return total
    }
}
