import Cryptography
import TestSupport
import Testing

/// Both ways against the real program.
@Suite(.enabled(if: AgeProgram.isInstalled, Comment(rawValue: AgeProgram.missing)))
struct AgeAgreementTests {
    static let sizes = [0, 1, 65535, 65536, 65537, 131_072, 200_000]

    @Test func ageReadsOurIdentity() throws {
        let folder = try TemporaryFolder()
        let identity = try AgeIdentity.generate()
        try identity.withIdentityFileText { _ = try folder.write(Array($0), as: "key") }
        let derived = try StockTool.ageKeygen.run("-y", folder.path("key"), in: folder)
        #expect(derived.output == identity.recipient.map { "\($0)\n" }, Comment(rawValue: derived.errors))
    }

    @Test func weReadItsIdentity() throws {
        let folder = try TemporaryFolder()
        for number in 0..<5 {
            let recipient = try AgeProgram.generate(in: folder, name: "key\(number)")
            let identities = try AgeIdentity.parseFile(folder.read("key\(number)"))
            #expect(identities.map { $0.recipient?.description } == [recipient])
            #expect(try AgeRecipient(parsing: recipient).description == recipient)
        }
    }

    @Test(arguments: sizes)
    func x25519(size: Int) throws {
        let folder = try TemporaryFolder()
        let plaintext = Self.plaintext(size)
        let recipient = try AgeProgram.generate(in: folder, name: "key")
        let identities = try AgeIdentity.parseFile(folder.read("key"))

        try folder.write(AgeEncryptor.encrypt(plaintext, to: [AgeRecipient(parsing: recipient)]), as: "ours")
        try expectSameBytes(AgeProgram.run(["-d", "-i", folder.path("key")], on: "ours", in: folder), plaintext)

        try folder.write(plaintext, as: "plain")
        let theirs = try AgeProgram.run(["-r", recipient], on: "plain", in: folder)
        try expectSameBytes(AgeDecryptor.decrypt(theirs, identities: identities), plaintext)
        try expectSameBytes(AgeSource(theirs).open(identities).everything(), plaintext)
    }

    @Test(arguments: sizes)
    func sshEd25519(size: Int) throws {
        let folder = try TemporaryFolder()
        let plaintext = Self.plaintext(size)
        try KeyKind.ed25519.generate(in: folder)
        let line = String(decoding: try folder.read("key.pub"), as: UTF8.self)
        let identities = try AgeIdentity.parseFile(folder.read("key"))

        try folder.write(AgeEncryptor.encrypt(plaintext, to: [AgeRecipient(parsing: line)]), as: "ours")
        try expectSameBytes(AgeProgram.run(["-d", "-i", folder.path("key")], on: "ours", in: folder), plaintext)

        try folder.write(plaintext, as: "plain")
        let theirs = try AgeProgram.run(["-R", folder.path("key.pub")], on: "plain", in: folder)
        try expectSameBytes(AgeDecryptor.decrypt(theirs, identities: identities), plaintext)
        try expectSameBytes(AgeSource(theirs).open(identities).everything(), plaintext)
    }

    /// The number of a chunk needs a second byte.
    @Test func moreThan256Chunks() throws {
        let folder = try TemporaryFolder()
        let plaintext = [UInt8](repeating: 7, count: 257 * 65536 + 1)
        let recipient = try AgeProgram.generate(in: folder, name: "key")
        try folder.write(AgeEncryptor.encrypt(plaintext, to: [AgeRecipient(parsing: recipient)]), as: "ours")
        try expectSameBytes(AgeProgram.run(["-d", "-i", folder.path("key")], on: "ours", in: folder), plaintext)
        try folder.write(plaintext, as: "plain")
        let theirs = try AgeProgram.run(["-r", recipient], on: "plain", in: folder)
        let file = try AgeSource(theirs).open(AgeIdentity.parseFile(folder.read("key")))
        try expectSameBytes(file.bytes(at: 256 * 65536 - 1, count: 70_000), [UInt8](repeating: 7, count: 65538))
    }

    /// An Ed25519 key in PEM, as OpenSSL writes it.
    @Test func sshKeyInPEM() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ed25519.generate(in: folder)
        let made = try StockTool.openssl.run("genpkey", "-algorithm", "ED25519", in: folder)
        #expect(made.status == 0, Comment(rawValue: made.errors))
        try folder.write(Array(made.output.utf8), as: "pem")
        let identity = try #require(try AgeIdentity.parseFile(folder.read("pem")).first)
        let recipient = try #require(identity.recipient)
        try folder.write(AgeEncryptor.encrypt([1, 2, 3], to: [recipient]), as: "ours")
        #expect(try AgeProgram.run(["-d", "-i", folder.path("pem")], on: "ours", in: folder) == [1, 2, 3])
    }

    /// Two of each kind by a recipients file; each of the four opens it.
    @Test(arguments: [0, 70_000])
    func severalRecipients(size: Int) throws {
        let folder = try TemporaryFolder()
        let plaintext = Self.plaintext(size)
        var file = "# the incident team\n\n"
        for name in ["a", "b"] {
            file += try AgeProgram.generate(in: folder, name: name) + "\n"
            try KeyKind.ed25519.generate(in: folder, name: "ssh-" + name)
            file += String(decoding: try folder.read("ssh-\(name).pub"), as: UTF8.self)
        }
        try folder.write(Array(file.utf8), as: "team")
        let recipients = try AgeRecipient.parseFile(folder.read("team"))
        #expect(recipients.count == 4)

        try folder.write(AgeEncryptor.encrypt(plaintext, to: recipients), as: "ours")
        try folder.write(plaintext, as: "plain")
        let theirs = try AgeProgram.run(["-R", folder.path("team")], on: "plain", in: folder)
        for name in ["a", "b", "ssh-a", "ssh-b"] {
            try expectSameBytes(AgeProgram.run(["-d", "-i", folder.path(name)], on: "ours", in: folder), plaintext)
            let identities = try AgeIdentity.parseFile(folder.read(name))
            try expectSameBytes(AgeDecryptor.decrypt(theirs, identities: identities), plaintext)
        }
    }

    /// With the work factor that both have by default.
    @Test(arguments: [0, 65537])
    func passphrase(size: Int) throws {
        let folder = try TemporaryFolder()
        let plaintext = Self.plaintext(size)
        let secret = "correct horse, ünïcode"
        let recipient = try AgeRecipient.passphrase(Array(secret.utf8))
        try folder.write(AgeEncryptor.encrypt(plaintext, to: [recipient]), as: "ours")
        let opening = ["-d", "-o", folder.path("opened"), folder.path("ours")]
        #expect(try AgeProgram.run(opening, typing: [secret], in: folder) == 0)
        try expectSameBytes(AgeProgram.output("opened", in: folder), plaintext)

        try folder.write(plaintext, as: "plain")
        let sealing = ["-p", "-o", folder.path("theirs"), folder.path("plain")]
        #expect(try AgeProgram.run(sealing, typing: [secret, secret], in: folder) == 0)
        let theirs = try folder.read("theirs")
        let identity = try AgeIdentity.passphrase(Array(secret.utf8))
        try expectSameBytes(AgeDecryptor.decrypt(theirs, identities: [identity]), plaintext)
        let wrong = try AgeIdentity.passphrase(Array("wrong".utf8))
        expectFailure(.noMatch) { try AgeDecryptor.decrypt(theirs, identities: [wrong]) }
    }

    /// What we refuse in a file of theirs, they refuse in ours.
    @Test func ageRefusesWhatIsCutOrChanged() throws {
        let folder = try TemporaryFolder()
        let recipient = try AgeProgram.generate(in: folder, name: "key")
        let identities = try AgeIdentity.parseFile(folder.read("key"))
        let file = try AgeEncryptor.encrypt(Self.plaintext(131_072), to: [AgeRecipient(parsing: recipient)])
        var changed = file
        changed[file.count - 1] ^= 1
        for bad in [Array(file.dropLast()), Array(file.dropLast(65552)), file + [0], changed] {
            try folder.write(bad, as: "bad")
            #expect(throws: StockTool.Failure.self) {
                try AgeProgram.run(["-d", "-i", folder.path("key")], on: "bad", in: folder)
            }
            #expect(throws: CryptographyError.self) { try AgeDecryptor.decrypt(bad, identities: identities) }
        }
    }

    private static func plaintext(_ size: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(size))
        return random.bytes(size)
    }
}
