/// Reads an age header line by line, as its bytes arrive, each line in its one encoding only (C2SP age, "ABNF
/// definition of file header").
struct AgeHeaderParser {
    private var bytes: [UInt8] = []
    private var lineStart = 0
    private var lineNumber = 1
    private var stanzas: [AgeStanza] = []
    /// Arguments and body so far of the stanza that is not at its end yet.
    private var open: (arguments: [String], body: [UInt8])?

    private static let lineFeed = UInt8(ascii: "\n")
    private static let armor = Array("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
    /// Characters of a code of 32 bytes.
    private static let codeLength = 43

    /// Takes bytes up to the end of the header; `consumed` tells how many it took. Nil as long as the header is not at
    /// its end. It cannot be used any more after that, nor after an error.
    mutating func add(
        _ input: UnsafeRawBufferPointer, consumed: inout Int
    ) throws(CryptographyError) -> AgeHeader? {
        consumed = 0
        while consumed < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[consumed...])
            let end = rest.firstIndex(of: Self.lineFeed)
            let piece = rest[..<(end.map { $0 + 1 } ?? rest.count)]
            guard bytes.count + piece.count <= AgeHeader.maximumSize else { throw Self.tooLarge() }
            bytes += piece
            consumed += piece.count
            if lineNumber == 1 { try checkVersion() }
            guard end != nil else { return nil }
            if let header = try endLine() { return header }
            lineStart = bytes.count
            lineNumber += 1
        }
        return nil
    }

    /// For input that ended before the header did.
    var truncated: CryptographyError { Self.truncated(isEmpty: bytes.isEmpty) }

    static func truncated(isEmpty: Bool) -> CryptographyError {
        AgePayload.truncated(isEmpty ? "it is empty" : "it ends inside its header")
    }

    /// What is no age file is refused at its first bytes.
    private func checkVersion() throws(CryptographyError) {
        guard !AgeHeader.versionLine.starts(with: bytes), !bytes.starts(with: AgeHeader.versionLine) else { return }
        if Self.armor.starts(with: bytes) { return }
        if bytes.starts(with: Self.armor) {
            throw unsupported("it is in ASCII armour, which is not read here", advice: "decrypt it with: age -d")
        }
        if AgeHeader.isAge(prefix: bytes) {
            throw unsupported("it is of another version than v1", advice: "decrypt it with a later program")
        }
        throw CryptographyError(code: .badHeader, doing: AgeHeader.reading, reason: "this is not an age file")
    }

    /// Looks at the line that just ended.
    private mutating func endLine() throws(CryptographyError) -> AgeHeader? {
        if lineNumber == 1 { return nil }
        let line = bytes[lineStart..<(bytes.count - 1)]
        if open != nil {
            try addBodyLine(line)
        } else if line.starts(with: AgeHeader.endMark) {
            return try end(line)
        } else {
            try beginStanza(line)
        }
        return nil
    }

    private mutating func beginStanza(_ line: ArraySlice<UInt8>) throws(CryptographyError) {
        guard line.starts(with: AgeHeader.stanzaMark) else {
            throw malformed("neither a stanza nor the header's end begins here")
        }
        guard stanzas.count < AgeHeader.maximumRecipients else {
            throw Self.tooLarge("it has more than \(AgeHeader.maximumRecipients) stanzas")
        }
        let words = line.dropFirst(AgeHeader.stanzaMark.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        var arguments: [String] = []
        for word in words {
            guard !word.isEmpty, word.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw malformed("a stanza's argument is empty, or not of printable ASCII")
            }
            arguments.append(String(decoding: word, as: UTF8.self))
        }
        open = (arguments, [])
    }

    private mutating func addBodyLine(_ line: ArraySlice<UInt8>) throws(CryptographyError) {
        guard line.count <= AgeStanza.lineColumns, let piece = Base64.decodeUnpadded(line) else {
            throw malformed("a stanza's body is not canonical base64 in lines of 64 characters")
        }
        open?.body += piece
        guard line.count < AgeStanza.lineColumns, let (arguments, body) = open else { return }
        open = nil
        let stanza = AgeStanza(arguments: arguments, body: body)
        if let objection = stanza.objection { throw malformed("in the stanza of kind \(arguments[0]), \(objection)") }
        stanzas.append(stanza)
        // Else somebody who does not know the passphrase could add a recipient that he can open.
        guard stanzas.count == 1 || !stanzas.contains(where: { $0.kind == .passphrase }) else {
            throw malformed("a stanza for a passphrase is not the only one")
        }
    }

    private func end(_ line: ArraySlice<UInt8>) throws(CryptographyError) -> AgeHeader {
        guard !stanzas.isEmpty else { throw malformed("it has no recipient") }
        let text = line.dropFirst(AgeHeader.endMark.count)
        guard text.first == UInt8(ascii: " "), text.count == 1 + Self.codeLength,
            let code = Base64.decodeUnpadded(text.dropFirst()).flatMap({ SHA256Digest(bytes: $0) })
        else { throw malformed("its code is not one of 32 bytes in canonical base64") }
        return AgeHeader(
            stanzas: stanzas, authenticated: Array(bytes[..<(lineStart + AgeHeader.endMark.count)]), code: code,
            size: bytes.count)
    }

    private func malformed(_ reason: String) -> CryptographyError {
        CryptographyError(code: .badHeader, doing: AgeHeader.reading, subject: "line \(lineNumber)", reason: reason)
    }

    static func tooLarge(
        _ reason: String = "it is not at its end after \(AgeHeader.maximumSize) bytes"
    ) -> CryptographyError {
        CryptographyError(code: .tooLarge, doing: AgeHeader.reading, reason: reason)
    }

    private func unsupported(_ reason: String, advice: String) -> CryptographyError {
        CryptographyError(code: .unsupportedFormat, doing: AgeHeader.reading, reason: reason, advice: advice)
    }
}
