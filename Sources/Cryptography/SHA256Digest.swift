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
        guard hex.count == 2 * Self.count else { return nil }
        self = .zero
        let complete = withMutableBytes { target in
            var position = hex.startIndex
            for index in 0..<Self.count {
                guard let high = Self.value(ofDigit: hex[position]) else { return false }
                hex.formIndex(after: &position)
                guard let low = Self.value(ofDigit: hex[position]) else { return false }
                hex.formIndex(after: &position)
                target[index] = high << 4 | low
            }
            return true
        }
        if !complete { return nil }
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

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
