/// Refuses deflate streams that libdeflate reads and others do not.
///
/// libdeflate gives a meaning to symbols that RFC 1951 says must not occur, to bits that are no code, and to codes that
/// are not complete. zlib and gzip refuse those, and a bundle that is called intact must be one that they read. So the
/// codes of every block are looked at, and the block is walked through where they alone do not say that all is well, or
/// where another follows. That costs little, as most members are one block.
struct DeflateGrammar: ~Copyable {
    /// What a symbol of the first code is, above its number of extra bits.
    private enum Kind {
        static let literal: UInt16 = 0
        static let length: UInt16 = 1
        static let end: UInt16 = 2
    }

    private static let literalMeanings: [UInt16] = {
        let extra: [UInt16] = [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
        ]
        return [UInt16](repeating: Kind.literal << 6, count: 256) + [Kind.end << 6]
            + extra.map { Kind.length << 6 | $0 } + [DeflateCode.isForbidden, DeflateCode.isForbidden]
    }()
    private static let distanceMeanings: [UInt16] =
        (0..<30).map { $0 < 4 ? 0 : $0 / 2 - 1 } + [DeflateCode.isForbidden, DeflateCode.isForbidden]
    private static let lengthMeanings: [UInt16] = (0..<19).map { $0 << 6 }
    /// The order in which the lengths of the code for lengths come.
    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private var literals = DeflateCode(width: 11)
    private var distances = DeflateCode(width: 9)
    private var codeLengths = DeflateCode(width: 7)
    private var fixedLiterals = DeflateCode(width: 9)
    private var fixedDistances = DeflateCode(width: 5)

    init() {
        let lengths = (0..<288).map { UInt8($0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8) }
        _ = lengths.withUnsafeBufferPointer {
            fixedLiterals.make(lengths: $0, meanings: Self.literalMeanings, isPartial: false)
        }
        _ = [UInt8](repeating: 5, count: 32).withUnsafeBufferPointer {
            fixedDistances.make(lengths: $0, meanings: Self.distanceMeanings, isPartial: false)
        }
    }

    /// Looks at the stream of `count` bytes at the front of `bytes`, which libdeflate has read to its last byte. Behind
    /// it at least eight more bytes can be read.
    mutating func check(_ bytes: UnsafeRawBufferPointer, count: Int) throws(Defect) {
        var bits = DeflateBits(bytes, count: count)
        var isLast = false
        while !isLast {
            isLast = bits.take(1) == 1
            switch bits.take(2) {
            case 0:
                guard isLast || bits.skipStored() else { throw Defect(.badFrame, "a stored block is malformed") }
            case 1:
                try Self.walk(&bits, fixedLiterals, fixedDistances)
            case 2:
                let isComplete = try readCodes(&bits)
                if !isLast || !isComplete { try Self.walk(&bits, literals, distances) }
            default:
                throw Defect(.badFrame, "a block of its deflate stream has the reserved type")
            }
        }
    }

    /// Walks to the end of a block.
    private static func walk(
        _ bits: inout DeflateBits, _ literals: borrowing DeflateCode, _ distances: borrowing DeflateCode
    ) throws(Defect) {
        while true {
            bits.skipPlain(literals, distances)
            guard bits.fill() else { throw Defect(.badFrame, "its deflate stream does not end") }
            let meaning = literals.meaning(of: bits.buffer)
            guard meaning < DeflateCode.isForbidden else {
                throw Defect(.badFrame, "its deflate stream has a code that is none")
            }
            bits.skip(meaning & 63)
            if meaning >> 6 == Kind.end { return }
            guard meaning >> 6 == Kind.length else { continue }
            let distance = distances.meaning(of: bits.buffer)
            guard distance < DeflateCode.isForbidden else {
                throw Defect(.badFrame, "its deflate stream has a distance that is none")
            }
            bits.skip(distance & 63)
        }
    }

    /// Reads the two codes of a block that brings its own (RFC 1951, section 3.2.7).
    ///
    /// - Returns: true when any bits are codes of symbols that may occur.
    private mutating func readCodes(_ bits: inout DeflateBits) throws(Defect) -> Bool {
        guard bits.fill() else { throw Self.badCodes }
        let literalCount = Int(bits.take(5)) + 257, distanceCount = Int(bits.take(5)) + 1
        let lengthCount = Int(bits.take(4)) + 4
        guard literalCount <= 286, distanceCount <= 30 else { throw Self.badCodes }
        let total = literalCount + distanceCount
        let isRight = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DeflateCode.maximumSymbols + 32) { room in
            room.initialize(repeating: 0)
            for index in 0..<lengthCount {
                guard bits.fill() else { return false }
                room[Self.lengthOrder[index]] = UInt8(bits.take(3))
            }
            guard
                codeLengths.make(
                    lengths: UnsafeBufferPointer(rebasing: room[..<19]), meanings: Self.lengthMeanings,
                    isPartial: false),
                Self.readLengths(&bits, codeLengths, into: UnsafeMutableBufferPointer(rebasing: room[..<total])),
                room[256] > 0
            else { return false }
            return literals.make(
                lengths: UnsafeBufferPointer(rebasing: room[..<literalCount]), meanings: Self.literalMeanings,
                isPartial: true)
                && distances.make(
                    lengths: UnsafeBufferPointer(rebasing: room[literalCount..<total]),
                    meanings: Self.distanceMeanings, isPartial: true)
        }
        guard isRight else { throw Self.badCodes }
        return literals.isComplete && distances.isComplete
    }

    private static let badCodes = Defect(.badFrame, "a block of its deflate stream has codes that RFC 1951 forbids")

    /// Lengths of both codes, one after the other, themselves coded.
    private static func readLengths(
        _ bits: inout DeflateBits, _ code: borrowing DeflateCode, into lengths: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        var index = 0
        while index < lengths.count {
            guard bits.fill() else { return false }
            let meaning = code.meaning(of: bits.buffer)
            guard meaning < DeflateCode.isForbidden else { return false }
            bits.skip(meaning & 63)
            let symbol = meaning >> 6
            if symbol < 16 {
                lengths[index] = UInt8(symbol)
                index += 1
                continue
            }
            guard symbol != 16 || index > 0 else { return false }
            let value = symbol == 16 ? lengths[index - 1] : 0
            let count = symbol == 16 ? 3 + bits.take(2) : symbol == 17 ? 3 + bits.take(3) : 11 + bits.take(7)
            guard index + Int(count) <= lengths.count else { return false }
            for _ in 0..<count {
                lengths[index] = value
                index += 1
            }
        }
        return true
    }
}
