/// One recipient's copy of the file key, as it stands in the header of an age file (C2SP age, "Recipient stanza").
package struct AgeStanza: Hashable, Sendable {
    /// The kinds that are written and read here. Others are passed over: they may be later ones, or be there so that
    /// readers stay used to them.
    enum Kind: String {
        case x25519 = "X25519"
        case sshEd25519 = "ssh-ed25519"
        case passphrase = "scrypt"
    }

    /// At least one, each of printable ASCII without spaces. The first is the kind.
    package let arguments: [String]
    package let body: [UInt8]

    /// Body bytes in a full line of 64 columns.
    static let lineColumns = 64
    /// A wrapped file key: 16 bytes and a tag.
    static let wrappedKeySize = AgeFileKey.size + ChaCha20Poly1305.tagSize

    package init(arguments: [String], body: [UInt8]) {
        self.arguments = arguments
        self.body = body
    }

    init(_ kind: Kind, _ arguments: [String], body: [UInt8]) {
        self.init(arguments: [kind.rawValue] + arguments, body: body)
    }

    var kind: Kind? { arguments.first.flatMap(Kind.init(rawValue:)) }

    func append(to header: inout [UInt8]) {
        header += "->".utf8
        for argument in arguments { header += " \(argument)".utf8 }
        header.append(UInt8(ascii: "\n"))
        let text = Base64.encodeUnpadded(body)
        for start in stride(from: 0, through: text.count, by: Self.lineColumns) {
            header += text[start..<min(start + Self.lineColumns, text.count)]
            header.append(UInt8(ascii: "\n"))
        }
    }

    /// Why a stanza of a kind that is known here breaks the rules of its kind; nil if it does not. Others have none.
    var objection: String? {
        switch kind {
        case nil: return nil
        case .x25519:
            guard arguments.count == 2 else { return "it has \(arguments.count - 1) arguments, not the share alone" }
            guard share != nil else { return "its share is not one of 32 bytes in canonical base64" }
        case .sshEd25519:
            guard arguments.count == 3 else { return "it has \(arguments.count - 1) arguments, not key tag and share" }
            guard decoded(1)?.count == 4 else { return "its key tag is not one of 4 bytes in canonical base64" }
            guard share != nil else { return "its share is not one of 32 bytes in canonical base64" }
        case .passphrase:
            guard arguments.count == 3 else { return "it has \(arguments.count - 1) arguments, not salt and factor" }
            guard salt != nil else { return "its salt is not one of 16 bytes in canonical base64" }
            guard workFactor != nil else { return "its work factor is not a decimal number without leading zeros" }
        }
        // Before anything is decrypted with it: else a body could be made that many keys open.
        guard body.count == Self.wrappedKeySize else { return "its body has \(body.count) bytes, not 32" }
        return nil
    }

    /// The sender's ephemeral point, the last argument.
    var share: [UInt8]? {
        decoded(arguments.count - 1).flatMap { $0.count == X25519.size ? $0 : nil }
    }

    var salt: [UInt8]? {
        decoded(1).flatMap { $0.count == AgePassphrase.saltSize ? $0 : nil }
    }

    /// The binary logarithm of scrypt's N; those too large for an `Int` count as the largest.
    var workFactor: Int? {
        guard arguments.count == 3, let first = arguments[2].utf8.first, first != UInt8(ascii: "0"),
            arguments[2].utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        return Int(arguments[2]) ?? .max
    }

    private func decoded(_ index: Int) -> [UInt8]? {
        arguments.indices.contains(index) ? Base64.decodeUnpadded(arguments[index].utf8) : nil
    }
}
