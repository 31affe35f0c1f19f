/// The path and query of a request line, taken apart (RFC 3986, RFC 9112).
struct RequestTarget {
    let path: [String]
    let query: [(name: String, value: String)]

    /// Nil for what no client of an API sends: another form than `/path?query`, bytes that do not belong there, components that are
    /// empty, `.` or `..`, or that hold a slash or control character once they are decoded. One slash at the end is passed over, as
    /// the Python client has it.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
        var components: [String] = []
        var parts = bytes[1..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        for part in parts {
            guard let component = Self.decoded(part), Self.isSafe(component) else { return nil }
            components.append(component)
        }
        path = components
        var pairs: [(name: String, value: String)] = []
        for part in bytes[end...].dropFirst().split(separator: UInt8(ascii: "&")) {
            let middle = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = Self.decoded(part[..<middle], isQuery: true),
                let value = Self.decoded(part[middle...].dropFirst(), isQuery: true)
            else { return nil }
            pairs.append((name, value))
        }
        query = pairs
    }

    private static func isSafe(_ component: String) -> Bool {
        !component.isEmpty && component != "." && component != ".."
            && component.utf8.allSatisfy {
                $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
            }
    }

    /// Once, and no more: what is percent-encoded twice stays so. Nil when it is not UTF-8.
    private static func decoded(_ bytes: ArraySlice<UInt8>, isQuery: Bool = false) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                result.append(high << 4 | low)
            case UInt8(ascii: "+") where isQuery: result.append(0x20)
            default: result.append(byte)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
