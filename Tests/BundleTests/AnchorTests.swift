import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Several anchors at once (section 8.3), and how signers are named.
@Suite(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
struct AnchorTests {
    private func verify(_ path: String, _ anchors: Anchors) async throws -> Verification {
        try await Verifier(anchors: anchors).verify(path: path)
    }

    private func required(_ texts: String...) throws -> [RequiredSigner] {
        try texts.map { try RequiredSigner(parsing: $0) }
    }

    @Test func eachAnchorThatWasAskedForMustHold() async throws {
        try await withFolder { folder in
            let pki = try TestPKI(in: folder).issue("ana")
            let key = try SSHPrivateKey.generateEd25519()
            let publicKey = key.publicKey
            let allowed = try AllowedSigners(parsing: Array("ann \(publicKey.authorizedKeysLine())\n".utf8))
            let stranger = try SSHPrivateKey.generateEd25519().publicKey
            let strangers = try AllowedSigners(parsing: Array("eve \(stranger.authorizedKeysLine())\n".utf8))
            let sealed = try await Sample.write(
                to: "\(folder)/a.tar", container: .tar, signers: sshSigners(key) + [try pki.signer("ana")])
            let root = try pki.bundle("root.pem")
            let ana = try required("subject:CN=ana")
            let good: [Anchors] = [
                Anchors(allowedSigners: allowed), Anchors(allowedSigners: allowed, certificateAuthorities: root),
                Anchors(allowedSigners: allowed, expectedSealID: sealed.sealID),
                Anchors(
                    allowedSigners: allowed, certificateAuthorities: root, requiredSigners: ana + (try required("ann"))),
                Anchors(expectedSealID: sealed.sealID, requiredSigners: try required(publicKey.fingerprint)),
            ]
            for anchors in good {
                #expect(try await verify(sealed.path, anchors).verdict == .authentic)
            }
            let bad: [Anchors] = [
                Anchors(allowedSigners: strangers, expectedSealID: sealed.sealID),
                Anchors(allowedSigners: strangers, certificateAuthorities: root, requiredSigners: ana),
                Anchors(allowedSigners: allowed, certificateAuthorities: try pki.bundle("clock.pem")),
                Anchors(allowedSigners: allowed, expectedSealID: SealID(SHA256.digest(of: [1]))),
                Anchors(
                    allowedSigners: allowed, certificateAuthorities: root, requiredSigners: ana + (try required("eve"))),
                Anchors(expectedSealID: sealed.sealID, requiredSigners: try required("eve")),
            ]
            for anchors in bad {
                #expect(try await verify(sealed.path, anchors).verdict == .notAuthentic)
            }
            // What stands ready in a configuration: one is enough, none is too few.
            for (signers, authorities, names, verdict) in [
                (strangers, root, ana, Verification.Verdict.authentic),
                (allowed, root, try required("eve"), .authentic),
                (strangers, root, [], .notAuthentic), (strangers, root, try required("eve"), .notAuthentic),
                (strangers, try pki.bundle("clock.pem"), ana, .notAuthentic),
            ] as [(AllowedSigners, CertificateBundle, [RequiredSigner], Verification.Verdict)] {
                let anchors = Anchors(
                    allowedSigners: signers, certificateAuthorities: authorities, requiredSigners: names,
                    areAlternatives: true)
                #expect(try await verify(sealed.path, anchors).verdict == verdict)
            }
            let alone = Anchors(certificateAuthorities: try pki.bundle("clock.pem"), areAlternatives: true)
            #expect(try await verify(sealed.path, alone).verdict == .consistentNotAuthenticated)
        }
    }

    @Test func whoMustHaveSignedIsReadStrictly() throws {
        for text in [
            "", "email:ana", "subject:", "subject:Ana", "subject:CN=", "subject:CN=a,", "subject:XX=a",
            "subject:CN=a\\",
            "cert:00", "cert:" + String(repeating: "x", count: 64),
        ] {
            #expect(throws: CryptographyError.self, "\(text)") { try RequiredSigner(parsing: text) }
        }
        let fingerprint = "cert:" + Array(repeating: "AB", count: 32).joined(separator: ":")
        #expect(try RequiredSigner(parsing: fingerprint).description == "cert:" + String(repeating: "ab", count: 32))
    }
}
