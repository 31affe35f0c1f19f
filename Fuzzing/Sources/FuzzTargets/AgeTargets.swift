@testable import Cryptography

extension FuzzTarget {
    static let encryption = [age, ageMade, ageKeys]

    /// An age file as it comes.
    static let age = FuzzTarget("age") {
        let header =
            "age-encryption.org/v1\n-> X25519 \(String(repeating: "A", count: 43))\n"
            + "\(String(repeating: "B", count: 43))\n-> scrypt \(String(repeating: "C", count: 22)) 10\n"
            + "\(String(repeating: "D", count: 43))\n--- \(String(repeating: "E", count: 43))\n"
        return [
            ("file", try AgeEncryptor.encrypt(Array("hello".utf8), to: [fixedIdentity().recipient!])),
            ("header", Array(header.utf8)),
        ]
    } run: { input in
        try readAge(input, plaintext: nil)
        if let header = accepted({ try AgeHeader.parse(prefix: input) }) ?? nil {
            require(header.size <= input.count, "a header is part of the file")
            let again = accepted { try AgeHeader.parse(prefix: Array(input.prefix(header.size))) } ?? nil
            require(again == header, "a header ends where it says")
            var written = AgeHeader.versionLine
            for stanza in header.stanzas { stanza.append(to: &written) }
            require(written + AgeHeader.endMark == header.authenticated, "a header has one encoding")
        }
    }

    /// A file to a known key, changed as the input says: it is refused, or holds what was put into it.
    static let ageMade = FuzzTarget("age-made") {
        [("small", [5, 0]), ("edited", [5, 1, 0, 40, 7, 0]), ("two-chunks", [0xFF, 0, 0, 0])]
    } run: { input in
        var recipe = Recipe(input)
        let size = recipe.byte()
        // At the edges of chunks, or small.
        let plaintext = [UInt8](repeating: size, count: size >= 0xF0 ? 65_528 + Int(size & 15) * 8 : Int(size))
        var file = try AgeEncryptor.encrypt(plaintext, to: [fixedIdentity().recipient!])
        recipe.edit(&file)
        if recipe.byte() & 1 == 1 { file.removeLast(recipe.number(below: file.count)) }
        file += recipe.bytes(recipe.number(below: 64))
        try readAge(file, plaintext: plaintext)
    }

    /// Files with identities and recipients.
    static let ageKeys = FuzzTarget("age-keys") {
        let identity = try fixedIdentity()
        return [
            ("identity", try identity.withIdentityFileText { Array($0) }),
            ("recipient", Array("\(identity.recipient!)".utf8)),
        ]
    } run: { input in
        if let identities = accepted({ try AgeIdentity.parseFile(input, subject: "file") }) {
            for identity in identities.prefix(4) {
                guard let recipient = identity.recipient else { continue }
                let file = try AgeEncryptor.encrypt([1, 2, 3], to: [recipient])
                require(
                    accepted { try AgeDecryptor.decrypt(file, identities: [identity]) } == [1, 2, 3],
                    "what is encrypted to an identity, it opens")
            }
        }
        if let recipient = accepted({ try AgeRecipient(parsing: String(decoding: input, as: UTF8.self)) }) {
            let again = accepted { try AgeRecipient(parsing: "\(recipient)") }
            require(again.map { "\($0)" } == "\(recipient)", "a recipient that is shown can be read")
        }
    }

    /// The seed of its secret is 32 bytes of 1, so that inputs mean the same in every run.
    private static func fixedIdentity() throws -> AgeIdentity {
        var text: [UInt8] = []
        [UInt8](repeating: 1, count: 32).withUnsafeBytes { Bech32.append($0, prefix: "AGE-SECRET-KEY-", to: &text) }
        return try AgeIdentity(parsing: text)
    }

    /// Opens a file at once, byte by byte, and by offset; what one accepts, all do.
    private static func readAge(_ file: [UInt8], plaintext: [UInt8]?) throws {
        let identities = [
            try fixedIdentity(), try AgeIdentity.passphrase(Array("secret".utf8), maximumWorkFactor: 4),
        ]
        let whole = accepted { try AgeDecryptor.decrypt(file, identities: identities) }
        let pieces = accepted {
            var decryptor = AgeDecryptor(identities: identities)
            var content: [UInt8] = []
            for start in stride(from: 0, to: file.count, by: 97) {
                content += try decryptor.update(Array(file[start...].prefix(97)))
            }
            return content + (try decryptor.finish())
        }
        require(whole == pieces, "a file opens alike at once and in pieces")
        let offset = accepted {
            let access = try AgeRandomAccessFile(fileSize: UInt64(file.count), identities: identities) {
                offset, buffer in
                let piece = file[min(Int(offset), file.count)...].prefix(buffer.count)
                buffer.copyBytes(from: piece)
                return piece.count
            }
            var content = [UInt8](repeating: 0, count: Int(access.size))
            let count = try content.withUnsafeMutableBytes { try access.read(at: 0, into: $0) }
            return Array(content.prefix(count))
        }
        if let whole { require(offset == whole, "a file opens alike from its front and by offset") }
        if let whole, let plaintext { require(whole == plaintext, "what opens is what was put in") }
    }
}
