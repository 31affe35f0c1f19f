import Cryptography
import TestSupport
import Testing

private let message = Array("seal of a bundle\n".utf8)

/// Who is believed, and when.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct CertificateTrustTests {
    @Test func anExpiredSignerHoldsAtTheTimeThatATimestampProves() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana", from: "20250101000000Z", to: "20251231235959Z")
        let anchors = try CertificateBundle(pem: root.certificate)
        try folder.write(message, as: "seal")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key)
            .sign(message, at: seconds("2025-06-01T00:00:00Z"))
        try folder.write(signature.encoded, as: "ours")
        let cases: [(String, ChainFailure.Code?)] = [
            ("2024-12-31T23:59:59Z", .notYetValid), ("2025-01-01T00:00:00Z", nil), ("2025-06-01T00:00:00Z", nil),
            ("2025-12-31T23:59:58Z", nil), ("2025-12-31T23:59:59Z", .expired), ("2026-01-01T00:00:00Z", .expired),
            ("2030-01-01T00:00:00Z", .expired),
            // Then the root has ended, too.
            ("2041-01-01T00:00:00Z", .expired),
        ]
        for (moment, code) in cases {
            let time = try seconds(moment)
            let answer = try signature.verify(message: message, anchors: anchors, at: time)
            let stock = try CMSAgreementTests.opensslVerifies(
                "ours", of: "seal", anchors: "root.pem", in: folder, at: time)
            #expect((stock.status == 0) == (code == nil), Comment(rawValue: moment + stock.errors))
            if let code {
                expectUntrusted(answer.trust, code, nil)
            } else {
                #expect(answer.trust.isTrusted, "\(moment): \(answer.trust)")
            }
        }
        let answer = try signature.verify(message: message, anchors: anchors, at: seconds("2026-06-01T00:00:00Z"))
        guard case .untrusted(let failure) = answer.trust else { return }
        #expect(
            failure.description.contains(
                "it ended at 2025-12-31T23:59:59Z, and was asked about for 2026-06-01T00:00:00Z"
            ))
    }

    @Test func withoutAnchorsNobodyIsVerified() throws {
        let folder = try TemporaryFolder()
        let ana = try TestAuthority(in: folder).issue("ana")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        let answer = try signature.verify(message: message, anchors: nil, at: 1)
        #expect(answer.trust == .unverified && answer.signer.subject == "CN=ana")
        // Anchors that were given and are none are something else.
        let none = try signature.verify(message: message, anchors: CertificateBundle(), at: 1)
        expectUntrusted(none.trust, .issuerMissing, "ana")
        expectFailure(.badSignature) { try signature.verify(message: message + [0], anchors: nil, at: 1) }
    }

    @Test func anotherAuthorityOfTheSameNameIsNotBelieved() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        let ana = try TestAuthority(in: folder).issue("ana")
        let time = try seconds("2025-06-01T00:00:00Z")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
        let anchors = try CertificateBundle(pem: TestAuthority(in: other).certificate)
        expectUntrusted(
            try signature.verify(message: message, anchors: anchors, at: time).trust, .issuerMissing, "ana")
    }

    /// A certificate that somebody made for themselves, and that somebody else believes as it is.
    @Test func aSignerMayBeAnAnchor() throws {
        let folder = try TemporaryFolder()
        let ana = try TestAuthority(root: "ana", in: folder, profile: .authorityThatSigns)
        var anchors = try CertificateBundle(pem: ana.certificate)
        let time = try seconds("2025-06-01T00:00:00Z")
        let signature = try CMSSigner(certificates: ana.certificate, key: folder.read("ana.key"))
            .sign(message, at: time)
        // Lists of others are nothing to it.
        let other = try TestAuthority(root: "other", in: folder)
        for lists in [[], try CertificateBundle(pem: other.revocationList()).revocationLists] {
            anchors.revocationLists = lists
            guard case .trusted(let chain) = try signature.verify(message: message, anchors: anchors, at: time).trust
            else {
                Issue.record("not trusted")
                continue
            }
            #expect(chain.certificates == anchors.certificates && chain.notCheckedForRevocation == [])
        }
        let stranger = try CertificateBundle(pem: other.certificate)
        expectUntrusted(
            try signature.verify(message: message, anchors: stranger, at: time).trust, .anchorUnknown, "ana")
    }

    @Test func onlyAuthoritiesIssue() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let bob = try root.authority("mallory").issue("bob")
        let time = try seconds("2025-06-01T00:00:00Z")
        let anchors = try CertificateBundle(pem: root.certificate)
        let issued = try CertificateBundle(pem: folder.read("mallory.pem"))
        let signature = try CMSSigner(certificates: bob.certificate, key: bob.key).sign(message, at: time)
        let good = try signature.verify(message: message, anchors: anchors, additional: issued, at: time)
        #expect(good.trust.isTrusted)
        // The same key and name, but no authority.
        try root.issue("mallory")
        let person = try CertificateBundle(pem: folder.read("mallory.pem"))
        let bad = try signature.verify(message: message, anchors: anchors, additional: person, at: time)
        expectUntrusted(bad.trust, .wrongPurpose, "mallory")
    }

    @Test func weakChainsAreRefused() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let anchors = try CertificateBundle(pem: root.certificate)
        let time = try seconds("2025-06-01T00:00:00Z")
        let ana = try root.issue("ana", digest: "sha1")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
        expectUntrusted(
            try signature.verify(message: message, anchors: anchors, at: time).trust, .tooWeak, "ana")
        let small = try TestAuthority(root: "small", in: folder, key: .rsa1024)
        let bob = try small.issue("bob")
        let weak = try CMSSigner(certificates: bob.certificate, key: bob.key).sign(message, at: time)
        let answer = try weak.verify(message: message, anchors: CertificateBundle(pem: small.certificate), at: time)
        expectUntrusted(answer.trust, .tooWeak, "small")
    }

    /// What is built into the system is never asked.
    @Test func onlyTheGivenAnchorsCount() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        let time = try seconds("2025-06-01T00:00:00Z")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
        guard let file = try? TemporaryFolder.read(path: "/etc/ssl/certs/ca-certificates.crt") else { return }
        // The whole store of the system can be read, block by block.
        let system = try CertificateBundle(pem: file)
        #expect(system.certificates.count == String(decoding: file, as: UTF8.self).split(separator: "-----BEGIN").count)
        #expect(try CertificateBundle(pem: system.pem) == system)
        expectUntrusted(
            try signature.verify(message: message, anchors: system, at: time).trust, .issuerMissing, "ana")
    }
}

@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct RevocationTests {
    /// Ana's certificate is revoked as of 1 June 2025; the lists say so or do not.
    @Test func revokedFromThenOn() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        var anchors = try CertificateBundle(pem: root.certificate)
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        func trust(_ moment: String) throws -> CertificateTrust {
            try signature.verify(message: message, anchors: anchors, at: seconds(moment)).trust
        }
        let clean = try CertificateBundle(
            pem: root.revocationList(from: "20250501000000Z", to: "20250601000000Z"))
        try root.revoke(ana, at: "250601000000Z")
        let listed = try CertificateBundle(pem: root.revocationList(from: "20250602000000Z", to: "20250701000000Z"))
        #expect(listed.revocationLists[0].issuer == "CN=root")
        #expect(try listed.revocationLists[0].thisUpdate == seconds("2025-06-02T00:00:00Z"))
        #expect(try listed.revocationLists[0].nextUpdate == seconds("2025-07-01T00:00:00Z"))

        #expect(try trust("2025-06-10T00:00:00Z").isTrusted)
        anchors.revocationLists = clean.revocationLists
        guard case .trusted(let chain) = try trust("2025-05-10T00:00:00Z") else {
            Issue.record("not trusted")
            return
        }
        #expect(chain.notCheckedForRevocation == [])
        // The list is out of date by then.
        expectUntrusted(try trust("2025-06-10T00:00:00Z"), .revocationUnknown, "ana")

        anchors.revocationLists = listed.revocationLists
        expectUntrusted(try trust("2025-06-10T00:00:00Z"), .revoked, "ana")
        expectUntrusted(try trust("2025-06-01T00:00:00Z"), .revoked, "ana")
        // Out of date, but who is on it stays on it.
        expectUntrusted(try trust("2026-06-10T00:00:00Z"), .revoked, "ana")
        // Signed before, as a time stamp must prove: a younger list knows that the key was good then.
        #expect(try trust("2025-05-31T23:59:59Z").isTrusted)
        anchors.revocationLists += clean.revocationLists
        #expect(try trust("2025-05-10T00:00:00Z").isTrusted)

        // The stock tool agrees about now and about the list that fits.
        try folder.write(message, as: "seal")
        try folder.write(signature.encoded, as: "ours")
        for (bundle, moment, isGood) in [
            (clean, "2025-05-10T00:00:00Z", true), (listed, "2025-06-10T00:00:00Z", false),
            (clean, "2025-06-10T00:00:00Z", false),
        ] {
            try folder.write(root.certificate + bundle.pem, as: "with-list.pem")
            let stock = try CMSAgreementTests.opensslVerifies(
                "ours", of: "seal", anchors: "with-list.pem", in: folder, at: seconds(moment), extra: ["-crl_check"])
            #expect((stock.status == 0) == isGood, Comment(rawValue: moment + stock.errors))
        }
    }

    /// Whoever has a stolen key may have had it before.
    @Test(
        arguments: [
            (nil, true), ("superseded", true), ("cessationOfOperation", true), ("affiliationChanged", true),
            ("certificateHold", true), ("keyCompromise", false), ("CACompromise", false),
        ] as [(String?, Bool)])
    func theReasonDecidesWhatStaysGood(reason: String?, staysGood: Bool) throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        try root.revoke(ana, at: "250601000000Z", reason: reason)
        var anchors = try CertificateBundle(pem: root.certificate)
        anchors.revocationLists = try CertificateBundle(pem: root.revocationList()).revocationLists
        let before = try signature.verify(message: message, anchors: anchors, at: seconds("2025-05-01T00:00:00Z"))
        if staysGood {
            #expect(before.trust.isTrusted)
        } else {
            expectUntrusted(before.trust, .revoked, "ana")
        }
        let after = try signature.verify(message: message, anchors: anchors, at: seconds("2025-07-01T00:00:00Z"))
        expectUntrusted(after.trust, .revoked, "ana")
    }

    /// Since when a key was not safe counts, not when that was found out.
    @Test func theDateOfInvalidityCounts() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        // OpenSSL's index has such a date for stolen keys only; a list with another reason cannot be made with it.
        try root.revoke(ana, at: "250601000000Z", reason: "keyTime,20250401000000Z")
        var anchors = try CertificateBundle(pem: root.certificate)
        anchors.revocationLists = try CertificateBundle(pem: root.revocationList()).revocationLists
        for moment in ["2025-03-01T00:00:00Z", "2025-05-01T00:00:00Z", "2025-07-01T00:00:00Z"] {
            let answer = try signature.verify(message: message, anchors: anchors, at: seconds(moment))
            expectUntrusted(answer.trust, .revoked, "ana")
            guard case .untrusted(let failure) = answer.trust else { continue }
            #expect(failure.reason.contains("2025-04-01T00:00:00Z"))
        }
    }

    /// Lists that do not count: of another authority, forged, and younger than the certificate's end.
    @Test func listsThatDoNotCount() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana", from: "20250101000000Z", to: "20250701000000Z")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        let plain = try CertificateBundle(pem: root.certificate)
        func trust(_ lists: [UInt8], demanded: Bool = true) throws -> CertificateTrust {
            let found = try CertificateBundle(pem: lists).revocationLists
            var anchors = plain
            var additional = CertificateBundle()
            if demanded { anchors.revocationLists = found } else { additional.revocationLists = found }
            return try signature.verify(
                message: message, anchors: anchors, additional: additional, at: seconds("2025-06-01T00:00:00Z")
            ).trust
        }
        // An authority of the same name with another key revokes what it likes.
        let impostor = try TestAuthority(in: other)
        expectUntrusted(try trust(impostor.revocationList()), .revocationUnknown, "ana")
        let stranger = try TestAuthority(root: "stranger", in: folder)
        expectUntrusted(try trust(stranger.revocationList()), .revocationUnknown, "ana")
        expectUntrusted(try trust(root.revocationList(digest: "sha1")), .revocationUnknown, "ana")
        // From beside the bundle nothing is demanded, and nobody's word is taken.
        guard case .trusted(let chain) = try trust(stranger.revocationList(), demanded: false) else {
            Issue.record("not trusted")
            return
        }
        #expect(chain.notCheckedForRevocation.map(\.subject) == ["CN=ana"])
        // When the certificate has ended, it need not be listed any more.
        expectUntrusted(try trust(root.revocationList(from: "20250702000000Z")), .revocationUnknown, "ana")
        #expect(try trust(root.revocationList(from: "20250602000000Z")).isTrusted)
        // A list from beside the bundle can take back, as its issuer signed it.
        try root.revoke(ana, at: "250501000000Z")
        expectUntrusted(try trust(root.revocationList(), demanded: false), .revoked, "ana")
    }

    /// The certificate of the authority in between is looked up as well, where there is a list.
    @Test func authoritiesAreRevokedToo() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let middle = try root.authority("middle")
        let ana = try middle.issue("ana")
        let signer = try CMSSigner(certificates: ana.certificate + middle.certificate, key: ana.key)
        let signature = try signer.sign(message, at: 1)
        var anchors = try CertificateBundle(pem: root.certificate)
        let time = try seconds("2025-06-01T00:00:00Z")
        anchors.revocationLists = try CertificateBundle(pem: middle.revocationList()).revocationLists
        guard case .trusted(let chain) = try signature.verify(message: message, anchors: anchors, at: time).trust
        else {
            Issue.record("not trusted")
            return
        }
        #expect(chain.notCheckedForRevocation.map(\.subject) == ["CN=middle"])
        try root.revoke(TestIdentity(name: "middle", folder: folder), at: "250501000000Z")
        anchors.revocationLists += try CertificateBundle(pem: root.revocationList()).revocationLists
        expectUntrusted(
            try signature.verify(message: message, anchors: anchors, at: time).trust, .revoked, "middle")
    }
}

@Suite struct CertificateBundleTests {
    @Test func filesWithoutCertificates() throws {
        for text in ["", "nothing here\n", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"] {
            expectFailure(.malformed) { try CertificateBundle(pem: Array(text.utf8)) }
        }
        func block(_ label: String, _ body: String) -> [UInt8] {
            Array("-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n".utf8)
        }
        for body in ["", "AAAA", "MAA=", "!!!!", "MIIB"] {
            for label in ["CERTIFICATE", "X509 CRL"] {
                expectFailure(.malformed) { try CertificateBundle(pem: block(label, body)) }
            }
        }
        expectFailure(.malformed) { try CertificateBundle(pem: Array("-----BEGIN CERTIFICATE-----\nMIIB".utf8)) }
        expectFailure(.unsupportedAlgorithm) { try CertificateBundle(pem: block("TRUSTED CERTIFICATE", "MAA=")) }
        expectFailure(.tooLarge) { try Certificate(encoded: [UInt8](repeating: 0x30, count: 70_000)) }
        var random = SeededGenerator(seed: 31)
        for _ in 0..<300 {
            let bytes = random.bytes(Int.random(in: 0...120, using: &random))
            #expect(throws: CryptographyError.self) { try Certificate(encoded: [0x30, UInt8(bytes.count)] + bytes) }
            #expect(throws: CryptographyError.self) { try RevocationList(encoded: bytes) }
        }
    }
}
