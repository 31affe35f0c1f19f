internal import Cryptography

/// Reads lines of which every byte is fixed but some values: no JSON parser, no second form.
struct LineScanner {
    private let line: ArraySlice<UInt8>
    private var position: Int
    private let doing: String
    private let isTooLong: Bool

    init(_ line: ArraySlice<UInt8>, doing: String, limit: Int) {
        self.line = line
        self.doing = doing
        position = line.startIndex
        isTooLong = line.count > limit
    }

    /// The next bytes must be these.
    mutating func expect(_ text: StaticString) throws(FormatError) {
        guard !isTooLong else { throw FormatError(code: .tooLarge, doing: doing, reason: "it is too long") }
        let count = text.utf8CodeUnitCount
        guard line.endIndex - position >= count else { throw failure("it ends too early") }
        let offset = position - line.startIndex
        let isThere = line.withUnsafeBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
                .elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: count))
        }
        guard isThere else {
            // What is said of a line is itself one.
            let shown = "\(text)".split(separator: "\n").joined()
            throw failure("`\(shown)` is not where it must be")
        }
        position += count
    }

    /// The rest of a string without escapes, up to its closing quote, which is passed.
    mutating func string() throws(FormatError) -> ArraySlice<UInt8> {
        let start = position
        let rest = line[start...]
        position = rest.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count, Self.isStringByte(bytes[index]) { index += 1 }
            return start + index
        }
        guard position < line.endIndex else { throw failure("it ends inside a string") }
        let byte = line[position]
        guard byte == UInt8(ascii: "\"") else {
            throw failure("a string has the byte 0x\(String(byte, radix: 16))")
        }
        position += 1
        return line[start..<position - 1]
    }

    /// A number in decimal without needless zeros.
    mutating func natural(atMost limit: UInt64) throws(FormatError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while position < line.endIndex, line[position] &- 0x30 < 10 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(line[position] - 0x30))
            guard !overflow, !carry else { throw failure("a number is too large") }
            value = sum
            position += 1
        }
        guard position > start, line[start] != 0x30 || position == start + 1 else {
            throw failure("a number is not in its one form")
        }
        guard value <= limit else { throw failure("the number \(value) is beyond \(limit)") }
        return value
    }

    /// 64 hex digits, and the closing quote behind them.
    mutating func digest() throws(FormatError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try string()) else { throw failure("a hash is not 64 hex digits") }
        return digest
    }

    /// Nothing may be left.
    func end() throws(FormatError) {
        guard position == line.endIndex else { throw failure("something follows its end") }
    }

    func failure(_ reason: String) -> FormatError {
        FormatError(doing: doing, subject: "byte \(position - line.startIndex)", reason: reason)
    }

    /// What a string of an index line may hold: printable ASCII that JSON needs no escape for.
    static func isStringByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
