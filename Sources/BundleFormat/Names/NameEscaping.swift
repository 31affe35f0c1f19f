internal import Cryptography

/// Section 2.1, rules 1 to 3: how the name of something in a cluster or on a host becomes a component of a path.
enum NameEscaping {
    /// Length of the mark of a changed name: `=~` and 16 hex digits.
    static let markLength = 18

    /// Bytes that stand for themselves.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "|"), UInt8(ascii: "/"):
            false
        default:
            (0x21...0x7E).contains(byte)
        }
    }

    /// The component for a source name.
    static func component(for source: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(source.count)
        for byte in source {
            if isPlain(byte) {
                escaped.append(byte)
            } else {
                appendEscape(byte, to: &escaped)
            }
        }
        if source == dot || source == dotDot {
            escaped.removeFirst()
            escaped.insert(contentsOf: "=2E".utf8, at: 0)
        }
        guard escaped.isEmpty || escaped.count > FormatLimits.component else { return escaped }
        return marked(escaped[...], SHA256.digest(of: source))
    }

    /// `component` with the mark of `digest` before its suffix, cut so that it stays within `limit` bytes.
    static func marked(
        _ component: ArraySlice<UInt8>, _ digest: SHA256Digest, within limit: Int = FormatLimits.component
    ) -> [UInt8] {
        let suffix = suffix(of: component)
        let stem = component[..<suffix.startIndex]
        var result = Array(wholePrefix(of: stem, within: limit - markLength - suffix.count))
        appendMark(digest, to: &result)
        result.append(contentsOf: suffix)
        return result
    }

    /// The same, with the mark of what the component was made from.
    static func marked(_ component: ArraySlice<UInt8>, of source: [UInt8], within limit: Int) -> [UInt8] {
        marked(component, SHA256.digest(of: source), within: limit)
    }

    /// `=~` and the first 16 hex digits.
    static func appendMark(_ digest: SHA256Digest, to output: inout [UInt8]) {
        output.append(contentsOf: "=~".utf8)
        output.append(contentsOf: digest.hex.utf8.prefix(16))
    }

    /// The last `.` and what follows it, if that is at most 16 bytes and not the whole component.
    private static func suffix(of component: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let last = component.lastIndex(of: UInt8(ascii: ".")), last > component.startIndex,
            component.endIndex - last <= 16
        else { return component[component.endIndex...] }
        return component[last...]
    }

    /// The longest prefix of whole characters and escapes.
    private static func wholePrefix(of component: ArraySlice<UInt8>, within limit: Int) -> ArraySlice<UInt8> {
        var end = component.startIndex
        while end < component.endIndex {
            let next = end + unitLength(component, at: end)
            if next - component.startIndex > limit || next > component.endIndex { break }
            end = next
        }
        return component[..<end]
    }

    private static func unitLength(_ component: ArraySlice<UInt8>, at index: Int) -> Int {
        guard component[index] == UInt8(ascii: "=") else { return 1 }
        let isMark = index + 1 < component.endIndex && component[index + 1] == UInt8(ascii: "~")
        return isMark ? markLength : 3
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "="))
        output.append(upperHexDigit(byte >> 4))
        output.append(upperHexDigit(byte & 15))
    }

    private static func upperHexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x37 + nibble
    }

    private static let dot: [UInt8] = [0x2E]
    private static let dotDot: [UInt8] = [0x2E, 0x2E]
}
