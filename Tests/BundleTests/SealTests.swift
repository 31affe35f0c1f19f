import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What a writer puts into `sig/`, checked by the tools that people have.
@Suite(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
struct SealTests {
    @Test func stockToolsCheckEverySignatureAndTimestamp() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("ana")
            let key = try SSHPrivateKey.generateEd25519(comment: "ann@host")
            try pki.write("ann \(key.publicKey.authorizedKeysLine())\n", "allowed")
            let sealed = try await Sample.write(
                to: "\(folder)/b.tar", container: .tar,
                signers: sshSigners(key) + [try pki.signer("ana")],
                timestamps: TimestampTaker(
                    services: [TestTimestampService(pki)], authorities: try pki.bundle("clock.pem"))
            )
            #expect(sealed.signatures.map(\.path) == ["sig/seal.1.ssh.sig", "sig/seal.2.cms.p7s"])
            #expect(sealed.isSignedByOperator && !sealed.lacksTimestamp && sealed.failedSigners.isEmpty)
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            let bundle = "\(folder)/case-1"
            let manifest = try Command(["sha256sum", "--strict", "-c", "sig/manifest-sha256.txt"], in: bundle)
            #expect(manifest.status == 0 && manifest.output.split(separator: "\n").count == 6, "\(manifest.output)")
            let ssh = try Command(
                "ssh-keygen -Y verify -f ../pki/allowed -I ann -n exhibit-bundle@v1 -s sig/seal.1.ssh.sig".words,
                in: bundle, input: "\(bundle)/seal.sha256")
            #expect(ssh.status == 0, "\(ssh.output)")
            let cms = try Command(
                ("openssl cms -verify -cades -binary -purpose any -inform DER -in sig/seal.2.cms.p7s "
                    + "-content seal.sha256 -CAfile ../pki/root.pem -out /dev/null").words, in: bundle)
            #expect(cms.status == 0, "\(cms.output)")
            for (number, signature) in [(1, "ssh.sig"), (2, "cms.p7s")] {
                let stamp = try Command(
                    ("openssl ts -verify -in sig/seal.\(number).tsr -data sig/seal.\(number).\(signature) "
                        + "-CAfile ../pki/clock.pem -untrusted sig/seal.\(number).tsa.pem").words, in: bundle)
                #expect(stamp.status == 0, "\(stamp.output)")
            }
            for path in ["\(folder)/b.tar", bundle] {
                let verification = try await Verifier(
                    anchors: Anchors(
                        certificateAuthorities: try pki.bundle("root.pem"),
                        timestampAuthorities: try pki.bundle("clock.pem"),
                        requiredSigners: [
                            .key(sealed.signer), .certificate(try pki.certificate("ana").fingerprint),
                            try RequiredSigner(parsing: "subject:CN=ana"),
                        ], requiresTimestamp: true)
                ).verify(path: path)
                #expect(verification.failures == [])
                #expect(verification.verdict == .authentic)
                #expect(verification.time.state == .passed)
                #expect(
                    verification.requiredSigners.map(\.place) == [
                        "sig/seal.1.ssh.sig", "sig/seal.2.cms.p7s", "sig/seal.2.cms.p7s",
                    ])
                #expect(verification.signers.map(\.basis) == [.timestamp, .timestamp])
            }
        }
    }

    /// All made by other programs, with the numbers and names that section 8.2 says.
    @Test func signaturesOfStockToolsAreAccepted() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue(
                "ana", extensions: TestPKI.person + "subjectAltName=email:ana@Example.com\n")
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            var parts = try await TakenApart("\(folder)/b.tar")
            try Data(parts.bytes("seal.sha256")).write(to: URL(fileURLWithPath: "\(pki.folder)/seal"))
            try pki.openssl(
                "cms -sign -cades -binary -md sha256 -signer ana.pem -inkey ana.key -in seal -outform DER -out s.p7s")
            #expect(try Command("ssh-keygen -q -t ecdsa -f k".words + ["-N", ""], in: pki.folder).status == 0)
            #expect(try Command("ssh-keygen -Y sign -f k -n exhibit-bundle@v1 seal".words, in: pki.folder).status == 0)
            var files: [(String, [UInt8])] = []
            for (number, kind, name) in [(1, "cms.p7s", "s.p7s"), (2, "ssh.sig", "seal.sig")] {
                try pki.openssl("ts -query -data \(name) -sha256 -cert -out \(name).tsq")
                let answer = try TimestampResponse(answer: try pki.answer(try pki.read("\(name).tsq")))
                files += [
                    ("sig/seal.\(number).\(kind)", try pki.read(name)), ("sig/seal.\(number).tsr", answer.encoded),
                ]
                if number == 1 { files.append(("sig/seal.1.tsa.pem", try pki.bundle("tsa.pem", "clock.pem").pem)) }
            }
            parts.setSignatures(files)
            try await parts.write(to: "\(folder)/c.tar")
            let publicKey = try SSHPublicKey(
                parsing: String(decoding: try pki.read("k.pub"), as: UTF8.self).trimmingCharacters(in: .newlines))
            let verification = try await Verifier(
                anchors: Anchors(
                    certificateAuthorities: try pki.bundle("root.pem"),
                    timestampAuthorities: try pki.bundle("clock.pem"),
                    requiredSigners: [
                        try RequiredSigner(parsing: "email:ana@example.COM"), .key(publicKey.fingerprint),
                    ])
            ).verify(path: "\(folder)/c.tar")
            #expect(verification.failures == [])
            #expect(verification.verdict == .authentic)
            #expect(verification.time.state == .passed)
        }
    }

    @Test func aSignerThatFailsCostsItsSignatureOnly() async throws {
        try await withFolder { folder in
            let agent = SSHAgent(path: "\(folder)/none")
            #expect(throws: CryptographyError.self) { try SSHSigner(agent: agent, key: .only) }
            // An agent that is there when the bundle is opened, and gone when it is sealed.
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["ssh-agent", "-D", "-a", "\(folder)/s"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let pid = process.processIdentifier
            defer { kill(pid, SIGKILL) }
            let add = "ssh-keygen -q -t ed25519 -N '' -f k; while ! [ -S s ]; do sleep 0.1; done; ssh-add -q k"
            let added = try Command(["sh", "-c", add], in: folder, environment: ["SSH_AUTH_SOCK": "\(folder)/s"])
            #expect(added.status == 0, "\(added.output)")
            let signer = SealSigner.ssh(try SSHSigner(agent: SSHAgent(path: "\(folder)/s"), key: .only))
            let other = try SSHPrivateKey.generateEd25519()
            let known = other.publicKey.fingerprint
            // In the first bundle somebody else signs, in the second the run's key must.
            let second = try await BundleWriter(
                opening: try Sample.opening(), outputPath: "\(folder)/2.tar", options: .init(container: .tar),
                signers: [signer])
            let first = try await Sample.write(
                to: "\(folder)/1.tar", container: .tar, signers: [signer, .ssh(SSHSigner(other))]
            ) { _ in _ = kill(pid, SIGKILL) }
            #expect(first.signatures.map(\.fingerprint) == [known])
            #expect(first.failedSigners.map(\.fingerprint) == [signer.fingerprint])
            let sealed = try await second.seal()
            #expect(sealed.signatures.map(\.isOwnKey) == [true] && !sealed.isSignedByOperator)
            #expect(sealed.failedSigners.count == 1)
            for path in [first.path, sealed.path] {
                let verification = try await Verifier(anchors: Anchors(expectedSealID: nil)).verify(path: path)
                #expect(verification.integrity.state == .passed, "\(verification.findings)")
            }
        }
    }

    // MARK: Time stamp authorities that fail

    private func outcome(_ services: [any TimestampService], in folder: String) async throws
        -> SealedSignature.Timestamp
    {
        let path = "\(folder)/\(UInt64.random(in: 0 ... .max)).tar"
        let sealed = try await Sample.write(
            to: path, container: .tar,
            timestamps: TimestampTaker(services: services, budget: .seconds(4)))
        let verification = try await Verifier(anchors: Anchors(expectedSealID: sealed.sealID)).verify(path: path)
        #expect(verification.verdict == .authentic, "\(verification.findings)")
        return sealed.signatures[0].timestamp
    }

    @Test func aFailingAuthorityCostsTheTimestampOnly() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            struct Unreachable: Error, CustomStringConvertible { let description = "nobody listens" }
            let faults: [(String, @Sendable ([UInt8]) async throws -> [UInt8], String)] = [
                ("unreachable", { _ in throw Unreachable() }, "nobody listens"),
                ("noise", { _ in Array("<html>".utf8) }, "not a time stamp authority's answer"),
                ("empty", { _ in [] }, "not a time stamp authority's answer"),
                (
                    "other bytes",
                    { _ in try pki.answer(try TimestampRequest(over: [1]).encoded) }, "other bytes"
                ),
                (
                    "replay",
                    { request in
                        // The same imprint, without the nonce: SEQUENCE { version, imprint, certReq }.
                        try pki.answer([0x30, 0x39] + request.dropFirst(2).prefix(3 + 51) + [0x01, 0x01, 0xFF])
                    }, "nonce"
                ),
                ("refusal", { _ in try pki.answer([0x30, 0x00]) }, "gave no time stamp"),
                (
                    "silence",
                    { _ in
                        try await Task.sleep(for: .seconds(3_600)); return []
                    }, "did not answer"
                ),
            ]
            for (name, fault, words) in faults {
                let broken = TestTimestampService(name: name, fault)
                guard case .lacking(let reason) = try await outcome([broken], in: folder) else {
                    Issue.record("\(name) was taken")
                    continue
                }
                #expect(reason.contains(words) && reason.hasPrefix(name), "\(name): \(reason)")
                // The next one is asked.
                guard
                    case .taken(_, _, "https://tsa.example") = try await outcome(
                        [broken, TestTimestampService(pki)], in: folder)
                else {
                    Issue.record("nobody was asked after \(name)")
                    continue
                }
            }
        }
    }

    @Test func anAuthorityThatIsNotToBeBelievedIsPassedOver() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            let taker = TimestampTaker(services: [TestTimestampService(pki)], authorities: try pki.bundle("root.pem"))
            await #expect { try await taker.take(over: [1]) } throws: {
                "\($0)".contains("nobody who is to be believed")
            }
        }
    }

    @Test func nobodyHasToWaitForATimestamp() async throws {
        try await withFolder { folder in
            let (asked, started) = AsyncStream.makeStream(of: Void.self)
            let silent = TestTimestampService(name: "silent") { _ in
                started.yield()
                try await Task.sleep(for: .seconds(3_600))
                return []
            }
            let writer = try await BundleWriter(
                opening: try Sample.opening(), outputPath: "\(folder)/b.tar", options: .init(container: .tar),
                timestamps: TimestampTaker(services: [silent], budget: .seconds(3_600)))
            async let sealing = writer.seal()
            var iterator = asked.makeAsyncIterator()
            _ = await iterator.next()
            _ = writer.skipTimestamps()
            let sealed = try await sealing
            #expect(sealed.lacksTimestamp)
        }
    }

    /// Whoever has not answered by then is not waited for; but who answers at once is heard, however late it is.
    @Test(arguments: [-3_600, 1]) func theSealWaitsNoLongerThanItMay(seconds: Int) async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            let silent = TestTimestampService(name: "silent") { _ in
                try await Task.sleep(for: .seconds(3_600))
                return []
            }
            let limit = ContinuousClock.now + .seconds(seconds)
            for (service, isTaken) in [(silent, false), (TestTimestampService(pki), true)] {
                let writer = try await BundleWriter(
                    opening: try Sample.opening(), outputPath: "\(folder)/\(isTaken).tar",
                    options: .init(container: .tar),
                    timestamps: TimestampTaker(services: [service], budget: .seconds(3_600)))
                let start = ContinuousClock.now
                let sealed = try await writer.seal(waitingUntil: limit)
                #expect(sealed.lacksTimestamp == !isTaken)
                if !isTaken { #expect(ContinuousClock.now - start < .seconds(30)) }
            }
        }
    }

    /// Time to come does not make anybody more patient.
    @Test func aLimitThatIsFarAwayChangesNothing() async throws {
        try await withFolder { folder in
            let silent = TestTimestampService(name: "silent") { _ in
                try await Task.sleep(for: .seconds(3_600))
                return []
            }
            let writer = try await BundleWriter(
                opening: try Sample.opening(), outputPath: "\(folder)/b.tar", options: .init(container: .tar),
                timestamps: TimestampTaker(services: [silent], budget: .seconds(2)))
            let start = ContinuousClock.now
            let sealed = try await writer.seal(waitingUntil: .now + .seconds(3_600))
            #expect(sealed.lacksTimestamp)
            #expect((.seconds(2) ..< .seconds(60)).contains(ContinuousClock.now - start))
        }
    }
}

extension String {
    var words: [String] { split(separator: " ").map(String.init) }
}

extension TakenApart {
    /// Puts other files into `sig/`, and a manifest of them.
    mutating func setSignatures(_ signatures: [(path: String, bytes: [UInt8])]) {
        files.removeAll { $0.path.hasPrefix("case-1/sig/") }
        let manifest = signatures.map { "\(SHA256.digest(of: $0.bytes).hex)  \($0.path)\n" }.joined()
        for (path, bytes) in signatures + [("sig/manifest-sha256.txt", Array(manifest.utf8))] {
            files.append(("case-1/" + path, bytes))
        }
    }
}
