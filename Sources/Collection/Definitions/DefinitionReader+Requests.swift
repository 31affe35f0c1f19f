internal import Yams

/// What is said of a request: ports, paths, queries.
extension DefinitionReader {
    /// Names and texts of a query together.
    private static let maxQueryBytes = 4 << 10

    func number(_ node: Node, _ what: String, _ range: ClosedRange<Int>) throws(DefinitionError) -> Int {
        guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string), range.contains(number)
        else { throw error(node, "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)") }
        return number
    }

    func choice(_ node: Node, _ what: String, _ words: [String]) throws(DefinitionError) -> String {
        guard let text = node.scalar?.string, words.contains(text) else {
            throw error(node, "\(what) must be \(words.joined(separator: " or "))")
        }
        return text
    }

    func path(_ node: Node, _ what: String) throws(DefinitionError) -> String {
        guard let text = node.scalar?.string, RequestText.isPath(text) else {
            throw error(
                node,
                "\(what) must be the path of a URL, as /api/v1/status: it begins with /, has neither query nor .., and what is not "
                    + "plain in it is encoded, as %20")
        }
        return text
    }

    func pairs(_ node: Node, _ what: String) throws(DefinitionError) -> [TextPair] {
        // Checks that no key stands twice.
        _ = try mapping(node, what, allowed: nil)
        var pairs: [TextPair] = []
        for (key, value) in node.mapping ?? [:] {
            guard let name = key.scalar?.string, let text = value.scalar?.string, RequestText.isPlain(name + text),
                !name.isEmpty
            else { throw error(value, "\(what) must be names with a text each, as {query: up}; it is encoded for you") }
            pairs.append(TextPair(name, text))
        }
        guard pairs.reduce(0, { $0 + $1.name.utf8.count + $1.text.utf8.count }) <= Self.maxQueryBytes else {
            throw error(node, "\(what) is longer than \(Self.maxQueryBytes) bytes")
        }
        return pairs
    }
}

/// Text of requests.
public enum RequestText {
    /// Whether it can be the path of a request as it stands: absolute, at most 1 KiB, encoded, without a query, dot segments, encoded
    /// dots and slashes, and empty segments but the last. Source: RFC 3986, section 3.3.
    public static func isPath(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == 0x2F, bytes.count <= 1_024, !text.contains("//") else { return false }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x24, 0x26...0x2F, 0x3A, 0x3B, 0x3D, 0x40, 0x5F, 0x7E: continue
            case 0x25:
                let digits = bytes[(index + 1)...].prefix(2)
                guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
                    value != 0x2E, value != 0x2F, value >= 0x20, digits.first != 0x2B, digits.first != 0x2D
                else { return false }
            default: return false
            }
        }
        return text.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." }
    }

    /// No control characters.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
