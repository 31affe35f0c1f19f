/// A position in a line of kernel text.
///
/// The bytes are passed to each call, as a `Span` cannot be kept. Every method returns nil and may leave the position
/// anywhere when the text is not what was asked for: the caller then gives the line up.
package struct FieldCursor {
    package private(set) var position: Int
    package let end: Int

    package init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    package var isAtEnd: Bool { position >= end }

    /// Skips blanks and tabs.
    package mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    /// Takes one given byte.
    package mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// A decimal number at the position.
    package mutating func decimal(_ bytes: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < end {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { break }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = product.addingReportingOverflow(UInt64(digit))
            if over || more { return nil }
            value = sum
            position += 1
        }
        return position > start ? value : nil
    }

    /// A decimal number with an optional minus sign.
    package mutating func signedDecimal(_ bytes: Span<UInt8>) -> Int64? {
        let negative = take(UInt8(ascii: "-"), bytes)
        guard let magnitude = decimal(bytes) else { return nil }
        if negative { return magnitude <= UInt64(Int64.max) ? -Int64(magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// A hexadecimal number of at most 16 digits.
    package mutating func hexadecimal(_ bytes: Span<UInt8>, maxDigits: Int = 16) -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < end, let digit = Self.hexDigit(bytes[position]) {
            if position - start == maxDigits { return nil }
            value = value << 4 | UInt64(digit)
            position += 1
        }
        return position > start ? value : nil
    }

    /// Exactly so many hexadecimal digits.
    package mutating func hexadecimal(_ bytes: Span<UInt8>, digits: Int) -> UInt64? {
        guard end - position >= digits else { return nil }
        var value: UInt64 = 0
        for _ in 0..<digits {
            guard let digit = Self.hexDigit(bytes[position]) else { return nil }
            value = value << 4 | UInt64(digit)
            position += 1
        }
        return value
    }

    /// The next run of bytes that are not blanks.
    package mutating func field(_ bytes: Span<UInt8>) -> Range<Int>? {
        skipBlanks(bytes)
        let start = position
        while position < end, bytes[position] != 0x20, bytes[position] != 0x09 { position += 1 }
        return position > start ? start..<position : nil
    }

    /// The next field as a decimal number; nil if it is anything else.
    package mutating func decimalField(_ bytes: Span<UInt8>) -> UInt64? {
        guard let range = field(bytes) else { return nil }
        var inner = FieldCursor(range)
        guard let value = inner.decimal(bytes), inner.isAtEnd else { return nil }
        return value
    }

    /// The next field as a signed decimal number.
    package mutating func signedField(_ bytes: Span<UInt8>) -> Int64? {
        guard let range = field(bytes) else { return nil }
        var inner = FieldCursor(range)
        guard let value = inner.signedDecimal(bytes), inner.isAtEnd else { return nil }
        return value
    }

    /// The next field as a hexadecimal number.
    package mutating func hexadecimalField(_ bytes: Span<UInt8>) -> UInt64? {
        guard let range = field(bytes) else { return nil }
        var inner = FieldCursor(range)
        guard let value = inner.hexadecimal(bytes), inner.isAtEnd else { return nil }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// Bytes of a span as an array.
package func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
        for index in range {
            buffer.initializeElement(at: count, to: bytes[index])
            count += 1
        }
    }
}
