/// ``TerminalText`` for a stream of bytes: chunks may end inside a character.
public struct TerminalFilter: Sendable {
    private let kept: TerminalText.Kept
    /// The beginning of a character whose rest has not come yet, at most three bytes.
    private var pending: [UInt8] = []

    public init(keeping kept: TerminalText.Kept = [.newline, .tab]) {
        self.kept = kept
    }

    /// Appends the safe form of the next bytes to `output`.
    public mutating func append(_ chunk: some Collection<UInt8>, to output: inout [UInt8]) {
        let bytes = pending + chunk
        let end = bytes.count - Self.incompleteTail(bytes)
        pending = Array(bytes[end...])
        escape(bytes[..<end], to: &output)
    }

    /// Appends what was held back: at the end of the stream it is not a character any more.
    public mutating func finish(to output: inout [UInt8]) {
        escape(pending[...], to: &output)
        pending = []
    }

    private func escape(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let start = index
            while index < bytes.endIndex, bytes[index] &- 0x20 < 0x5F { index += 1 }
            if start < index { output.append(contentsOf: bytes[start..<index]) }
            guard index < bytes.endIndex else { return }
            guard let (scalar, length) = Self.decode(bytes[index...]) else {
                output.append(contentsOf: TerminalText.spelling(of: Unicode.Scalar(bytes[index])).utf8)
                index += 1
                continue
            }
            if TerminalText.isShown(scalar, kept) {
                output.append(contentsOf: bytes[index..<index + length])
            } else {
                output.append(contentsOf: TerminalText.spelling(of: scalar).utf8)
            }
            index += length
        }
    }

    /// The bytes that a UTF-8 sequence starting with `lead` has; 0 when none starts so (RFC 3629, section 4).
    private static func length(lead: UInt8) -> Int {
        switch lead {
        case 0..<0x80: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, length: Int)? {
        guard let lead = bytes.first else { return nil }
        let count = length(lead: lead)
        guard count > 0, bytes.count >= count else { return nil }
        if count == 1 { return (Unicode.Scalar(lead), 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(count))
        for byte in bytes.dropFirst().prefix(count - 1) {
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
        guard value >= smallest[count], let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, count)
    }

    /// How many bytes at the end begin a character that may still be completed.
    private static func incompleteTail(_ bytes: [UInt8]) -> Int {
        for back in 1..<4 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 != 0x80 { return length(lead: byte) > back ? back : 0 }
        }
        return 0
    }
}
