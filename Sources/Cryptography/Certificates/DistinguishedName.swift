internal import COpenSSL

/// The name of somebody in X.509, as a person writes it: `CN=Ana,O=Example` (RFC 4514), the narrowest part first, as
/// ``Certificate/subject`` is written. Attributes are those that OpenSSL knows by a short name, or object identifiers.
public struct DistinguishedName: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    /// DER of a Name.
    let encoded: [UInt8]

    private static let reading = "reading a certificate's subject"
    private static let longest = 4 << 10

    /// Throws `malformed`.
    public init(parsing text: String) throws(CryptographyError) {
        let doing = Self.reading
        guard !text.isEmpty, text.utf8.count <= Self.longest else {
            throw Self.malformed(text, "it is empty, or far too long")
        }
        let name = try LibraryObject(X509_NAME_new(), freedBy: X509_NAME_free, doing: doing)
        defer { LibraryFailure.clear() }
        let utf8 = Int32(MBSTRING_FLAG)
        // On the wire the widest part comes first.
        for part in try Self.parts(text, at: ",").reversed() {
            for (index, attribute) in try Self.parts(part, at: "+").enumerated() {
                let (type, value) = try Self.attribute(attribute, of: text)
                guard
                    X509_NAME_add_entry_by_txt(
                        name.pointer, type, utf8, value, Int32(value.count), -1,
                        index == 0 ? 0 : -1) == 1
                else { throw Self.malformed(text, "there is no attribute \(type), or it cannot have this value") }
            }
        }
        description = text
        encoded = try name.encoded(by: i2d_X509_NAME, doing: doing)
    }

    /// Pieces between separators that no backslash stands before.
    private static func parts(_ text: String, at separator: Character) throws(CryptographyError) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if !isEscaped, character == separator {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = !isEscaped && character == "\\"
        }
        guard !isEscaped, parts.allSatisfy({ !$0.isEmpty }) else {
            throw malformed(text, "a part of it is empty or cut off")
        }
        return parts
    }

    /// `CN=value`, the escapes of the value resolved: a backslash before a character, or before two hex digits.
    private static func attribute(
        _ attribute: String, of text: String
    ) throws(CryptographyError) -> (type: String, value: [UInt8]) {
        guard let equals = attribute.firstIndex(of: "=") else {
            throw malformed(text, "a part of it has no `=`, as in CN=Ana")
        }
        let type = attribute[..<equals].drop { $0 == " " }
        var value: [UInt8] = []
        var rest = Array(attribute[attribute.index(after: equals)...].utf8)[...]
        guard !type.isEmpty, !rest.isEmpty, rest.first != UInt8(ascii: "#") else {
            throw malformed(text, "an attribute of it has no name or no text")
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            if digits.count == 2 {
                value.append(UInt8(digits[0] * 16 + digits[1]))
                rest = rest.dropFirst(2)
            } else if let escaped = rest.popFirst() {
                value.append(escaped)
            }
        }
        return (String(type), value)
    }

    private static func malformed(_ text: String, _ reason: String) -> CryptographyError {
        CryptographyError(
            code: .malformed, doing: reading, subject: text, reason: reason,
            advice: "write it as: openssl x509 -in FILE -noout -subject -nameopt RFC2253")
    }
}
