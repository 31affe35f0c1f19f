import Cryptography
import TestSupport
import Testing

@Suite struct AgeHeaderTests {
    private let identity: AgeIdentity
    private let recipient: AgeRecipient
    /// The lines of a header for one recipient: version, arguments, body, code.
    private let lines: [String]

    init() throws {
        identity = try AgeIdentity.generate()
        recipient = try #require(identity.recipient)
        let file = try AgeEncryptor.encrypt([], to: [recipient])
        let size = try #require(try AgeHeader.parse(prefix: file)).size
        lines = String(decoding: file[..<size], as: UTF8.self).split(separator: "\n").map(String.init)
        try #require(lines.count == 4)
    }

    @Test func aPrefixThatIsTooShortAsksForMore() throws {
        let ssh = try AgeIdentity(sshKey: SSHPrivateKey.generateEd25519())
        let file = try AgeEncryptor.encrypt([1, 2, 3], to: [recipient, try #require(ssh.recipient)])
        let header = try #require(try AgeHeader.parse(prefix: file))
        #expect(header.stanzas.count == 2 && !header.isForPassphrase)
        for count in 0..<header.size { #expect(try AgeHeader.parse(prefix: Array(file[..<count])) == nil) }
        for count in header.size...file.count {
            #expect(try AgeHeader.parse(prefix: Array(file[..<count])) == header)
        }
        #expect(AgeHeader.isAge(prefix: file) && !AgeHeader.isAge(prefix: file.dropFirst()))
    }

    @Test func versions() throws {
        for (text, code) in [
            ("age-encryption.org/v2\n", CryptographyError.Code.unsupportedFormat),
            ("age-encryption.org/v1\r\n", .unsupportedFormat), ("age-encryption.org/v1 \n", .unsupportedFormat),
            ("age-encryption.org/v11\n", .unsupportedFormat), ("age-encryption.org/\n", .unsupportedFormat),
            ("-----BEGIN AGE ENCRYPTED FILE-----\n", .unsupportedFormat),
            ("age-encryption.com/v1\n", .badHeader), ("Age-encryption.org/v1\n", .badHeader), ("\n", .badHeader),
            (" age-encryption.org/v1\n", .badHeader), ("-----BEGIN PGP MESSAGE-----\n", .badHeader),
            ("\u{1F}\u{8B}", .badHeader), ("x", .badHeader),
        ] { expectFailure(code) { try AgeHeader.parse(prefix: Array(text.utf8)) } }
        expectFailure(.truncated) { try AgeDecryptor.decrypt([], identities: [identity]) }
        expectFailure(.truncated) { try AgeSource([]).open([identity]) }
    }

    /// Each breaks one rule of the grammar.
    @Test func otherEncodings() throws {
        let (version, arguments, body, code) = (lines[0], lines[1], lines[2], lines[3])
        let full = String(repeating: "A", count: 64)
        let replacements: [String: [String]] = [
            "no stanza": [version, code],
            "a blank line": [version, "", arguments, body, code],
            "a blank line at the end": [version, arguments, body, "", code],
            "CR after the arguments": [version, arguments + "\r", body, code],
            "CR after the body": [version, arguments, body + "\r", code],
            "CR after the code": [version, arguments, body, code + "\r"],
            "no space after the arrow": [version, "->X25519" + arguments.dropFirst(9), body, code],
            "two spaces after the arrow": [version, "->  " + arguments.dropFirst(3), body, code],
            "two spaces": [version, arguments.replacing("19 ", with: "19  "), body, code],
            "a space at the end": [version, arguments + " ", body, code],
            "a tab": [version, arguments.replacing("19 ", with: "19\t"), body, code],
            "no arguments": [version, "-> ", body, code],
            "an arrow only": [version, "->", body, code],
            "another arrow": [version, "=> " + arguments.dropFirst(3), body, code],
            "a letter beyond ASCII": [version, "-> é", body, code],
            "a DEL": [version, "-> a\u{7F}", body, code],
            "a NUL": [version, "-> a\0", body, code],
            "no body": [version, arguments, code],
            "a padded body": [version, arguments, body + "=", code],
            "a body with a space": [version, arguments, body + " ", code],
            "a body with a wrong letter": [version, arguments, "-" + body.dropFirst(), code],
            "a body that is not canonical": [version, arguments, Self.uncanonical(body), code],
            "a body of a length that base64 never has": [version, "-> a", "AAAAA", code],
            "a body in short lines": [version, arguments, String(body.prefix(20)), String(body.dropFirst(20)), code],
            "a long line": [version, "-> a", full + "A", code],
            "a long line, then another": [version, "-> a", full + "A", "A", code],
            "no end of the body": [version, "-> a", full, code],
            "no code": [version, arguments, body, "---", ""],
            "no space before the code": [version, arguments, body, "---" + code.dropFirst(4)],
            "two spaces before the code": [version, arguments, body, "---  " + code.dropFirst(4)],
            "a space after the code": [version, arguments, body, code + " "],
            "a padded code": [version, arguments, body, code + "="],
            "a short code": [version, arguments, body, String(code.dropLast())],
            "a long code": [version, arguments, body, code + "A"],
            "a code that is not canonical": [version, arguments, body, Self.uncanonical(code)],
            "four hyphens": [version, arguments, body, "-" + code],
        ]
        for (what, replacement) in replacements { expectBadHeader(replacement, what) }
    }

    /// Stanzas of known kinds have their one form; that is checked whoever reads.
    @Test func stanzasOfKnownKinds() throws {
        let body = String(repeating: "A", count: 43)
        let share = String(repeating: "B", count: 42) + "A"
        let salt = String(repeating: "C", count: 21) + "A"
        for (arguments, body) in [
            ("X25519", body), ("X25519 \(share) x", body), ("X25519 \(share.dropLast())", body),
            ("X25519 \(share)A", body), ("X25519 \(share)=", body), ("X25519 \(share.dropLast())B", body),
            ("X25519 \(share)", ""), ("X25519 \(share)", "\(body.dropLast(3))"), ("X25519 \(share)", "A\(body)"),
            ("ssh-ed25519 \(share)", body), ("ssh-ed25519 AAAAAA \(share) x", body),
            ("ssh-ed25519 AAAA \(share)", body), ("ssh-ed25519 AAAAAB \(share)", body),
            ("ssh-ed25519 AAAAAAA \(share)", body), ("ssh-ed25519 AAAAAA \(share)A", body),
            ("ssh-ed25519 AAAAAA \(share)", "A\(body)"),
            ("scrypt", body), ("scrypt \(salt)", body), ("scrypt \(salt) 10 x", body), ("scrypt 10", body),
            ("scrypt \(salt)A 10", body), ("scrypt \(salt.dropLast()) 10", body),
            ("scrypt \(salt.dropLast())B 10", body), ("scrypt \(salt)== 10", body), ("scrypt \(salt) 10", "A\(body)"),
            ("scrypt \(salt) 0", body), ("scrypt \(salt) 010", body), ("scrypt \(salt) +10", body),
            ("scrypt \(salt) -10", body), ("scrypt \(salt) 0xA", body), ("scrypt \(salt) 10a", body),
            ("scrypt \(salt) a10", body), ("scrypt \(salt) 1_0", body), ("scrypt \(salt) １", body),
        ] { expectBadHeader([lines[0], "-> " + arguments, body, lines[3]], arguments) }

        let passphrase = ["-> scrypt \(salt) 10", body]
        #expect(try AgeHeader.parse(prefix: Self.text([lines[0]] + passphrase + [lines[3]]))?.isForPassphrase == true)
        for stanzas in [
            passphrase + passphrase, passphrase + lines[1...2], lines[1...2] + passphrase, passphrase + ["-> a", ""],
        ] { expectBadHeader([lines[0]] + stanzas + [lines[3]], "a passphrase that is not alone") }
    }

    @Test func unknownStanzasArePassedOver() throws {
        let key = try AgeFileKey.random()
        let real = try AgeRecipient.stanzas(for: [recipient], fileKey: key)
        let others = [
            AgeStanza(arguments: ["joint"], body: []),
            AgeStanza(arguments: ["!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "---", "->"], body: [1]),
            AgeStanza(arguments: ["x25519", "x"], body: [UInt8](repeating: 1, count: 47)),
            AgeStanza(arguments: ["X-grease"], body: [UInt8](repeating: 1, count: 48)),
            AgeStanza(arguments: ["SCRYPT"], body: [UInt8](repeating: 1, count: 1000)),
        ]
        let nonce = try SecureRandom.bytes(16)
        let header = try AgeHeader.encode(others + real + others, fileKey: key)
        #expect(try AgeHeader.parse(prefix: header)?.stanzas == others + real + others)
        var chunk = [UInt8](repeating: 0, count: 17)
        let payload = try AgePayload(fileKey: key, nonce: nonce)
        try [42 as UInt8].withUnsafeBytes { byte in
            try chunk.withUnsafeMutableBytes { try payload.seal(chunk: 0, isLast: true, byte, into: $0) }
        }
        #expect(try AgeDecryptor.decrypt(header + nonce + chunk, identities: [identity]) == [42])
        expectFailure(.noMatch) {
            try AgeDecryptor.decrypt(AgeHeader.encode(others, fileKey: key) + nonce + chunk, identities: [identity])
        }
    }

    /// Stanzas added, removed, swapped or doubled by somebody who does not have the key.
    @Test func changedHeaders() throws {
        let other = try #require(try AgeIdentity.generate().recipient)
        let file = try AgeEncryptor.encrypt([1], to: [recipient, other])
        let size = try #require(try AgeHeader.parse(prefix: file)).size
        let text = String(decoding: file[..<size], as: UTF8.self).split(separator: "\n").map(String.init)
        let (version, mine, theirs, code) = (text[0], Array(text[1...2]), Array(text[3...4]), text[5])
        for stanzas in [
            mine, theirs + mine, mine + theirs + theirs, mine + mine + theirs, mine + ["-> a", ""] + theirs,
        ] {
            let changed = Self.text([version] + stanzas + [code]) + file[size...]
            expectFailure(.badMAC) { try AgeDecryptor.decrypt(changed, identities: [identity]) }
            expectFailure(.badMAC) { try AgeSource(changed).open([identity]) }
        }
        let whole = Self.text([version] + mine + theirs + [code]) + file[size...]
        #expect(try AgeDecryptor.decrypt(whole, identities: [identity]) == [1])
    }

    @Test func limits() throws {
        let stanza = lines[1] + "\n" + lines[2] + "\n"
        let many = lines[0] + "\n" + String(repeating: stanza, count: AgeHeader.maximumRecipients)
        #expect(try AgeHeader.parse(prefix: Array(many.utf8)) == nil)
        #expect(try AgeHeader.parse(prefix: Array((many + lines[3] + "\n").utf8)) != nil)
        expectFailure(.tooLarge) { try AgeHeader.parse(prefix: Array((many + stanza).utf8)) }

        let long = lines[0] + "\n-> " + String(repeating: "a", count: AgeHeader.maximumSize)
        expectFailure(.tooLarge) { try AgeHeader.parse(prefix: Array(long.utf8)) }
        expectFailure(.tooLarge) { try AgeSource(Array((long + "\n").utf8)).open([identity]) }
        expectFailure(.tooLarge) { try AgeHeader.parse(prefix: Array(long.utf8.prefix(AgeHeader.maximumSize))) }
        #expect(try AgeHeader.parse(prefix: Array(long.utf8.prefix(AgeHeader.maximumSize - 1))) == nil)
        var decryptor = AgeDecryptor(identities: [identity])
        expectFailure(.tooLarge) { for byte in long.utf8 { _ = try decryptor.update([byte]) } }

        expectFailure(.tooLarge) {
            try AgeEncryptor.encrypt(
                [], to: [AgeRecipient](repeating: recipient, count: AgeHeader.maximumRecipients + 1))
        }
        let most = try AgeEncryptor.encrypt([9], to: [AgeRecipient](repeating: recipient, count: 1000))
        #expect(try AgeSource(most).open([identity]).everything() == [9])
        expectFailure(.malformed) { try AgeEncryptor.encrypt([], to: []) }
    }

    /// Whatever is done to a header: it is refused, or it is what a writer makes of its stanzas, byte for byte.
    @Test func whatIsAcceptedHasOneEncoding() throws {
        var random = SeededGenerator(seed: 11)
        let key = try AgeFileKey.random()
        let stanzas = [
            AgeStanza(arguments: ["a", "bc"], body: []), AgeStanza(arguments: ["d"], body: [1, 2, 3]),
            AgeStanza(arguments: ["e"], body: [UInt8](repeating: 0, count: 48)),
            AgeStanza(arguments: ["f"], body: [UInt8](repeating: 0xFF, count: 95)),
        ]
        let original = try AgeHeader.encode(stanzas, fileKey: key)
        let letters = Array("\n\n\r -->AQ=+/zv1\0\u{7F}".utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            var changed = original
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let position = Int.random(in: changed.indices.dropLast(), using: &random)
                let letter = letters.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<5, using: &random) {
                case 0: changed[position] = letter
                case 1: changed.insert(letter, at: position)
                case 2: changed.remove(at: position)
                case 3: changed.swapAt(position, position + 1)
                default:
                    let end = min(changed.count, position + 70)
                    changed.insert(contentsOf: changed[position..<end], at: position)
                }
            }
            guard let header = try? AgeHeader.parse(prefix: changed) else { continue }
            accepted += 1
            // All but the code, which is checked with the key.
            let again = try AgeHeader.encode(header.stanzas, fileKey: key)
            #expect(again.count == header.size && again.dropLast(44) == changed[..<header.size].dropLast(44))
        }
        #expect(accepted > 1000)
    }

    /// A sender who chose the shared secret, by a share of low order.
    @Test func sharesOfLowOrder() throws {
        let body = String(repeating: "A", count: 43)
        for point in LowOrder.montgomery {
            let share = String(decoding: Base64.encode(point).prefix(43), as: UTF8.self)
            let file = Self.text([lines[0], "-> X25519 " + share, body, lines[3]]) + [UInt8](repeating: 0, count: 32)
            do {
                _ = try AgeDecryptor.decrypt(file, identities: [identity])
                Issue.record("nothing was thrown")
            } catch {
                #expect(error.code == .badHeader && error.reason.contains("low order"), "\(error)")
            }
        }
    }

    private func expectBadHeader(
        _ lines: [String], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let file = Self.text(lines) + [UInt8](repeating: 0, count: 32)
        do throws(CryptographyError) {
            _ = try AgeHeader.parse(prefix: file)
            Issue.record("it was accepted: \(what)", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == .badHeader, "\(what): \(error)", sourceLocation: sourceLocation)
        }
        expectFailure(.badHeader, sourceLocation: sourceLocation) {
            try AgeDecryptor.decrypt(file, identities: [identity])
        }
    }

    private static func text(_ lines: [String]) -> [UInt8] {
        Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// The same text, with the unused bits of its last letter changed. Only for lengths that leave two.
    private static func uncanonical(_ text: String) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        guard let last = text.last, let index = letters.firstIndex(of: last) else { return text }
        return text.dropLast() + String(letters[index ^ 1])
    }
}

/// Points whose product with any key is zero, or the neutral point.
enum LowOrder {
    /// u coordinates, as https://cr.yp.to/ecdh.html lists them: 0, 1, the two of order 8, -1.
    static let montgomery = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        hexBytes("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        hexBytes("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        hexBytes("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ]

    /// Ed25519 encodings of points of order 1, 2, 4 and 8.
    static let edwards = [
        [1] + [UInt8](repeating: 0, count: 31),
        hexBytes("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        [UInt8](repeating: 0, count: 32),
        [UInt8](repeating: 0, count: 31) + [0x80],
        hexBytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        hexBytes("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ]
}
