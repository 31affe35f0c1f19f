import Cryptography
import Testing

private let message = Array("seal of a bundle\n".utf8)
private let namespace = "exhibit-bundle@v1"

/// Keys in a smart card, through the real `ssh-agent`: SoftHSM is one in software, behind the same PKCS#11 interface.
@Suite(
    .enabled(
        if: StockTool.areInstalled && StockTool.softHSM.isInstalled,
        "softhsm2-util is not installed: apt-get install softhsm2"))
struct SmartCardTests {
    private static let library = "/usr/lib/softhsm/libsofthsm2.so"

    @Test func aKeyInACardSigns() throws {
        let folder = try TemporaryFolder()
        let configuration = try folder.write(
            Array("directories.tokendir = \(folder.root)\nobjectstore.backend = file\n".utf8), as: "softhsm.conf")
        let environment = ["SOFTHSM2_CONF": configuration]
        func softHSM(_ arguments: String...) throws {
            let outcome = try StockTool.softHSM.run(arguments, in: folder, environment: environment)
            guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        }
        try softHSM("--init-token", "--free", "--label", "card", "--so-pin", "87654321", "--pin", "123456")
        for (index, key) in [["RSA", "rsa_keygen_bits:2048"], ["EC", "ec_paramgen_curve:P-256"]].enumerated() {
            let made = try StockTool.openssl.run(
                ["genpkey", "-algorithm", key[0], "-pkeyopt", key[1], "-out", folder.path("key.pem")], in: folder)
            #expect(made.status == 0, Comment(rawValue: made.errors))
            try softHSM(
                "--import", folder.path("key.pem"), "--token", "card", "--label", "key\(index)", "--id", "0\(index)",
                "--pin", "123456")
        }
        let agent = try TestAgent(in: folder, providers: "/usr/lib/*", environment: environment)
        try agent.add("-s", Self.library, secret: "123456")
        let keys = try agent.agent.keys().usable
        #expect(Set(keys.map(\.publicKey.algorithm)) == [.rsa, .ecdsaP256])
        for key in keys {
            let signer = try SSHSigner(agent: agent.agent, key: .publicKey(key.publicKey))
            let signature = try signer.sign(message, namespace: namespace)
            #expect(try signature.verify(message: message, namespace: namespace) == key.publicKey)
            #expect(try TestAgent.sshKeygenVerifies(signature, of: message, key: key.publicKey, in: folder))
        }
        // The card is taken out.
        let signer = try SSHSigner(agent: agent.agent, key: .publicKey(keys[0].publicKey))
        try agent.add("-e", Self.library)
        expectFailure(.agentLocked) { try signer.sign(message, namespace: namespace) }
    }
}

/// Keys in a FIDO token, through the real `ssh-keygen`, `ssh-agent` and `ssh-sk-helper`, which load the token's driver.
/// The driver is ``SoftwareToken``; everything else is what people use.
@Suite(
    .enabled(
        if: StockTool.areInstalled && SoftwareToken.compiler != nil,
        "there is no C compiler on PATH to make a FIDO token in software with"))
struct SecurityKeyTests {
    @Test(arguments: ["ed25519-sk", "ecdsa-sk"])
    func aKeyInATokenSigns(type: String) throws {
        let folder = try TemporaryFolder()
        let driver = try SoftwareToken.compile(in: folder)
        let made = try StockTool.sshKeygen.run(
            ["-q", "-t", type, "-N", "", "-C", "token", "-w", driver, "-f", folder.path("key")], in: folder)
        try #require(made.status == 0, Comment(rawValue: made.errors))
        let key = try SSHPublicKey(parsing: String(decoding: folder.read("key.pub"), as: UTF8.self))
        #expect(key.algorithm.isSecurityKey && key.application == "ssh:")
        // The file is only a handle: the token signs.
        expectFailure(.unsupportedAlgorithm) { try SSHPrivateKey(parsing: folder.read("key")).comment }

        // ssh-keygen signs with it, we verify.
        let file = try folder.write(message, as: "seal")
        let signed = try StockTool.sshKeygen.run(
            ["-Y", "sign", "-q", "-f", folder.path("key"), "-n", namespace], in: folder, input: file,
            environment: ["SSH_SK_PROVIDER": driver])
        #expect(signed.status == 0, Comment(rawValue: signed.errors))
        let theirs = try SSHSignature(parsing: Array(signed.output.utf8))
        #expect(try theirs.verify(message: message, namespace: namespace) == key)
        #expect(theirs.securityKeyUse?.userPresent == true && theirs.securityKeyUse?.counter == 0x0102_0304)
        expectFailure(.badSignature) { try theirs.verify(message: message + [0], namespace: namespace) }

        // We sign through the agent, ssh-keygen verifies.
        let agent = try TestAgent(in: folder, providers: folder.root + "/*")
        try agent.add("-q", "-S", driver, folder.path("key"))
        let signer = try SSHSigner(agent: agent.agent, key: .comment("token"))
        #expect(signer.publicKey == key)
        let ours = try signer.sign(message, namespace: namespace)
        #expect(try ours.verify(message: message, namespace: namespace) == key)
        #expect(ours.securityKeyUse?.userPresent == true)
        #expect(try TestAgent.sshKeygenVerifies(ours, of: message, key: key, in: folder))

        // Nobody touches it.
        try folder.write([], as: "untouched")
        expectFailure(.agentRefused) { try signer.sign(message, namespace: namespace) }
    }
}
