import Cryptography
import TestSupport
import Testing

private let message = Array("seal of a bundle\n".utf8)
private let namespace = "exhibit-bundle@v1"

/// The real `ssh-agent`.
@Suite(
    .enabled(
        if: StockTool.areInstalled && StockTool.sshAgent.isInstalled && StockTool.sshAdd.isInstalled,
        "ssh-agent or ssh-add is not installed: apt-get install openssh-client"))
struct SSHAgentAgreementTests {
    @Test func everyKindOfKey() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        #expect(try agent.agent.keys().isEmpty)
        for kind in KeyKind.allCases {
            try kind.generate(in: folder, name: kind.rawValue)
            try agent.add("-q", folder.path(kind.rawValue))
        }
        let keys = try agent.agent.keys()
        #expect(keys.usable.count == KeyKind.allCases.count && keys.unusable.isEmpty)
        for kind in KeyKind.allCases {
            let key = try SSHPrivateKey(parsing: folder.read(kind.rawValue))
            let publicKey = try SSHPublicKey(
                parsing: String(decoding: folder.read(kind.rawValue + ".pub"), as: UTF8.self))
            for selection in [.fingerprint(publicKey.fingerprint), .publicKey(publicKey)] as [SSHAgentKeys.Selection] {
                let signer = try SSHSigner(agent: agent.agent, key: selection)
                #expect(signer.publicKey == key.publicKey && signer.comment == "ana@example.com")
                let signature = try signer.sign(message, namespace: namespace)
                #expect(try signature.verify(message: message, namespace: namespace) == publicKey)
                #expect(
                    try TestAgent.sshKeygenVerifies(signature, of: message, key: publicKey, in: folder),
                    "\(kind)")
                // Where there is no chance in it, it is the one that the key makes in our hands: for RSA, with SHA-512.
                if kind == .ed25519 || kind == .rsa3072 {
                    let ours = try SSHSignature.sign(message: message, namespace: namespace, key: key)
                    #expect(signature == ours)
                }
            }
        }
    }

    @Test func keysWithPassphrases() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        try KeyKind.ed25519.generate(in: folder, passphrase: "open sesame")
        expectFailure(.keyEncrypted) { try SSHPrivateKey(parsing: folder.read("key")).comment }
        try agent.add("-q", folder.path("key"), secret: "open sesame")
        let signer = try SSHSigner(agent: agent.agent, key: .only)
        let signature = try signer.sign(message, namespace: namespace)
        #expect(try TestAgent.sshKeygenVerifies(signature, of: message, key: signer.publicKey, in: folder))
    }

    @Test func aKeyInMemorySignsTheSame() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ed25519.generate(in: folder)
        let agent = try TestAgent(in: folder)
        try agent.add("-q", folder.path("key"))
        let held = SSHSigner(try SSHPrivateKey(parsing: folder.read("key")))
        let lent = try SSHSigner(agent: agent.agent, key: .comment("ana@example.com"))
        #expect(held.publicKey == lent.publicKey && held.comment == lent.comment)
        #expect(try held.sign(message, namespace: namespace) == lent.sign(message, namespace: namespace))
        for signer in [held, lent] {
            expectFailure(.malformed) { try signer.sign(message, namespace: "a b") }
        }
    }

    @Test func whichKeyIsMeant() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        for name in ["one", "two"] {
            try KeyKind.ed25519.generate(in: folder, name: name)
            try agent.add("-q", folder.path(name))
        }
        let listed = try agent.add("-l").output.split(separator: "\n").map { $0.split(separator: " ")[1] }
        let keys = try agent.agent.keys()
        #expect(keys.usable.map(\.publicKey.fingerprint) == listed.map(String.init))
        for (index, key) in keys.usable.enumerated() {
            let bare = String(key.publicKey.fingerprint.dropFirst("SHA256:".count))
            for text in [key.publicKey.fingerprint, bare, bare + "="] {
                #expect(try keys.key(.fingerprint(text)) == keys.usable[index])
            }
        }
        expectFailure(.keyNotFound) { try keys.key(.only) }
        expectFailure(.keyNotFound) { try keys.key(.comment("ana@example.com")) }
        expectFailure(.keyNotFound) { try keys.key(.comment("ana")) }
        expectFailure(.keyNotFound) { try keys.key(.fingerprint("SHA256:AAAA")) }
        expectFailure(.keyNotFound) { try keys.key(.publicKey(SSHPrivateKey.generateEd25519().publicKey)) }
        // The same key under two names is one key.
        try agent.add("-D")
        try agent.add("-q", folder.path("one"))
        #expect(try agent.agent.keys().key(.only).publicKey == keys.usable[0].publicKey)
    }

    @Test func aLockedAgent() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        try KeyKind.ed25519.generate(in: folder)
        try agent.add("-q", folder.path("key"))
        let signer = try SSHSigner(agent: agent.agent, key: .only)
        try agent.add("-x", secret: "1234")
        #expect(try agent.agent.keys().isEmpty)
        expectFailure(.keyNotFound) { try SSHSigner(agent: agent.agent, key: .only) }
        expectFailure(.agentLocked) { try signer.sign(message, namespace: namespace) }
        try agent.add("-X", secret: "1234")
        #expect(throws: Never.self) { try signer.sign(message, namespace: namespace) }
    }

    @Test func keysThatAreTakenAway() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        for name in ["one", "two"] {
            try KeyKind.ecdsa256.generate(in: folder, name: name)
            try agent.add("-q", folder.path(name))
        }
        let key = try SSHPublicKey(parsing: String(decoding: folder.read("one.pub"), as: UTF8.self))
        let signer = try SSHSigner(agent: agent.agent, key: .publicKey(key))
        try agent.add("-q", "-d", folder.path("one"))
        expectFailure(.keyNotFound) { try signer.sign(message, namespace: namespace) }
        // Everything gone looks like a lock.
        try agent.add("-q", "-D")
        expectFailure(.agentLocked) { try signer.sign(message, namespace: namespace) }
    }

    @Test func somebodySaysNo() throws {
        let folder = try TemporaryFolder()
        let no = try folder.write(Array("#!/bin/sh\nexit 1\n".utf8), as: "no", mode: 0o700)
        let agent = try TestAgent(
            in: folder, environment: ["SSH_ASKPASS": no, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":9"])
        try KeyKind.ed25519.generate(in: folder)
        try agent.add("-q", "-c", folder.path("key"))
        let signer = try SSHSigner(agent: agent.agent, key: .only)
        expectFailure(.agentRefused) { try signer.sign(message, namespace: namespace) }
    }

    @Test func keysThatAreNotUsedHere() throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        try KeyKind.ed25519.generate(in: folder)
        try KeyKind.ed25519.generate(in: folder, name: "authority")
        let certified = try StockTool.sshKeygen.run(
            "-q", "-s", folder.path("authority"), "-I", "ana", "-n", "ana", folder.path("key.pub"), in: folder)
        #expect(certified.status == 0, Comment(rawValue: certified.errors))
        try agent.add("-q", folder.path("key"))
        let keys = try agent.agent.keys()
        #expect(keys.usable.count == 1 && keys.unusable.count == 1)
        #expect(keys.unusable[0].comment == "ana@example.com" && keys.unusable[0].reason.contains("-cert-v01"))
        let signer = try SSHSigner(agent: agent.agent, key: .only)
        #expect(try signer.sign(message, namespace: namespace).publicKey == signer.publicKey)
    }

    @Test func manyTasksSignWithOneKey() async throws {
        let folder = try TemporaryFolder()
        let agent = try TestAgent(in: folder)
        try KeyKind.ed25519.generate(in: folder)
        try agent.add("-q", folder.path("key"))
        let signer = try SSHSigner(agent: agent.agent, key: .only)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    let signature = try signer.sign([UInt8(number)], namespace: namespace)
                    return try signature.verify(message: [UInt8(number)], namespace: namespace) == signer.publicKey
                }
            }
            for try await isGood in group { #expect(isGood) }
        }
    }
}

/// What listens is no agent, or a bad one.
@Suite struct HostileAgentTests {
    private func frame(_ message: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        SSHWire.append(string: message, to: &frame)
        return frame
    }

    private func identities(_ keys: [(blob: [UInt8], comment: String)], count: Int? = nil) -> [UInt8] {
        var message: [UInt8] = [12]
        SSHWire.append(UInt32(count ?? keys.count), to: &message)
        for key in keys {
            SSHWire.append(string: key.blob, to: &message)
            SSHWire.append(string: key.comment, to: &message)
        }
        return message
    }

    private func signature(_ blob: [UInt8]) -> [UInt8] {
        var message: [UInt8] = [14]
        SSHWire.append(string: blob, to: &message)
        return message
    }

    @Test func nobodyIsThere() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([], as: "file")
        var paths = ["", folder.path("nothing"), file, "/tmp/" + String(repeating: "x", count: 200), "/tmp/a\0b"]
        do {
            // A socket that nobody listens at any more.
            let gone = try FakeAgent(in: folder, answers: [])
            paths.append(gone.path)
        }
        for path in paths {
            expectFailure(.agentUnavailable) { try SSHAgent(path: path).keys() }
            expectFailure(.agentUnavailable) { try SSHSigner(agent: SSHAgent(path: path), key: .only) }
        }
    }

    @Test func itNeverAnswers() throws {
        let folder = try TemporaryFolder()
        let silent = try FakeAgent(in: folder, answers: [])
        expectFailure(.timedOut) { try silent.agent.keys() }
        // Begins, and does not go on.
        for (index, beginning) in ([[], [0, 0], [0, 0, 0, 100], [0, 0, 0, 100, 12]] as [[UInt8]]).enumerated() {
            let slow = try FakeAgent(in: folder, name: "slow\(index)", answers: [beginning], closes: false)
            expectFailure(.timedOut) { try slow.agent.keys() }
        }
        // Shows its keys, and then waits for somebody who never comes.
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let waiting = try FakeAgent(
            in: folder, name: "waiting", answers: [frame(identities([(key.blob, "")])), []], closes: false)
        let signer = try SSHSigner(agent: waiting.agent, key: .only)
        expectFailure(.timedOut) { try signer.sign(message, namespace: namespace) }
        // Its queue is full: nobody takes the call.
        let full = try FakeAgent(in: folder, name: "full", answers: [])
        let calls = (0..<12).map { _ in Result { try full.agent.keys() } }
        for call in calls { expectFailure(.timedOut) { try call.get() } }
    }

    /// Whoever asks may have less time than the agent's own patience, for all of a call.
    @Test func itNeverAnswersAndThereIsNoTime() throws {
        let folder = try TemporaryFolder()
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let waiting = try FakeAgent(
            in: folder, answers: [frame(identities([(key.blob, "")])), [], [], []], closes: false)
        let agent = SSHAgent(path: waiting.path, timeout: .seconds(600), signingTimeout: .seconds(600))
        let signer = try SSHSigner(agent: agent, key: .only, within: .seconds(60))
        let start = ContinuousClock.now
        for patience in [Duration.milliseconds(200), .zero, .seconds(-5)] {
            expectFailure(.timedOut) { try agent.keys(within: patience) }
            expectFailure(.timedOut) { try signer.sign(message, namespace: namespace, within: patience) }
        }
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func itAnswersSomethingElse() throws {
        let folder = try TemporaryFolder()
        let blob = try SSHPrivateKey.generateEd25519().publicKey.blob
        let cases: [(CryptographyError.Code, [UInt8])] = [
            (.agentRefused, []), (.agentRefused, [0, 0]), (.agentRefused, [0, 0, 0, 9, 12]),
            (.malformed, [0, 0, 0, 0]), (.tooLarge, [0xFF, 0xFF, 0xFF, 0xFF]), (.tooLarge, [0, 4, 0, 1, 12]),
            (.tooLarge, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), (.agentRefused, frame([5])),
            (.malformed, frame([6])), (.malformed, frame([14])), (.malformed, frame([12])),
            (.malformed, frame([12, 0, 0, 0])), (.malformed, frame([12, 0, 0, 0, 1])),
            (.malformed, frame([12, 0, 0, 0, 0, 0])), (.malformed, frame([12, 0xFF, 0xFF, 0xFF, 0xFF])),
            (.malformed, frame([12, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1])),
            (.malformed, frame(identities([(blob, "a")], count: 2))),
            (.malformed, frame(identities([(blob, "a")], count: 0))),
            (.malformed, frame(identities([(blob, "a")]).dropLast())),
            (.malformed, frame(identities([(blob, "a")]) + [0])),
        ]
        for (index, (code, answer)) in cases.enumerated() {
            let fake = try FakeAgent(in: folder, name: "fake\(index)", answers: [answer])
            expectFailure(code, "answer \(index)") { try fake.agent.keys() }
        }
        // Keys that are none, and names that are no text.
        var odd: [UInt8] = [12, 0, 0, 0, 3]
        for (key, comment) in [([], [0xFF, 0xFE]), ([1, 2, 3], []), (blob, [0x1B, 0x5B])] as [([UInt8], [UInt8])] {
            SSHWire.append(string: key, to: &odd)
            SSHWire.append(string: comment, to: &odd)
        }
        let fake = try FakeAgent(in: folder, name: "odd", answers: [frame(odd)])
        let keys = try fake.agent.keys()
        #expect(keys.usable.map(\.publicKey.blob) == [blob] && keys.unusable.count == 2)
    }

    @Test func itSignsSomethingElse() throws {
        let folder = try TemporaryFolder()
        let key = try SSHPrivateKey.generateEd25519()
        let other = try SSHPrivateKey.generateEd25519()
        let list = frame(identities([(key.publicKey.blob, "ana")]))
        var rsa: [UInt8] = []
        SSHWire.append(string: "ssh-rsa", to: &rsa)
        SSHWire.append(string: [UInt8](repeating: 1, count: 256), to: &rsa)
        let otherBytes = try key.signatureBlob(over: message)
        let cases: [(CryptographyError.Code, [[UInt8]])] = try [
            (.badSignature, [list, frame(signature(otherBytes))]),
            (.badSignature, [list, frame(signature(other.signatureBlob(over: message)))]),
            (.malformed, [list, frame(signature(rsa))]), (.malformed, [list, frame(signature([]))]),
            (.malformed, [list, frame(signature(otherBytes + [0]))]),
            (.malformed, [list, frame(signature(otherBytes) + [0])]),
            (.malformed, [list, frame(identities([]))]), (.agentRefused, [list, []]),
            (.agentRefused, [list, frame([5]), list]), (.agentLocked, [list, frame([5]), frame(identities([]))]),
            (.keyNotFound, [list, frame([5]), frame(identities([(other.publicKey.blob, "ana")]))]),
            (.malformed, [list, frame([28])]),
        ]
        for (index, (code, answers)) in cases.enumerated() {
            let fake = try FakeAgent(in: folder, name: "fake\(index)", answers: answers)
            let signer = try SSHSigner(agent: fake.agent, key: .only)
            expectFailure(code, "answer \(index)") { try signer.sign(message, namespace: namespace) }
        }
    }

    /// An agent that does not know how to avoid SHA-1.
    @Test(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
    func oldAgentsSignWithSHA1() throws {
        let folder = try TemporaryFolder()
        try KeyKind.rsa3072.generate(in: folder)
        let key = try SSHPrivateKey(parsing: folder.read("key")).publicKey
        var old: [UInt8] = []
        SSHWire.append(string: "ssh-rsa", to: &old)
        SSHWire.append(string: [UInt8](repeating: 1, count: 384), to: &old)
        let fake = try FakeAgent(
            in: folder, answers: [frame(identities([(key.blob, "ana")])), frame(signature(old))])
        let signer = try SSHSigner(agent: fake.agent, key: .only)
        expectFailure(.unsupportedAlgorithm) { try signer.sign(message, namespace: namespace) }
    }

    /// Any bytes as an answer: refused, and never worse.
    @Test func randomAnswers() throws {
        var random = SeededGenerator(seed: 37)
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let good = identities([(key.blob, "ana"), (key.blob, "bob")])
        for _ in 0..<4000 {
            var answer = Bool.random(using: &random) ? good : [12, 0, 0, 0] + random.bytes(40)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                answer[Int.random(in: 0..<answer.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            answer.removeLast(Int.random(in: 0..<answer.count, using: &random) / 4)
            let keys = try? AgentMessage.identities(in: answer, subject: "")
            #expect(keys.map { $0.usable.count <= 2 } ?? true)
            _ = try? AgentMessage.signature(in: [14] + answer, subject: "")
        }
        #expect(try AgentMessage.identities(in: good, subject: "")?.usable.count == 2)
    }
}
