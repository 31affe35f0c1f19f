internal import Cryptography

/// A line of a file of keys that may log in. Such keys are public.
///
/// Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
package struct AuthorizedKey: Hashable, Sendable {
    package var user: RawText
    package var path: RawText
    package var line: Int
    package var file: FileStatus
    /// Nil for a line that is none of a key: of that nothing is kept, since it may be anything.
    package var key: Key?

    package struct Key: Hashable, Sendable {
        package var type: String
        /// Of an RSA key.
        package var bits: Int?
        /// As `ssh-keygen -l` prints it.
        package var fingerprint: String
        package var blob: String
        /// The values of `environment` are left out.
        package var options: [RawText]
        package var comment: RawText
    }
}

extension AuthorizedKey: FieldRecord {
    package static let fieldNames =
        [
            "user", "path", "line", "key_type", "bits", "fingerprint", "key", "options", "comment", "not_a_key",
        ] + FileStatus.fieldNames

    package func write(to writer: inout some FieldWriter) {
        writer.field("user", .raw(user))
        writer.field("path", .raw(path))
        writer.field("line", .number(line))
        writer.field("key_type", key.map { .text($0.type) })
        writer.field("bits", .optional(key?.bits))
        writer.field("fingerprint", key.map { .text($0.fingerprint) })
        writer.field("key", key.map { .text($0.blob) })
        writer.field("options", key.map { .rawList($0.options) })
        writer.field("comment", key.map { .raw($0.comment) })
        writer.field("not_a_key", key == nil ? .flag(true) : nil)
        file.write(to: &writer)
    }
}

extension AuthorizedKey.Key {
    /// Source: openssh, sshkey.c.
    private static let types: Set<String> = {
        let plain = [
            "ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
            "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
        ]
        return Set(
            plain
                + plain.map { ($0.hasSuffix("@openssh.com") ? String($0.dropLast(12)) : $0) + "-cert-v01@openssh.com" })
    }()
    private static let mostCommentBytes = 1_024

    /// Nil when the line is none of a key.
    package init?(line: ArraySlice<UInt8>) {
        var rest = line.drop { $0 == 0x20 || $0 == 0x09 }
        var options: [RawText] = []
        if !Self.types.contains(Self.word(rest)) {
            guard let (found, behind) = Self.options(rest) else { return nil }
            options = found
            rest = behind.drop { $0 == 0x20 || $0 == 0x09 }
        }
        let type = Self.word(rest)
        guard Self.types.contains(type) else { return nil }
        rest = rest.dropFirst(type.utf8.count).drop { $0 == 0x20 || $0 == 0x09 }
        let text = rest.prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
        // The type stands once more in what it is the type of: else this is no key, and may be something secret.
        guard let bytes = Base64.decode(text), let (name, behind) = Self.string(bytes[...]),
            name.elementsEqual(type.utf8)
        else { return nil }
        self.type = type
        self.options = options
        blob = String(decoding: text, as: UTF8.self)
        let digest = Base64.encode(SHA256.digest(of: bytes).bytes)
        fingerprint = "SHA256:" + String(decoding: digest.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        if type == "ssh-rsa", let (_, modulus) = Self.string(behind), let (number, _) = Self.string(modulus) {
            let digits = number.drop { $0 == 0 }
            bits = digits.first.map { digits.count * 8 - $0.leadingZeroBitCount }
        }
        var comment = rest.dropFirst(text.count).drop { $0 == 0x20 || $0 == 0x09 }
        while let last = comment.last, last == 0x20 || last == 0x0D { comment.removeLast() }
        self.comment = RawText(Array(comment.prefix(Self.mostCommentBytes)))
    }

    private static func word(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.prefix(64).prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
    }

    /// The options before a key: they end at the first blank that is in no quotes.
    private static func options(_ line: ArraySlice<UInt8>) -> (options: [RawText], rest: ArraySlice<UInt8>)? {
        var options: [RawText] = []
        var option: [UInt8] = []
        var isQuoted = false
        var index = line.startIndex
        func end() {
            if option.starts(with: "environment=".utf8) { option = Array("environment=(left out)".utf8) }
            options.append(RawText(option))
            option = []
        }
        while index < line.endIndex {
            let byte = line[index]
            if byte == UInt8(ascii: "\\"), isQuoted, index + 1 < line.endIndex, line[index + 1] == 0x22 {
                option += [byte, 0x22]
                index += 2
                continue
            }
            if byte == 0x22 { isQuoted.toggle() }
            if !isQuoted, byte == 0x20 || byte == 0x09 {
                end()
                return (options, line[index...])
            }
            if !isQuoted, byte == 0x2C { end() } else { option.append(byte) }
            index += 1
        }
        return nil
    }

    /// A string of RFC 4251, and what is behind it.
    private static func string(_ bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        guard bytes.count >= 4 else { return nil }
        let count = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let rest = bytes.dropFirst(4)
        return count <= rest.count ? (rest.prefix(count), rest.dropFirst(count)) : nil
    }
}

extension AuthorizedKey {
    /// Reads the files of keys of a user.
    ///
    /// - Parameter patterns: as `AuthorizedKeysFile` of sshd_config(5) has them.
    package static func read(
        of user: UserAccount, _ patterns: [String], _ tree: HostTree, _ failures: inout FailureLog
    ) -> [AuthorizedKey] {
        var keys: [AuthorizedKey] = []
        for pattern in patterns {
            guard let path = path(pattern, user), let file = tree.read(path, &failures) else { continue }
            for (index, line) in file.lines.enumerated() {
                let bare = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
                guard let first = bare.first, first != UInt8(ascii: "#") else { continue }
                keys.append(
                    AuthorizedKey(
                        user: user.name, path: path, line: index + 1, file: file.status, key: Key(line: line)))
            }
        }
        return keys
    }

    /// Source: sshd_config(5), AuthorizedKeysFile and TOKENS.
    private static func path(_ pattern: String, _ user: UserAccount) -> RawText? {
        guard pattern != "none" else { return nil }
        var path: [UInt8] = []
        var isToken = false
        for byte in pattern.utf8 {
            if isToken {
                switch byte {
                case UInt8(ascii: "h"): path += user.home.bytes
                case UInt8(ascii: "u"): path += user.name.bytes
                case UInt8(ascii: "U"): path += Array("\(user.uid ?? 0)".utf8)
                default: path.append(byte)
                }
                isToken = false
            } else if byte == UInt8(ascii: "%") {
                isToken = true
            } else {
                path.append(byte)
            }
        }
        guard path.first != 0x2F else { return RawText(path) }
        return user.home.bytes.first == 0x2F ? RawText(user.home.bytes + [0x2F] + path) : nil
    }
}
