/// The 32 bytes of a SHA-256 hash, as a value. Ordered as bytes (and so as its hex text) is.
public struct SHA256Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Number of bytes.
    public static let count = 32

    /// 32 zero bytes: what stands for "no previous hash" in chains.
    public static let zero = SHA256Digest(words: (0, 0, 0, 0))

    // Words in memory order: the bytes of this value are the bytes of the digest.
    private var first: UInt64
    private var second: UInt64
    private var third: UInt64
    private var fourth: UInt64

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (first, second, third, fourth) = words
    }

    /// A digest of exactly 32 bytes; nil if there are more or fewer.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        self = .zero
        withMutableBytes { $0.copyBytes(from: bytes) }
    }

    /// Reads 64 lower-case hex digits, and nothing else: upper case would be a second text for the same digest.
    public init?(hex: some StringProtocol) {
        self.init(hex: hex.utf8)
    }

    /// Reads 64 lower-case hex digits in ASCII, and nothing else.
    public init?(hex: some Collection<UInt8>) {
        let digits: SHA256Digest?? = hex.withContiguousStorageIfAvailable {
            SHA256Digest(digits: UnsafeRawBufferPointer($0))
        }
        guard let digest = digits ?? Array(hex).withUnsafeBytes({ SHA256Digest(digits: $0) }) else { return nil }
        self = digest
    }

    /// Eight digits at a time: an index of a million entries has 128 million.
    private init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == 2 * Self.count else { return nil }
        guard let first = Self.word(digits, 0), let second = Self.word(digits, 16), let third = Self.word(digits, 32),
            let fourth = Self.word(digits, 48)
        else { return nil }
        self.init(words: (first, second, third, fourth))
    }

    /// The eight bytes, in memory order, that 16 digits say.
    private static func word(_ digits: UnsafeRawBufferPointer, _ offset: Int) -> UInt64? {
        guard let low = half(digits, offset), let high = half(digits, offset + 8) else { return nil }
        return UInt64(littleEndian: high << 32 | low)
    }

    /// The four bytes that eight digits say, the first one lowest.
    private static func half(_ digits: UnsafeRawBufferPointer, _ offset: Int) -> UInt64? {
        let text = UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Of `0` to `9` the low four bits are the value, of `a` to `f` they are 9 less. A byte is at most 24, so none runs into the next.
        let values = (text & (ones * 0x0F)) + ((text >> 6) & ones) * 9
        // What the values are written as, which must be what stands there.
        let letters = ((values + ones * 6) >> 4) & ones
        guard values & (ones * 0xF0) == 0, values + ones * 0x30 + letters * 0x27 == text else { return nil }
        let pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let quads = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (quads | quads >> 16) & 0xFFFF_FFFF
    }

    /// The digest that `fill` writes; it must write all 32 bytes.
    init(filling fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        self = .zero
        withMutableBytes { buffer in
            let bytes = buffer.bindMemory(to: UInt8.self)
            if let start = bytes.baseAddress { fill(start) }
        }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// 64 lower-case hex digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 2 * Self.count) { buffer in
            withUnsafeBytes { source in
                for (index, byte) in source.enumerated() {
                    buffer[2 * index] = Self.digit(byte >> 4)
                    buffer[2 * index + 1] = Self.digit(byte & 15)
                }
            }
            return 2 * Self.count
        }
    }

    public var description: String { hex }

    /// Appends the 64 hex digits as ASCII: for writers of lines, without a string in between.
    public func appendHex(to output: inout [UInt8]) {
        withUnsafeBytes { source in
            output.reserveCapacity(output.count + 2 * Self.count)
            for byte in source {
                output.append(Self.digit(byte >> 4))
                output.append(Self.digit(byte & 15))
            }
        }
    }

    /// Calls `body` with the 32 bytes in place.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: self, body)
    }

    private mutating func withMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeMutableBytes(of: &self, body)
    }

    public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
        if left.first != right.first { return left.first.bigEndian < right.first.bigEndian }
        if left.second != right.second { return left.second.bigEndian < right.second.bigEndian }
        if left.third != right.third { return left.third.bigEndian < right.third.bigEndian }
        return left.fourth.bigEndian < right.fourth.bigEndian
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
