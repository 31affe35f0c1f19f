import Cryptography
import Testing

@Suite struct AgeKeyTests {
    /// The examples of the specification (C2SP age, "The X25519 recipient type").
    static let exampleIdentity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    static let exampleRecipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

    @Test func example() throws {
        let identity = try AgeIdentity(parsing: Array(Self.exampleIdentity.utf8))
        #expect(identity.recipient?.description == Self.exampleRecipient)
        #expect(try AgeRecipient(parsing: Self.exampleRecipient).description == Self.exampleRecipient)
        let text = try identity.withIdentityFileText { String(decoding: $0, as: UTF8.self) }
        #expect(text == "# public key: \(Self.exampleRecipient)\n\(Self.exampleIdentity)\n")
    }

    @Test func generatedIdentities() throws {
        let first = try AgeIdentity.generate()
        let second = try AgeIdentity.generate()
        #expect(first.recipient?.description != second.recipient?.description)
        let again = try first.withIdentityFileText { try AgeIdentity.parseFile(Array($0)) }
        #expect(again.map { $0.recipient?.description } == [first.recipient?.description])
        let file = try AgeEncryptor.encrypt([1], to: [try #require(first.recipient)])
        #expect(try AgeDecryptor.decrypt(file, identities: [second] + again) == [1])
        expectFailure(.noMatch) { try AgeDecryptor.decrypt(file, identities: [second]) }
        expectFailure(.noMatch) { try AgeDecryptor.decrypt(file, identities: [second, second]) }
        expectFailure(.noMatch) { try AgeDecryptor.decrypt(file, identities: []) }
    }

    /// Every letter changed, left out, doubled, or of the other case.
    @Test(arguments: [exampleIdentity, exampleRecipient])
    func mistypedKeys(text: String) {
        let letters = Array(text)
        var bad: [String] = ["", " ", text + " ", " " + text, text + "\n", text.uppercased(), text.lowercased()]
        for index in letters.indices {
            for letter in Array("qpz1QPZbio!\u{7F}é") where letter != letters[index] {
                bad.append(String(letters[..<index] + [letter] + letters[(index + 1)...]))
            }
            bad.append(String(letters[..<index]) + String(letters[(index + 1)...]))
            bad.append(String(letters[...index]) + String(letters[index...]))
            bad.append(String(letters[..<index]))
            if index > 0 && letters[index] != letters[index - 1] {
                var swapped = letters
                swapped.swapAt(index, index - 1)
                bad.append(String(swapped))
            }
        }
        for bad in bad where bad != text {
            #expect(throws: CryptographyError.self, Comment(rawValue: bad)) { try AgeRecipient(parsing: bad) }
            #expect(throws: CryptographyError.self, Comment(rawValue: bad)) {
                try AgeIdentity(parsing: Array(bad.utf8))
            }
        }
    }

    @Test func keysOfOtherKinds() throws {
        for (text, code) in [
            ("age1pq1qqqqqqqq", CryptographyError.Code.unsupportedAlgorithm),
            ("age1yubikey1qqqq", .unsupportedAlgorithm),
            (Self.exampleIdentity, .malformed), ("github:somebody", .malformed), ("ana@example.com", .malformed),
        ] { expectFailure(code) { try AgeRecipient(parsing: text) } }
        for (text, code) in [
            ("AGE-PLUGIN-YUBIKEY-1QQQQ", CryptographyError.Code.unsupportedAlgorithm),
            ("AGE-SECRET-KEY-PQ-1QQQQ", .unsupportedAlgorithm), (Self.exampleRecipient, .malformed),
        ] { expectFailure(code) { try AgeIdentity(parsing: Array(text.utf8)) } }
    }

    @Test func errorsDoNotQuoteSecrets() {
        let mistyped = Self.exampleIdentity.dropLast() + "Q"
        do {
            _ = try AgeIdentity.parseFile(Array("# mine\n\(mistyped)\n".utf8), subject: "key.txt")
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.subject == "key.txt, line 2" && error.reason.contains("checksum"))
            #expect(!error.description.contains("GFPYYSJZ"))
        }
        expectFailure(.malformed) { try AgeRecipient(parsing: Self.exampleIdentity) }
    }

    @Test func recipientsFiles() throws {
        let ssh = try SSHPrivateKey.generateEd25519().publicKey.authorizedKeysLine(comment: "ana@example.com")
        let file =
            "# team\r\n\n  \t\n\(Self.exampleRecipient)\r\n  # indented\n\t\(Self.exampleRecipient)  \n\(ssh)\n\(ssh)"
        let recipients = try AgeRecipient.parseFile(Array(file.utf8))
        #expect(recipients.map { $0.description.prefix(8) } == ["age1zvky", "age1zvky", "ssh-ed25", "ssh-ed25"])
        for (text, line) in [
            ("\n# x\nage1x\n", "line 3"), ("\(Self.exampleRecipient)\nssh-ed25519 AAAA\n", "line 2"),
            ("\(Self.exampleRecipient) x", "line 1"), ("\n\n\n\0", "line 4"),
        ] {
            do {
                _ = try AgeRecipient.parseFile(Array(text.utf8), subject: "team")
                Issue.record("nothing was thrown: \(text)")
            } catch {
                #expect(error.code == .malformed && error.subject == "team, \(line)", "\(error)")
            }
        }
        for empty in ["", "\n", "# nobody\n"] {
            expectFailure(.malformed) { try AgeRecipient.parseFile(Array(empty.utf8)) }
            expectFailure(.malformed) { try AgeIdentity.parseFile(Array(empty.utf8)) }
        }
        expectFailure(.tooLarge) { try AgeRecipient.parseFile([UInt8](repeating: 0x0A, count: 2_000_000)) }
        expectFailure(.tooLarge) { try AgeIdentity.parseFile([UInt8](repeating: 0x0A, count: 2_000_000)) }
    }

    @Test func identityFiles() throws {
        let other = try AgeIdentity.generate().withIdentityFileText { String(decoding: $0, as: UTF8.self) }
        let identities = try AgeIdentity.parseFile(
            Array("# created: today\n\(Self.exampleIdentity)\r\n\n\(other)".utf8))
        #expect(identities.count == 2 && identities[0].recipient?.description == Self.exampleRecipient)
        let key = try SSHPrivateKey.generateEd25519()
        let ssh = try key.withOpenSSHText { try AgeIdentity.parseFile(Array($0)) }
        #expect(ssh.map { $0.recipient?.description } == [key.publicKey.authorizedKeysLine()])
        let encrypted = try AgeEncryptor.encrypt(Array(other.utf8), to: [AgeRecipient(parsing: Self.exampleRecipient)])
        expectFailure(.keyEncrypted) { try AgeIdentity.parseFile(encrypted) }
        expectFailure(.malformed) { try AgeIdentity.parseFile(Array("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8)) }
    }

    /// The two ways from an Ed25519 key to Curve25519, of its public and of its private half, meet.
    @Test func edwardsPoints() throws {
        for _ in 0..<100 {
            let key = try SSHPrivateKey.generateEd25519()
            let file = try AgeEncryptor.encrypt([5], to: [AgeRecipient(sshKey: key.publicKey)])
            #expect(try AgeDecryptor.decrypt(file, identities: [AgeIdentity(sshKey: key)]) == [5])
        }
        let one = try SSHPrivateKey.generateEd25519()
        let another = try SSHPrivateKey.generateEd25519()
        let file = try AgeEncryptor.encrypt([5], to: [AgeRecipient(sshKey: one.publicKey)])
        expectFailure(.noMatch) { try AgeDecryptor.decrypt(file, identities: [AgeIdentity(sshKey: another)]) }
    }

    @Test func edwardsPointsThatAreNone() throws {
        let prime = hexBytes("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        var bad = LowOrder.edwards
        // No point has these: y = 2 is on the curve's twist; y = p + 3 is a second encoding of 3; x = 0 has no sign.
        bad.append([2] + [UInt8](repeating: 0, count: 31))
        bad.append([prime[0] + 3] + prime[1...])
        bad.append(prime)
        bad.append([UInt8](repeating: 0xFF, count: 32))
        bad.append([1] + [UInt8](repeating: 0, count: 30) + [0x80])
        bad.append(Array(LowOrder.edwards[1].dropLast()) + [0xFF])
        for point in bad { expectFailure(.malformed) { try AgeRecipient(sshKey: Self.sshKey(point)) } }
        // y = 3 is on it.
        #expect(throws: Never.self) {
            try AgeRecipient(sshKey: Self.sshKey([3] + [UInt8](repeating: 0, count: 31)))
        }
    }

    @Test func recipientsOfLowOrder() throws {
        // The recipients whose point is 0 and 1.
        for data in [String(repeating: "q", count: 52), "qy" + String(repeating: "q", count: 50)] {
            let recipient = "age1" + data + Bech32Reference.checksum(of: data[...], prefix: "age")
            do {
                _ = try AgeRecipient(parsing: recipient)
                Issue.record("nothing was thrown")
            } catch {
                #expect(error.reason.contains("low order"), "\(recipient): \(error)")
            }
        }
    }

    /// 52 letters have four bits to spare.
    @Test func spareBitsAreZero() {
        let data = Self.exampleRecipient.dropFirst(4).dropLast(6)
        let good = "age1" + data + Bech32Reference.checksum(of: data, prefix: "age")
        #expect(good == Self.exampleRecipient)
        for letter in "pzry9x8g" {
            let other = data.dropLast() + String(letter)
            guard other != data else { continue }
            expectFailure(.malformed) {
                try AgeRecipient(parsing: "age1" + other + Bech32Reference.checksum(of: other, prefix: "age"))
            }
        }
    }

    private static func sshKey(_ point: [UInt8]) throws -> SSHPublicKey {
        var blob: [UInt8] = []
        SSHWire.append(string: "ssh-ed25519", to: &blob)
        SSHWire.append(string: point, to: &blob)
        return try SSHPublicKey(blob: blob)
    }
}

@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct AgeSSHKeyTests {
    @Test(arguments: [KeyKind.rsa3072, .ecdsa256])
    func otherSSHKeysAreRefused(kind: KeyKind) throws {
        let folder = try TemporaryFolder()
        try kind.generate(in: folder)
        let line = try folder.read("key.pub")
        do {
            _ = try AgeRecipient.parseFile(line, subject: "team")
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .unsupportedAlgorithm && error.subject == "team, line 1")
            #expect(error.reason.contains(String(decoding: line, as: UTF8.self).prefix { $0 != " " }))
        }
        expectFailure(.unsupportedAlgorithm) { try AgeIdentity.parseFile(folder.read("key")) }
    }

    @Test func encryptedSSHKeysAreRefused() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ed25519.generate(in: folder, passphrase: "secret")
        expectFailure(.keyEncrypted) { try AgeIdentity.parseFile(folder.read("key")) }
    }
}

/// The checksum of BIP 173, written from its text: the remainder of the whole by the generator, over GF(32).
private enum Bech32Reference {
    private static let letters = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l")

    static func checksum(of data: Substring, prefix: String) -> String {
        let values = data.compactMap { letters.firstIndex(of: $0) }
        let prefixValues = prefix.utf8.map { Int($0) >> 5 } + [0] + prefix.utf8.map { Int($0) & 31 }
        var remainder = 1
        for value in prefixValues + values + [0, 0, 0, 0, 0, 0] {
            let top = remainder >> 25
            remainder = (remainder & 0x1FF_FFFF) << 5 ^ value
            for (bit, part) in [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3].enumerated()
            where top >> bit & 1 == 1 { remainder ^= part }
        }
        return String((0..<6).map { letters[(remainder ^ 1) >> (5 * (5 - $0)) & 31] })
    }
}
