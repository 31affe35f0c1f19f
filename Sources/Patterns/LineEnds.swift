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
        var total = 0
        var index = range.lowerBound
        let zero = SIMD32<UInt8>(repeating: 0), one = SIMD32<UInt8>(repeating: 1)
        while index + 32 <= range.upperBound {
            // A lane counts to 255 at most.
            let rounds = Swift.min((range.upperBound - index) / 32, 255)
            var lanes = zero
            for _ in 0..<rounds {
                let bytes = loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self)
                lanes &+= zero.replacing(with: one, where: bytes .== 0x0A)
                index += 32
            }
            total += Int(SIMD32<UInt16>(truncatingIfNeeded: lanes).wrappedSum())
        }
        while index < range.upperBound {
            if self[index] == 0x0A { total += 1 }
            index += 1
        }
        return total
    }
}
