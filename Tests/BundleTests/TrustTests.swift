import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Who and when, by every kind of anchor, and of several at once (section 8.3).
@Suite(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
struct TrustTests {
    /// 2039, when all certificates of these tests still hold.
    private static let later: Int64 = 2_180_000_000
    /// 2042, when none does.
    private static let end: Int64 = 2_280_000_000

    private func verify(_ path: String, _ anchors: Anchors, now: Int64? = nil) async throws -> Verification {
        var verifier = Verifier(anchors: anchors)
        verifier.now = now
        return try await verifier.verify(path: path)
    }

    private func required(_ texts: String...) throws -> [RequiredSigner] {
        try texts.map { try RequiredSigner(parsing: $0) }
    }

    // MARK: Certificates

    @Test func anAuthorityAloneSaysNothingOfWho() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
                .issue(
                    "ana", subject: "/O=Org/CN=Ana",
                    extensions: TestPKI.person + "subjectAltName=email:ana@example.com\n",
                    extra: ["-preserveDN"])
            let path = try await Sample.write(
                to: "\(folder)/b.tar", container: .tar, signers: [try pki.signer("ana")]
            ).path
            let root = try pki.bundle("root.pem")
            let pin = "cert:\(try pki.certificate("ana").fingerprint.hex)"

            let unnamed = try await verify(path, Anchors(certificateAuthorities: root))
            #expect(unnamed.verdict == .consistentNotAuthenticated)
            #expect(unnamed.signers.map(\.isTrusted) == [true])
            #expect(unnamed.signers[0].signer == "CN=Ana,O=Org")
            #expect(unnamed.isOpenedByRunKey)
            for name in [
                "email:ana@example.com", "email:ana@EXAMPLE.com", "subject:CN=Ana,O=Org", "subject:CN=ANA,O=  org", pin,
            ] {
                let named = try await verify(
                    path, Anchors(certificateAuthorities: root, requiredSigners: try required(name)))
                #expect(named.verdict == .authentic, "\(name): \(named.failures)")
            }
            // A name that anybody can write into a certificate, a part of one, or one that means something else.
            for name in [
                "Ana", "ana@example.com", "CN=Ana,O=Org", "email:Ana@example.com", "email:na@example.com",
                "subject:CN=Ana",
                "subject:O=Org,CN=Ana", "SHA256:\(pin.dropFirst(5))", "cert:\(String(repeating: "0", count: 64))",
            ] {
                let wrong = try await verify(
                    path, Anchors(certificateAuthorities: root, requiredSigners: try required(name)))
                #expect(wrong.verdict == .notAuthentic, "\(name)")
            }
            // The same names under another authority, or under none.
            for anchors in [
                Anchors(
                    certificateAuthorities: try pki.bundle("clock.pem"),
                    requiredSigners: try required("subject:CN=Ana,O=Org")),
                Anchors(requiredSigners: try required("subject:CN=Ana,O=Org")),
                Anchors(requiredSigners: try required("email:ana@example.com")),
                Anchors(certificateAuthorities: try pki.bundle("clock.pem")),
            ] {
                #expect(try await verify(path, anchors).verdict == .notAuthentic)
            }
            // The very certificate needs no chain.
            #expect(try await verify(path, Anchors(requiredSigners: try required(pin))).verdict == .authentic)
            for time in [Self.end, 1_500_000_000] {
                #expect(
                    try await verify(path, Anchors(requiredSigners: try required(pin)), now: time).verdict
                        == .notAuthentic)
            }
        }
    }

    @Test func aPinnedCertificateThatWasTakenBackIsNotToBeReliedOn() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("ana").issue("bob")
            let path = try await Sample.write(
                to: "\(folder)/b.tar", container: .tar, signers: [try pki.signer("ana"), try pki.signer("bob")]
            ).path
            let pin = try required("cert:\(try pki.certificate("ana").fingerprint.hex)")
            _ = try pki.revoke("ana")
            for authorities in [try pki.bundle("root.crl"), try pki.bundle("root.crl", "root.pem")] {
                let anchors = Anchors(certificateAuthorities: authorities, requiredSigners: pin)
                #expect(try await verify(path, anchors, now: Self.later).verdict == .notAuthentic)
            }
            let bob = try required("subject:CN=bob", "cert:\(try pki.certificate("bob").fingerprint.hex)")
            let anchors = Anchors(certificateAuthorities: try pki.bundle("root.crl", "root.pem"), requiredSigners: bob)
            // Soon: a list is only good until the next one is due.
            let verification = try await verify(path, anchors)
            #expect(verification.verdict == .authentic, "\(verification.failures)")
        }
    }

    @Test(arguments: [
        "extendedKeyUsage=serverAuth\n", "extendedKeyUsage=serverAuth,clientAuth\n",
        "extendedKeyUsage=critical,timeStamping\n",
        "keyUsage=keyEncipherment\n",
    ])
    func aCertificateForOtherThingsSignsNothing(use: String) async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("web", extensions: "basicConstraints=CA:false\n" + use)
            #expect(throws: CryptographyError.self) { try pki.signer("web") }
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            var parts = try await TakenApart("\(folder)/b.tar")
            try Data(parts.bytes("seal.sha256")).write(to: URL(fileURLWithPath: "\(pki.folder)/seal"))
            try pki.openssl(
                "cms -sign -cades -binary -md sha256 -signer web.pem -inkey web.key -in seal -outform DER -out s.p7s")
            parts.setSignatures([("sig/seal.1.cms.p7s", try pki.read("s.p7s"))])
            try await parts.write(to: "\(folder)/c.tar")
            let verification = try await verify(
                "\(folder)/c.tar",
                Anchors(
                    certificateAuthorities: try pki.bundle("root.pem"), requiredSigners: try required("subject:CN=web"))
            )
            #expect(verification.verdict == .notAuthentic)
        }
    }

    // MARK: When

    @Test func anExpiredCertificateHoldsAtTheTimeThatIsProvedOnly() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("ana")
            let clock = TimestampTaker(services: [TestTimestampService(pki)])
            let stamped = try await Sample.write(
                to: "\(folder)/a.tar", container: .tar, signers: [try pki.signer("ana")], timestamps: clock
            ).path
            let bare = try await Sample.write(
                to: "\(folder)/b.tar", container: .tar, signers: [try pki.signer("ana")]
            ).path
            var anchors = Anchors(
                certificateAuthorities: try pki.bundle("root.pem"), requiredSigners: try required("subject:CN=ana"))
            #expect(try await verify(bare, anchors).verdict == .authentic)
            #expect(try await verify(bare, anchors, now: Self.end).verdict == .notAuthentic)
            // A time stamp by nobody in particular proves nothing.
            #expect(try await verify(stamped, anchors, now: Self.end).verdict == .notAuthentic)
            anchors.timestampAuthorities = try pki.bundle("root.pem")
            #expect(try await verify(stamped, anchors, now: Self.end).verdict == .notAuthentic)
            anchors.timestampAuthorities = try pki.bundle("clock.pem")
            let proved = try await verify(stamped, anchors, now: Self.end)
            #expect(proved.verdict == .authentic, "\(proved.failures)")
            #expect(proved.time.state == .passed && proved.provedSealTime != nil)
            let without = try await verify(bare, anchors)
            #expect(without.verdict == .authentic && without.time.state == .notChecked)
            anchors.requiresTimestamp = true
            #expect(try await verify(bare, anchors).verdict == .timeNotProved)
            #expect(try await verify(stamped, anchors, now: Self.end).verdict == .authentic)
        }
    }

    @Test func whatWasSignedBeforeARevocationStaysGood() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("ana").issue("bob")
            let clock = TimestampTaker(services: [TestTimestampService(pki)])
            let path = try await Sample.write(
                to: "\(folder)/a.tar", container: .tar, signers: [try pki.signer("ana"), try pki.signer("bob")],
                timestamps: clock
            ).path
            // Of another second than the time stamps.
            try await Task.sleep(for: .seconds(1.1))
            _ = try pki.revoke("ana")
            _ = try pki.revoke("bob", reason: "keyCompromise")
            var anchors = Anchors(
                certificateAuthorities: try pki.bundle("root.pem", "root.crl"),
                timestampAuthorities: try pki.bundle("clock.pem"), requiredSigners: try required("subject:CN=ana"))
            let before = try await verify(path, anchors)
            #expect(before.verdict == .authentic, "\(before.failures)")
            // Whoever had the key could have signed then.
            anchors.requiredSigners = try required("subject:CN=bob")
            #expect(try await verify(path, anchors).verdict == .notAuthentic)
            anchors.requiredSigners = try required("subject:CN=ana")
            anchors.timestampAuthorities = nil
            #expect(try await verify(path, anchors).verdict == .notAuthentic)
        }
    }

    @Test func aKeyWithoutAProvedTimeMustHoldNow() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            let key = try SSHPrivateKey.generateEd25519()
            let line = key.publicKey.authorizedKeysLine()
            let signer = SealSigner.ssh(SSHSigner(key))
            let stamped = try await Sample.write(
                to: "\(folder)/a.tar", container: .tar, signers: [signer],
                timestamps: TimestampTaker(services: [TestTimestampService(pki)]))
            let bare = try await Sample.write(to: "\(folder)/b.tar", container: .tar, signers: [signer])
            let allowed = try AllowedSigners(parsing: Array("ann valid-before=\"20350101Z\" \(line)\n".utf8))
            let anchors = Anchors(allowedSigners: allowed, timestampAuthorities: try pki.bundle("clock.pem"))
            #expect(try await verify(bare.path, anchors).verdict == .authentic)
            let expired = try await verify(bare.path, anchors, now: Self.later)
            #expect(expired.verdict == .notAuthentic)
            #expect(
                expired.identity.findings.contains { $0.says.contains("time stamp") && $0.says.contains("Seal ID") })
            #expect(try await verify(stamped.path, anchors, now: Self.later).verdict == .authentic)
            let byNumber = Anchors(expectedSealID: bare.sealID)
            #expect(try await verify(bare.path, byNumber, now: Self.later).verdict == .authentic)
            // And at its time, which is now.
            let young = try AllowedSigners(parsing: Array("ann valid-after=\"20380101Z\" \(line)\n".utf8))
            for path in [bare.path, stamped.path] {
                let verification = try await verify(
                    path, Anchors(allowedSigners: young, timestampAuthorities: try pki.bundle("clock.pem")),
                    now: Self.later)
                #expect(verification.verdict == .notAuthentic)
            }
        }
    }

    /// Who has a stolen key adds a signature of their own with an honest time stamp: it says nothing of the other one.
    @Test func aTimestampCountsForItsOwnSignatureOnly() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            let key = try SSHPrivateKey.generateEd25519()
            let allowed = try AllowedSigners(parsing: Array("ann \(key.publicKey.authorizedKeysLine())\n".utf8))
            let sealed = try await Sample.write(to: "\(folder)/a.tar", container: .tar, key: key)
            var parts = try await TakenApart(sealed.path)
            let other = try SSHSignature.sign(
                message: parts.bytes("seal.sha256"), namespace: SignatureNamespace.seal, key: .generateEd25519()
            ).armored
            let stamp = try await TimestampTaker(services: [TestTimestampService(pki)]).take(over: other)
            parts.setSignatures([
                ("sig/seal.1.ssh.sig", parts.bytes("sig/seal.1.ssh.sig")), ("sig/seal.2.ssh.sig", other),
                ("sig/seal.2.tsr", stamp.response), ("sig/seal.2.tsa.pem", stamp.certificates),
            ])
            try await parts.write(to: "\(folder)/b.tar")
            let clock = try pki.bundle("clock.pem")
            for demanded in [false, true] {
                let verification = try await verify(
                    "\(folder)/b.tar",
                    Anchors(allowedSigners: allowed, timestampAuthorities: clock, requiresTimestamp: demanded))
                #expect(verification.identity.state == .passed)
                #expect(verification.time.state == (demanded ? .failed : .notChecked))
                #expect(verification.time.findings.contains { $0.says.contains("this seal existed by") })
            }
            let known = try await verify(
                "\(folder)/b.tar",
                Anchors(timestampAuthorities: clock, expectedSealID: sealed.sealID, requiresTimestamp: true))
            #expect(known.verdict == .authentic && known.time.state == .passed)
            let unknown = try await verify(
                "\(folder)/b.tar", Anchors(timestampAuthorities: clock, requiresTimestamp: true))
            #expect(unknown.verdict == .consistentNotAuthenticated && unknown.time.state == .notChecked)
        }
    }

    @Test func aTimestampFromBeforeTheClaimIsTold() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder)
            var opening = try Sample.opening()
            opening.started = .init(wall: Self.later * 1_000_000_000, boottime: 0)
            let writer = try await BundleWriter(
                opening: opening, outputPath: "\(folder)/b.tar", options: .init(container: .tar),
                timestamps: TimestampTaker(services: [TestTimestampService(pki)]))
            let sealed = try await writer.seal()
            let verification = try await verify(
                sealed.path, Anchors(timestampAuthorities: try pki.bundle("clock.pem"), expectedSealID: sealed.sealID))
            #expect(verification.time.state == .passed)
            #expect(verification.time.findings.contains { $0.says.contains("before the start of the capture") })
        }
    }

    /// A time stamp over a later record proves the time of what stands before it.
    @Test func whatElseProvesATimeCounts() throws {
        let key = try SSHPrivateKey.generateEd25519()
        let allowed = try AllowedSigners(
            parsing: Array("ann valid-before=\"20350101Z\" \(key.publicKey.authorizedKeysLine())\n".utf8))
        let made = try SealSigner.ssh(SSHSigner(key)).sign([1], namespace: SignatureNamespace.record, at: 0)
        var evidence = SignatureEvidence(
            place: "record 3", kind: made.kind, coverage: .record(2), message: [1], encoded: made.encoded,
            claimedTime: 1_800_000_000)
        let judge = TrustJudge(anchors: Anchors(allowedSigners: allowed), now: Self.later)
        #expect(judge.judge(evidence).isValid && !judge.judge(evidence).isTrusted)
        evidence.provedBy = 1_900_000_000
        let judged = judge.judge(evidence)
        #expect(judged.principals == ["ann"] && judged.basis == .timestamp && judge.accepts(judged))
        evidence.coverage = .seal
        #expect(!judge.judge(evidence).isValid)
    }
}
