import Cryptography
import TestSupport
import Testing

private let message = Array("seal of a bundle\n".utf8)
private let namespace = "exhibit-bundle@v1"

@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct SSHSignatureAgreementTests {
    /// ssh-keygen signs, we verify; we sign, ssh-keygen verifies; for deterministic algorithms both texts are the same.
    @Test(arguments: KeyKind.allCases)
    func bothWays(kind: KeyKind) throws {
        let folder = try TemporaryFolder()
        try kind.generate(in: folder)
        let key = try SSHPrivateKey(parsing: folder.read("key"), subject: "key")
        let publicLine = try String(decoding: folder.read("key.pub"), as: UTF8.self)
        #expect(try SSHPublicKey(parsing: publicLine) == key.publicKey)
        #expect(key.comment == "ana@example.com")
        #expect(key.publicKey.authorizedKeysLine(comment: key.comment) + "\n" == publicLine)
        let listed = try StockTool.sshKeygen.run("-l", "-f", folder.path("key.pub"), in: folder)
        #expect(listed.output.hasPrefix("\(key.publicKey.bits) \(key.publicKey.fingerprint) "))

        let file = try folder.write(message, as: "seal")
        for hash in ["sha512", "sha256"] {
            let signed = try StockTool.sshKeygen.run(
                "-Y", "sign", "-q", "-f", folder.path("key"), "-n", namespace, "-O", "hashalg=\(hash)", in: folder,
                input: file)
            #expect(signed.status == 0, Comment(rawValue: signed.errors))
            let theirs = try SSHSignature(parsing: Array(signed.output.utf8))
            #expect(theirs.messageHash.rawValue == hash)
            #expect(try theirs.verify(message: message, namespace: namespace) == key.publicKey)
            if hash == "sha512" && (kind == .ed25519 || kind == .rsa3072) {
                let ours = try SSHSignature.sign(message: message, namespace: namespace, key: key)
                #expect(ours.armored == Array(signed.output.utf8))
            }
        }

        let ours = try SSHSignature.sign(message: message, namespace: namespace, key: key)
        try folder.write(ours.armored, as: "ours.sig")
        try folder.write(Array("ana@example.com \(publicLine)".utf8), as: "allowed")
        let verified = try StockTool.sshKeygen.run(
            "-Y", "verify", "-f", folder.path("allowed"), "-I", "ana@example.com", "-n", namespace, "-s",
            folder.path("ours.sig"), in: folder, input: file)
        #expect(verified.status == 0, Comment(rawValue: verified.errors + verified.output))
        let found = try StockTool.sshKeygen.run(
            "-Y", "find-principals", "-f", folder.path("allowed"), "-s", folder.path("ours.sig"), in: folder)
        #expect(found.output == "ana@example.com\n")
        let checked = try StockTool.sshKeygen.run(
            "-Y", "check-novalidate", "-n", namespace, "-s", folder.path("ours.sig"), in: folder, input: file)
        #expect(checked.status == 0, Comment(rawValue: checked.errors))
    }

    /// A FIDO token's signature, put together by hand: ssh-keygen accepts what we accept.
    @Test(arguments: [KeyKind.ed25519, .ecdsa256])
    func securityKeys(kind: KeyKind) throws {
        let folder = try TemporaryFolder()
        try kind.generate(in: folder)
        let token = try SSHPrivateKey(parsing: folder.read("key"))
        let name = kind == .ed25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com"
        let plainName = token.publicKey.algorithm.rawValue
        var blob: [UInt8] = []
        SSHWire.append(string: name, to: &blob)
        blob += token.publicKey.blob.dropFirst(4 + plainName.utf8.count)
        SSHWire.append(string: "ssh:", to: &blob)
        let securityKey = try SSHPublicKey(blob: blob)
        #expect(securityKey.application == "ssh:" && securityKey.algorithm.isSecurityKey)

        var toSign = Array("SSHSIG".utf8)
        for field in [Array(namespace.utf8), [], Array("sha512".utf8), SHA512.digest(of: message)] {
            SSHWire.append(string: field, to: &toSign)
        }
        var signedByToken = SHA256.digest(of: "ssh:").bytes + [0x05]
        SSHWire.append(77, to: &signedByToken)
        signedByToken += SHA256.digest(of: toSign).bytes
        var signature: [UInt8] = []
        SSHWire.append(string: name, to: &signature)
        signature += try token.signatureBlob(over: signedByToken).dropFirst(4 + plainName.utf8.count)
        signature.append(0x05)
        SSHWire.append(77, to: &signature)
        let armored = armor(key: blob, signature: signature)

        let parsed = try SSHSignature(parsing: armored)
        #expect(parsed.securityKeyUse?.userPresent == true && parsed.securityKeyUse?.userVerified == true)
        #expect(parsed.securityKeyUse?.counter == 77)
        #expect(try parsed.verify(message: message, namespace: namespace) == securityKey)
        let file = try folder.write(message, as: "seal")
        try folder.write(armored, as: "seal.sig")
        let checked = try StockTool.sshKeygen.run(
            "-Y", "check-novalidate", "-n", namespace, "-s", folder.path("seal.sig"), in: folder, input: file)
        #expect(checked.status == 0, Comment(rawValue: checked.errors))

        let untouched = armor(key: blob, signature: signature.dropLast(5) + [0x04, 0, 0, 0, 77])
        let changed = try SSHSignature(parsing: untouched)
        expectFailure(.badSignature) { try changed.verify(message: message, namespace: namespace) }
    }

    /// No byte of a signature file can be changed: each change is refused by the reader or by the check.
    @Test(arguments: [KeyKind.ed25519, .ecdsa256, .rsa3072])
    func noMutationIsAccepted(kind: KeyKind) throws {
        let folder = try TemporaryFolder()
        try kind.generate(in: folder)
        let key = try SSHPrivateKey(parsing: folder.read("key"))
        let armored = try SSHSignature.sign(message: message, namespace: namespace, key: key).armored
        var random = SeededGenerator(seed: 11)
        // RSA is long and each try costs a verification: its bytes are sampled, the others' all tried.
        for position in stride(from: 0, to: armored.count, by: kind == .rsa3072 ? 7 : 1) {
            var replacements = (0..<8).map { armored[position] ^ 1 << $0 }
            replacements += [
                UInt8(ascii: "\n"), UInt8(ascii: "="), UInt8(ascii: "A"), UInt8.random(in: 0...255, using: &random),
            ]
            for replacement in replacements where replacement != armored[position] {
                var changed = armored
                changed[position] = replacement
                #expect(!isAccepted(changed), "byte \(position) as \(replacement)")
            }
            #expect(!isAccepted(Array(armored[..<position])), "cut at \(position)")
            #expect(!isAccepted(Array(armored[..<position] + [UInt8(ascii: "\n")] + armored[position...])))
            #expect(!isAccepted(Array(armored[..<position] + armored[(position + 1)...])))
        }
        for tail in ["\n", " ", "\0", "-----BEGIN SSH SIGNATURE-----\n"] {
            #expect(!isAccepted(armored + Array(tail.utf8)))
        }
        #expect(isAccepted(armored))
    }

    private func isAccepted(_ armored: [UInt8]) -> Bool {
        guard let signature = try? SSHSignature(parsing: armored) else { return false }
        return (try? signature.verify(message: message, namespace: namespace)) != nil
    }
}

@Suite struct SSHSignatureTests {
    @Test func otherMessageOrNamespaceIsRefused() throws {
        let key = try SSHPrivateKey.generateEd25519()
        let signature = try SSHSignature.sign(message: message, namespace: namespace, key: key)
        #expect(try signature.verify(message: message, namespace: namespace) == key.publicKey)
        expectFailure(.badSignature) { try signature.verify(message: message + [0], namespace: namespace) }
        expectFailure(.wrongNamespace) { try signature.verify(message: message, namespace: "exhibit-open@v1") }
        #expect(throws: CryptographyError.self) { try SSHSignature.sign(message: message, namespace: "", key: key) }
        #expect(throws: CryptographyError.self) { try SSHSignature.sign(message: message, namespace: "a b", key: key) }
    }

    /// Fields that are well-formed by themselves, but not the one encoding or not supported.
    @Test func otherEncodingsAreRefused() throws {
        let key = try SSHPrivateKey.generateEd25519()
        let signature = try key.signatureBlob(over: [1])
        let publicBlob = key.publicKey.blob
        _ = try SSHSignature(parsing: armor(key: publicBlob, signature: signature))
        let cases: [(CryptographyError.Code, [UInt8])] = [
            (.unsupportedAlgorithm, armor(version: 0, key: publicBlob, signature: signature)),
            (.unsupportedAlgorithm, armor(version: 2, key: publicBlob, signature: signature)),
            (.malformed, armor(key: publicBlob, reserved: [0], signature: signature)),
            (.unsupportedAlgorithm, armor(key: publicBlob, hash: "sha1", signature: signature)),
            (.unsupportedAlgorithm, armor(key: publicBlob, hash: "SHA512", signature: signature)),
            (.malformed, armor(key: publicBlob, namespace: "", signature: signature)),
            (.malformed, armor(key: publicBlob, signature: signature + [0])),
            (.malformed, armor(key: publicBlob + [0], signature: signature)),
            (.malformed, armor(key: publicBlob, signature: signature, tail: [0])),
            (.malformed, armor(key: publicBlob, signature: signature.dropLast())),
            (.malformed, armor(key: [], signature: signature)),
            (.malformed, armor(key: publicBlob, signature: [])),
            (
                .malformed,
                armor(key: publicBlob, signature: signature).map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: "\r") : $0 }
            ),
            (.tooLarge, [UInt8](repeating: UInt8(ascii: "A"), count: 40_000)),
            (.malformed, []),
        ]
        for (code, armored) in cases { expectFailure(code) { try SSHSignature(parsing: armored) } }
    }

    /// r and s have one encoding: no leading zeros beyond the sign's, not negative, not zero.
    @Test(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
    func integersAreCanonical() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ecdsa256.generate(in: folder)
        let key = try SSHPrivateKey(parsing: folder.read("key"))
        func signature(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
            var inner: [UInt8] = []
            SSHWire.append(string: r, to: &inner)
            SSHWire.append(string: s, to: &inner)
            var blob: [UInt8] = []
            SSHWire.append(string: "ecdsa-sha2-nistp256", to: &blob)
            SSHWire.append(string: inner, to: &blob)
            return armor(key: key.publicKey.blob, signature: blob)
        }
        _ = try SSHSignature(parsing: signature([5], [0, 0x80]))
        for (r, s) in [([], [5]), ([0], [5]), ([0, 5], [5]), ([5], [0x80]), ([5], [0, 0, 0x80])] as [([UInt8], [UInt8])]
        {
            expectFailure(.malformed) { try SSHSignature(parsing: signature(r, s)) }
        }
        expectFailure(.malformed) { try SSHSignature(parsing: signature([UInt8](repeating: 1, count: 33), [5])) }
    }

    @Test func base64IsCanonical() {
        var random = SeededGenerator(seed: 3)
        for length in 0..<70 {
            let bytes = random.bytes(length)
            let text = Base64.encode(bytes)
            #expect(Base64.decode(text) == bytes)
            #expect(length == 0 || Base64.decode(text.dropLast()) == nil)
        }
        #expect(Base64.encode(Array("foobar".utf8)) == Array("Zm9vYmFy".utf8))
        for bad in ["Zg", "Zg=", "Zh==", "Zm8", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9v=", "Zm-v"] {
            #expect(Base64.decode(Array(bad.utf8)) == nil, Comment(rawValue: bad))
        }
    }
}

/// A signature file from any fields.
private func armor(
    version: UInt32 = 1, key: [UInt8], namespace name: String = namespace, reserved: [UInt8] = [],
    hash: String = "sha512",
    signature: some Collection<UInt8>, tail: [UInt8] = []
) -> [UInt8] {
    var blob = Array("SSHSIG".utf8)
    SSHWire.append(version, to: &blob)
    SSHWire.append(string: key, to: &blob)
    SSHWire.append(string: name, to: &blob)
    SSHWire.append(string: reserved, to: &blob)
    SSHWire.append(string: hash, to: &blob)
    SSHWire.append(string: signature, to: &blob)
    blob += tail
    var text = Array("-----BEGIN SSH SIGNATURE-----\n".utf8)
    blob.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 70) }
    return text + Array("-----END SSH SIGNATURE-----\n".utf8)
}

/// Expects a failure of this kind.
func expectFailure<Result>(
    _ code: CryptographyError.Code, _ what: String = "it", sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    do {
        _ = try body()
        Issue.record("\(what) was not refused", sourceLocation: sourceLocation)
    } catch let error as CryptographyError {
        #expect(error.code == code, Comment(rawValue: error.description), sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
