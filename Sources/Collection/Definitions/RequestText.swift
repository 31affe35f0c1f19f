/// Text of requests.
public enum RequestText {
    /// Whether it can be the path of a request as it stands: absolute, at most 1 KiB, encoded, without a query, dot segments, encoded
    /// dots and slashes, and empty segments but the last. Source: RFC 3986, section 3.3.
    public static func isPath(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == 0x2F, bytes.count <= 1_024, !text.contains("//") else { return false }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x24, 0x26...0x2F, 0x3A, 0x3B, 0x3D, 0x40, 0x5F, 0x7E:
                continue
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

    /// Why a text is none, as the end of a sentence that begins with what it is for; nil when it is one.
    static func objection(toPath text: String) -> String? {
        isPath(text)
            ? nil
            : "must be the path of a URL, as /api/v1/status: it begins with /, has neither query nor .., and what is not plain in it "
                + "is encoded, as %20"
    }
}
