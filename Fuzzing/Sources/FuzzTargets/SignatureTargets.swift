@testable import Cryptography

extension FuzzTarget {
    static let signatures = [sshSignature, sshKey, sshPublicKey, allowedSigners, sshAgent]

    /// A signature file; what does not begin like one is what would be in one.
    static let sshSignature = FuzzTarget("ssh-signature") {
        let key = try SSHPrivateKey.generateEd25519(comment: "x")
        let signature = try SSHSignature.sign(message: Array("m".utf8), namespace: "exhibit-bundle@v1", key: key)
        return [("ed25519", signature.armored), ("blob", blob(of: signature.armored))]
    } run: { input in
        let file = input.starts(with: "-----".utf8) ? input : armored(input, "SSH SIGNATURE")
        guard let signature = accepted({ try SSHSignature(parsing: file) }) else { return }
        require(signature.armored == file, "a signature has one encoding")
        require(armored(blob(of: file), "SSH SIGNATURE") == file, "what is in a signature has one encoding")
        let again = accepted { try SSHPublicKey(blob: signature.publicKey.blob) }
        require(again == signature.publicKey, "the key in a signature is a key")
        requireFitLine(signature.namespace)
        _ = accepted { try signature.verify(message: Array("m".utf8), namespace: signature.namespace) }
    }

    /// A private key file, or what would be in one of OpenSSH's.
    static let sshKey = FuzzTarget("ssh-key") {
        let key = try SSHPrivateKey.generateEd25519(comment: "x")
        let file = try key.withOpenSSHText { Array($0) }
        return [("openssh", file), ("blob", blob(of: file))]
    } run: { input in
        let file = input.starts(with: "-----".utf8) ? input : armored(input, "OPENSSH PRIVATE KEY")
        let key: SSHPrivateKey
        do {
            key = try SSHPrivateKey(parsing: file, subject: "file")
        } catch {
            return requireFit(error)
        }
        let message = Array("m".utf8)
        let signature = try SSHSignature.sign(message: message, namespace: "n", key: key)
        require(
            accepted { try signature.verify(message: message, namespace: "n") } == key.publicKey,
            "what an accepted key signs holds")
    }

    /// A public key in a line, and what would be in one.
    static let sshPublicKey = FuzzTarget("ssh-public-key") {
        let key = try SSHPrivateKey.generateEd25519(comment: "x").publicKey
        return [("line", Array(key.authorizedKeysLine(comment: "a comment").utf8)), ("blob", key.blob)]
    } run: { input in
        if let key = accepted({ try SSHPublicKey(parsing: String(decoding: input, as: UTF8.self)) }) {
            require(
                accepted { try SSHPublicKey(parsing: key.authorizedKeysLine()) } == key, "a key's line gives the key")
            let recipient = accepted { try AgeRecipient(sshKey: key) }
            if let recipient {
                require(
                    accepted { try AgeRecipient(parsing: "\(recipient)") } != nil,
                    "a recipient that is shown can be read")
            }
        }
        _ = accepted { try AgeRecipient(parsing: String(decoding: input, as: UTF8.self)) }
        if let key = accepted({ try SSHPublicKey(blob: input) }) {
            require(key.blob == input, "a key has one encoding")
            require(key.bits > 0 && key.bits <= 16_384, "a key's size is bounded")
        }
    }

    static let allowedSigners = FuzzTarget("allowed-signers") {
        let line = try SSHPrivateKey.generateEd25519().publicKey.authorizedKeysLine()
        return [
            ("plain", Array("a@example.com \(line)\n".utf8)),
            (
                "options",
                Array(
                    "\"*@a,!b@a\" namespaces=\"exhibit-*\",valid-after=\"20240101\",valid-before=\"20300101Z\" \(line) c\n# c\n"
                        .utf8)
            ),
        ]
    } run: { input in
        guard let list = accepted({ try AllowedSigners(parsing: input) }) else { return }
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).count
        require(list.signers.count + list.rejectedLines.count <= lines, "a line is a signer, rejected or nothing")
        let name = String(decoding: input.prefix(64), as: UTF8.self)
        for signer in list.signers.prefix(8) {
            for time in [0, signer.validAfter ?? 1, signer.validBefore ?? 1_800_000_000] {
                let found = list.match(key: signer.key, namespace: "exhibit-bundle@v1", at: time)
                let objections = list.objections(key: signer.key, namespace: "exhibit-bundle@v1", at: time)
                require(!found.isEmpty || !objections.isEmpty, "a key that is listed holds, or it is said why not")
                if list.authorizes(principal: name, key: signer.key, namespace: "exhibit-bundle@v1", at: time) {
                    require(!found.isEmpty, "who is authorised is found by the key")
                }
            }
        }
        for line in list.rejectedLines { requireFitLine(line.reason) }
    }

    /// What an ssh-agent answers.
    static let sshAgent = FuzzTarget("ssh-agent") {
        var answer: [UInt8] = [12]
        SSHWire.append(1, to: &answer)
        SSHWire.append(string: try SSHPrivateKey.generateEd25519().publicKey.blob, to: &answer)
        SSHWire.append(string: "a comment", to: &answer)
        var signature: [UInt8] = [14]
        SSHWire.append(string: [UInt8](repeating: 1, count: 83), to: &signature)
        return [("keys", answer), ("signature", signature), ("failure", [5])]
    } run: { input in
        if let keys = accepted({ try AgentMessage.identities(in: input, subject: "agent") }) {
            require((keys?.usable.count ?? 0) * 4 <= input.count, "no more keys are found than there is room for")
        }
        if let signature = accepted({ try AgentMessage.signature(in: input, subject: "agent") }) {
            require((signature?.count ?? 0) < max(input.count, 1), "a signature is part of the answer")
        }
    }

    /// Base64 in lines of 70 columns, as OpenSSH writes it.
    private static func armored(_ blob: [UInt8], _ label: String) -> [UInt8] {
        var text = Array("-----BEGIN \(label)-----\n".utf8)
        blob.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 70) }
        return text + Array("-----END \(label)-----\n".utf8)
    }

    private static func blob(of file: [UInt8]) -> [UInt8] {
        Base64.decode(Array(file.split(separator: 0x0A).dropFirst().dropLast().joined())) ?? []
    }
}

/// A text that is shown to people has no control characters.
func requireFitLine(_ text: String) {
    require(
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) },
        "it is free of control characters: \(text.debugDescription)")
}
