/// A name or text as the kernel gave it: bytes, which need not be UTF-8.
///
/// File names, command lines and socket paths are chosen by whoever runs the process. They are kept as bytes, so that
/// nothing is lost, and shown as text only through ``string`` (repaired) or ``escaped`` (safe for a terminal).
public struct RawText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The bytes, without a terminator.
    public let bytes: [UInt8]

    /// Wraps bytes as they are.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The UTF-8 bytes of a string.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The UTF-8 bytes of a literal.
    public init(stringLiteral value: String) {
        bytes = Array(value.utf8)
    }

    /// Whether the bytes are well-formed UTF-8, so that ``string`` has lost nothing.
    public var isValidUTF8: Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    /// The text, with U+FFFD in place of each ill-formed sequence.
    public var string: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The text for one line of a terminal: backslash, control and direction-changing characters and ill-formed bytes
    /// are written as `\\`, `\t`, `\n`, `\r`, `\xHH` or `\u{H…}`.
    public var escaped: String {
        var output: [UInt8] = []
        appendEscaped(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends ``escaped`` as UTF-8.
    package func appendEscaped(to output: inout [UInt8]) {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
            output.append(contentsOf: bytes)
            return
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            // One bad byte makes the reading of the others doubtful: only ASCII is shown as such.
            for byte in bytes { Self.append(ascii: byte, to: &output) }
            return
        }
        for scalar in text.unicodeScalars {
            if scalar.value < 0x80 {
                Self.append(ascii: UInt8(scalar.value), to: &output)
            } else if Self.isMisleading(scalar) {
                output.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
            } else {
                output.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    private static func append(ascii byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0x20..<0x7F: output.append(byte)
        default:
            output.append(contentsOf: "\\x".utf8)
            Hexadecimal.append(byte, to: &output)
        }
    }

    /// C1 controls, line separators, and characters that reorder or hide their neighbours.
    private static func isMisleading(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x80...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0000...0xE007F: true
        default: false
        }
    }
}

/// Lower-case hexadecimal digits.
package enum Hexadecimal {
    /// Appends the two digits of a byte.
    package static func append(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
    }
}
