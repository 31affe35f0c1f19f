import Cryptography
import TestSupport
import Testing

@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct SSHPrivateKeyAgreementTests {
    @Test(arguments: SSHPrivateKey.Kind.allCases)
    func sshKeygenReadsOurKey(kind: SSHPrivateKey.Kind) throws {
        let folder = try TemporaryFolder()
        let key = try SSHPrivateKey.generate(kind, comment: "run of today")
        try key.withOpenSSHText { _ = try folder.write(Array($0), as: "key") }
        let derived = try StockTool.sshKeygen.run("-y", "-f", folder.path("key"), in: folder)
        #expect(derived.output == key.publicKey.authorizedKeysLine(comment: "run of today") + "\n")
        #expect(derived.errors == "")
        let again = try SSHPrivateKey(parsing: folder.read("key"))
        #expect(again.publicKey == key.publicKey && again.comment == "run of today")
        // ssh-keygen rewrites the file when it changes the comment: same key, its own encoding.
        let changed = try StockTool.sshKeygen.run("-c", "-C", "other", "-P", "", "-f", folder.path("key"), in: folder)
        #expect(changed.status == 0, Comment(rawValue: changed.errors))
        #expect(try SSHPrivateKey(parsing: folder.read("key")).publicKey == key.publicKey)
    }

    @Test func encryptedKeysSayWhatToDo() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ed25519.generate(in: folder, passphrase: "secret")
        expectFailure(.keyEncrypted) { try SSHPrivateKey(parsing: folder.read("key")).comment }
        let pem = try StockTool.openssl.run(
            "genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:secret", in: folder)
        #expect(pem.output.contains("ENCRYPTED"))
        expectFailure(.keyEncrypted) { try SSHPrivateKey(parsing: Array(pem.output.utf8)).comment }
    }

    @Test(arguments: [
        ["genpkey", "-algorithm", "ED25519"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ["genrsa", "-traditional", "2048"],
        ["ecparam", "-name", "secp521r1", "-genkey"],
    ])
    func pem(command: [String]) throws {
        let folder = try TemporaryFolder()
        let made = try StockTool.openssl.run(command, in: folder)
        #expect(made.status == 0, Comment(rawValue: made.errors))
        let key = try SSHPrivateKey(parsing: Array(made.output.utf8))
        let signature = try SSHSignature.sign(message: [1, 2, 3], namespace: "file", key: key)
        #expect(try signature.verify(message: [1, 2, 3], namespace: "file") == key.publicKey)
    }

    @Test func whatCannotSignIsRefused() throws {
        let folder = try TemporaryFolder()
        let dsa = try StockTool.sshKeygen.run("-q", "-t", "dsa", "-N", "", "-f", folder.path("dsa"), in: folder)
        // Newer versions cannot make them any more.
        if dsa.status == 0 {
            expectFailure(.unsupportedAlgorithm) { try SSHPrivateKey(parsing: folder.read("dsa")).comment }
        }
        let weak = try StockTool.sshKeygen.run(
            "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", folder.path("weak"), in: folder)
        #expect(weak.status == 0, Comment(rawValue: weak.errors))
        expectFailure(.keyTooWeak) { try SSHPrivateKey(parsing: folder.read("weak")).comment }
        let curve = try StockTool.openssl.run("ecparam", "-name", "secp256k1", "-genkey", in: folder)
        expectFailure(.unsupportedAlgorithm) { try SSHPrivateKey(parsing: Array(curve.output.utf8)).comment }
        try KeyKind.ed25519.generate(in: folder)
        expectFailure(.malformed) { try SSHPrivateKey(parsing: folder.read("key.pub")).comment }
    }

    /// Every changed byte of the binary key is refused, or leaves the same key (check numbers, comment).
    @Test(arguments: [KeyKind.ed25519, .ecdsa256])
    func damagedFiles(kind: KeyKind) throws {
        let folder = try TemporaryFolder()
        try kind.generate(in: folder)
        let publicKey = try SSHPrivateKey(parsing: folder.read("key")).publicKey
        let blob = try KeyFile.decode(folder.read("key"))
        for position in blob.indices {
            for replacement in [blob[position] ^ 1, blob[position] ^ 0x80, 0xFF, 0] where replacement != blob[position]
            {
                var changed = blob
                changed[position] = replacement
                if let key = try? SSHPrivateKey(parsing: KeyFile.encode(changed)) {
                    #expect(key.publicKey == publicKey, "byte \(position)")
                }
            }
            #expect(throws: CryptographyError.self) {
                try SSHPrivateKey(parsing: KeyFile.encode(Array(blob[..<position]))).comment
            }
        }
    }

    /// Numbers that do not belong together, and ones so large that using them would take minutes.
    @Test func hostileRSA() throws {
        let folder = try TemporaryFolder()
        try KeyKind.rsa3072.generate(in: folder)
        let blob = try KeyFile.decode(folder.read("key"))
        #expect(throws: Never.self) { try SSHPrivateKey(parsing: KeyFile.encode(blob)).comment }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<60 {
            var changed = blob
            let position = Int.random(in: blob.count / 2..<blob.count - 40, using: &random)
            changed[position] ^= UInt8.random(in: 1...255, using: &random)
            if let key = try? SSHPrivateKey(parsing: KeyFile.encode(changed)) {
                // A damaged prime or exponent may still give right signatures, by the part that is whole; then it did
                // no harm.
                let signature = try SSHSignature.sign(message: [1], namespace: "file", key: key)
                try signature.verify(message: [1], namespace: "file")
            }
        }
    }
}

@Suite struct SSHKeyTests {
    @Test func hostileText() {
        var random = SeededGenerator(seed: 9)
        let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        for text in [
            "", "x", begin, begin + "-----END OPENSSH PRIVATE KEY-----\n",
            begin + "AAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n",
        ] {
            expectFailure(.malformed) { try SSHPrivateKey(parsing: Array(text.utf8)).comment }
        }
        expectFailure(.tooLarge) { try SSHPrivateKey(parsing: [UInt8](repeating: 0, count: 70_000)).comment }
        for _ in 0..<200 {
            let blob = KeyFile.magic + random.bytes(Int.random(in: 0...200, using: &random))
            #expect(throws: CryptographyError.self) { try SSHPrivateKey(parsing: KeyFile.encode(blob)).comment }
        }
        // Lengths that lie, at each place where a length stands.
        for length: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0xFF, 0xFF]] {
            for prefix in [[], ["none"], ["none", "none"], ["none", "none", ""]] as [[String]] {
                var blob = KeyFile.magic
                for field in prefix { SSHWire.append(string: field, to: &blob) }
                if prefix.count == 3 { SSHWire.append(1, to: &blob) }
                blob += length + [1, 2, 3, 4]
                expectFailure(.malformed) { try SSHPrivateKey(parsing: KeyFile.encode(blob)).comment }
            }
        }
    }

    @Test func publicKeysAreChecked() throws {
        let key = try SSHPrivateKey.generateEd25519()
        let line = key.publicKey.authorizedKeysLine()
        #expect(try SSHPublicKey(parsing: "  " + line + "  a comment here \r\n") == key.publicKey)
        #expect(key.publicKey.authorizedKeysLine(comment: "a\nb").hasSuffix(" a b"))
        for bad in [
            "", "ssh-ed25519", "ssh-rsa " + line.dropFirst(12), line.dropLast(), "ssh-ed25519 AAAA", line + "A",
        ] as [String.SubSequence] {
            #expect(throws: CryptographyError.self) { try SSHPublicKey(parsing: bad) }
        }
        // A point that is not on the curve.
        var point: [UInt8] = []
        SSHWire.append(string: "ecdsa-sha2-nistp256", to: &point)
        SSHWire.append(string: "nistp256", to: &point)
        SSHWire.append(string: [4] + [UInt8](repeating: 7, count: 64), to: &point)
        expectFailure(.malformed) { try SSHPublicKey(blob: point) }
        // RSA of a size that nobody has, and too small.
        for (count, code) in [(200, CryptographyError.Code.keyTooWeak), (3000, .tooLarge), (20_000, .tooLarge)] {
            var blob: [UInt8] = []
            SSHWire.append(string: "ssh-rsa", to: &blob)
            SSHWire.append(magnitude: [1, 0, 1], to: &blob)
            SSHWire.append(magnitude: [UInt8](repeating: 0xC1, count: count), to: &blob)
            expectFailure(code) { try SSHPublicKey(blob: blob) }
        }
        var certificate: [UInt8] = []
        SSHWire.append(string: "ssh-ed25519-cert-v01@openssh.com", to: &certificate)
        expectFailure(.unsupportedAlgorithm) { try SSHPublicKey(blob: certificate) }
    }

    @Test func manyTasksSignWithOneKey() async throws {
        let holder = Holder(key: try SSHPrivateKey.generateEd25519())
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    let message = [UInt8(number)]
                    let signature = try SSHSignature.sign(message: message, namespace: "file", key: holder.key)
                    return try signature.verify(message: message, namespace: "file") == holder.key.publicKey
                }
            }
            for try await isGood in group { #expect(isGood) }
        }
    }

    private final class Holder: Sendable {
        let key: SSHPrivateKey

        init(key: consuming SSHPrivateKey) {
            self.key = key
        }
    }
}

/// The text around a binary key.
private enum KeyFile {
    static let magic = Array("openssh-key-v1\0".utf8)

    static func encode(_ blob: [UInt8]) -> [UInt8] {
        var text = Array("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8)
        blob.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 70) }
        return text + Array("-----END OPENSSH PRIVATE KEY-----\n".utf8)
    }

    static func decode(_ text: [UInt8]) throws -> [UInt8] {
        let lines = text.split(separator: UInt8(ascii: "\n"))
        return try #require(Base64.decode(Array(lines.dropFirst().dropLast().joined())))
    }
}
