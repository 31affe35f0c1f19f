/// One Huffman code of a deflate stream (RFC 1951, section 3.2.2) as a table of what each symbol means.
///
/// Meanings are two bytes: what the symbol stands for, and, in the low six bits, how many bits it takes. A table gives
/// the meaning for the next bits of the stream at once; codes longer than it is wide are found bit by bit.
struct DeflateCode: ~Copyable {
    /// RFC 1951, section 3.2.7.
    static let maximumLength = 15
    /// Symbols of the largest code.
    static let maximumSymbols = 288
    /// A meaning that no symbol has: the code is longer than the table is wide.
    static let isLonger: UInt16 = 0xFFC0
    /// A meaning that no symbol has: the bits are no code, or the symbol must not occur.
    static let isForbidden: UInt16 = 0xFF80

    /// True when any bits are a code.
    private(set) var isComplete = false
    private let width: Int
    let table: UnsafeMutablePointer<UInt16>
    /// The bits of the stream that are an index of `table`.
    let mask: UInt64
    /// Meanings of the symbols in the order of their codes, without those that have none.
    private let sorted: UnsafeMutablePointer<UInt16>
    /// How many codes have each length.
    private let counts: UnsafeMutablePointer<Int>

    /// A code without symbols.
    init(width: Int) {
        self.width = width
        mask = 1 << UInt64(width) - 1
        table = .allocate(capacity: 1 << width)
        table.initialize(repeating: Self.isForbidden, count: 1 << width)
        sorted = .allocate(capacity: Self.maximumSymbols)
        sorted.initialize(repeating: Self.isForbidden, count: Self.maximumSymbols)
        counts = .allocate(capacity: Self.maximumLength + 1)
        counts.initialize(repeating: 0, count: Self.maximumLength + 1)
    }

    deinit {
        table.deallocate()
        sorted.deallocate()
        counts.deallocate()
    }

    /// Makes the code of these lengths, one for each symbol, 0 for those that do not occur.
    ///
    /// - Parameters:
    ///   - meanings: at least as many as there are lengths; the bits that follow the code itself in the low six.
    ///   - isPartial: lets a code have just one symbol, of one bit, or none.
    /// - Returns: false when there are too many codes or too few.
    mutating func make(lengths: UnsafeBufferPointer<UInt8>, meanings: [UInt16], isPartial: Bool) -> Bool {
        counts.update(repeating: 0, count: Self.maximumLength + 1)
        for length in lengths { counts[Int(length)] += 1 }
        let unused = counts[0]
        counts[0] = 0
        var left = 1
        for length in 1...Self.maximumLength {
            left = left << 1 - counts[length]
            guard left >= 0 else { return false }
        }
        let used = lengths.count - unused
        guard left == 0 || isPartial && (used == 0 || used == 1 && counts[1] == 1) else { return false }
        isComplete = left == 0
        if !isComplete { table.update(repeating: Self.isForbidden, count: 1 << width) }
        fill(lengths: lengths, meanings: meanings)
        return true
    }

    private func fill(lengths: UnsafeBufferPointer<UInt8>, meanings: [UInt16]) {
        withUnsafeTemporaryAllocation(of: (code: Int, place: Int).self, capacity: Self.maximumLength + 1) { next in
            // The first code of each length, and its place in `sorted`.
            var code = 0, place = 0
            for length in 1...Self.maximumLength {
                code = (code + counts[length - 1]) << 1
                next[length] = (code, place)
                place += counts[length]
            }
            for symbol in 0..<lengths.count where lengths[symbol] > 0 {
                let length = Int(lengths[symbol])
                let (code, place) = next[length]
                next[length] = (code + 1, place + 1)
                let meaning = meanings[symbol]
                sorted[place] = meaning < Self.isForbidden ? meaning + UInt16(length) : meaning
                // Codes begin with their highest bit, which is the lowest of the stream.
                let reversed = Int((UInt16(code).bitSwapped) >> (16 - UInt16(length)))
                if length <= width {
                    for index in Swift.stride(from: reversed, to: 1 << width, by: 1 << length) {
                        table[index] = sorted[place]
                    }
                } else {
                    table[reversed & (1 << width - 1)] = Self.isLonger
                }
            }
        }
    }

    /// The meaning of the code that these bits begin with.
    @inline(__always)
    func meaning(of bits: UInt64) -> UInt16 {
        let found = table[Int(bits & mask)]
        return found == Self.isLonger ? longMeaning(of: bits) : found
    }

    private func longMeaning(of bits: UInt64) -> UInt16 {
        var bits = bits
        var code = 0, first = 0, place = 0
        for length in 1...Self.maximumLength {
            code = code << 1 | Int(bits & 1)
            bits >>= 1
            let count = counts[length]
            if code - first < count { return sorted[place + code - first] }
            place += count
            first = (first + count) << 1
        }
        return Self.isForbidden
    }
}

extension UInt16 {
    /// The bits in reverse order.
    fileprivate var bitSwapped: UInt16 {
        var value = self
        value = (value & 0x5555) << 1 | value >> 1 & 0x5555
        value = (value & 0x3333) << 2 | value >> 2 & 0x3333
        value = (value & 0x0F0F) << 4 | value >> 4 & 0x0F0F
        return value.byteSwapped
    }
}
