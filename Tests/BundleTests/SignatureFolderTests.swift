import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What may stand in `sig/`, and that all else is refused (section 8.2).
@Suite(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
struct SignatureFolderTests {
    /// Good pieces to make bad folders of.
    private struct Pieces {
        let parts: TakenApart
        let pki: TestPKI
        let ssh: [UInt8]
        let cms: [UInt8]
        /// Over `ssh`.
        let stamp: TakenTimestamp

        /// A function, as the compiler (6.3, optimising) crashes over an initializer that does this.
        static func made(in folder: String) async throws -> Pieces {
            let pki = try TestPKI(in: folder).issue("ana")
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            let parts = try await TakenApart("\(folder)/b.tar")
            let ssh = parts.bytes("sig/seal.1.ssh.sig")
            let cms = try pki.signer("ana").sign(parts.bytes("seal.sha256"), namespace: "", at: 1).encoded
            let stamp = try await TimestampTaker(services: [TestTimestampService(pki)]).take(over: ssh)
            return Pieces(parts: parts, pki: pki, ssh: ssh, cms: cms, stamp: stamp)
        }

        func verify(_ files: [(String, [UInt8])], unpacked: Bool = false) async throws -> Verification {
            var changed = parts
            changed.setSignatures(files)
            let path = pki.folder + "/\(UInt64.random(in: 0 ... .max)).tar"
            try await changed.write(to: path)
            guard unpacked else { return try await Verifier().verify(path: path) }
            let folder = path + ".d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            #expect(try Command(["tar", "xf", path, "-C", folder], in: pki.folder).status == 0)
            return try await Verifier().verify(path: folder + "/case-1")
        }
    }

    @Test func numbersKindsAndOrder() async throws {
        try await withFolder { folder in
            let it = try await Pieces.made(in: folder)
            let (ssh, cms, tsr, pem) = (it.ssh, it.cms, it.stamp.response, it.stamp.certificates)
            let whole = [("sig/seal.1.ssh.sig", ssh), ("sig/seal.1.tsr", tsr), ("sig/seal.1.tsa.pem", pem)]
            let many = (1...12).map { ("sig/seal.\($0).ssh.sig", ssh) }
            for (files, unpacked) in [
                (whole, false), (whole, true), (many, false), (many, true),
                (whole + [("sig/seal.2.cms.p7s", cms)], true), (Array(whole.prefix(2)), false),
            ] {
                let verification = try await it.verify(files, unpacked: unpacked)
                #expect(verification.failures == [], "\(files.map(\.0))")
                #expect(verification.verdict == .consistentNotAuthenticated)
            }
            let bad: [[(String, [UInt8])]] = [
                [("sig/seal.2.ssh.sig", ssh)],
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.3.ssh.sig", ssh)],
                [("sig/seal.2.ssh.sig", ssh), ("sig/seal.1.ssh.sig", ssh)],
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.1.cms.p7s", cms)],
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.2.tsr", tsr)],
                [("sig/seal.1.tsr", tsr), ("sig/seal.1.ssh.sig", ssh)],
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.1.tsa.pem", pem)],
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.1.tsa.pem", pem), ("sig/seal.1.tsr", tsr)],
                (1...17).map { ("sig/seal.\($0).ssh.sig", ssh) },
                [("sig/seal.1.ssh.sig", ssh), ("sig/seal.9999999999999999999.ssh.sig", ssh)],
                [("sig/seal.01.ssh.sig", ssh)], [("sig/seal.1.pgp.sig", ssh)],
                [("sig/seal.1.ssh.sig", ssh + [UInt8](repeating: 10, count: 600_000))],
            ]
            for files in bad {
                let verification = try await it.verify(files)
                #expect(verification.integrity.state == .failed, "\(files.map(\.0))")
            }
            // In a folder there is no order, so only what is there can be wrong.
            for files in bad
            where files.count == 2 && files[0].0 != "sig/seal.1.tsr" && files[0].0 != "sig/seal.2.ssh.sig" {
                #expect(try await it.verify(files, unpacked: true).integrity.state == .failed, "\(files.map(\.0))")
            }
            for files in [[], [("sig/seal.1.tsr", tsr)]] as [[(String, [UInt8])]] {
                let verdict = try await it.verify(files).verdict
                #expect(verdict == .incomplete || verdict == .failed)
            }
        }
    }

    @Test func oneEncodingAndTheRightBytes() async throws {
        try await withFolder { folder in
            let it = try await Pieces.made(in: folder)
            let seal = it.parts.bytes("seal.sha256")
            let key = try SSHPrivateKey.generateEd25519()
            try Data(seal).write(to: URL(fileURLWithPath: "\(it.pki.folder)/seal"))
            #expect(try Command("ssh-keygen -q -t ed25519 -f k".words + ["-N", ""], in: it.pki.folder).status == 0)
            #expect(
                try Command(
                    "ssh-keygen -Y sign -f k -n exhibit-bundle@v1 -O hashalg=sha256 seal".words, in: it.pki.folder
                ).status == 0)
            let sign = "cms -sign -binary -md sha256 -signer ana.pem -inkey ana.key -in seal -outform DER -out "
            try it.pki.openssl(sign + "plain.p7s")
            try it.pki.openssl(sign + "attached.p7s -cades -nodetach")
            let ssh: [(String, [UInt8])] = [
                ("sha256", try it.pki.read("seal.sig")), ("behind", it.ssh + [10]), ("before", [10] + it.ssh),
                ("CRLF", it.ssh.flatMap { $0 == 10 ? [13, 10] : [$0] }), ("twice", it.ssh + it.ssh), ("empty", []),
                (
                    "other bytes",
                    try SSHSignature.sign(message: [1], namespace: SignatureNamespace.seal, key: key).armored
                ),
                (
                    "record",
                    try SSHSignature.sign(message: seal, namespace: SignatureNamespace.record, key: key).armored
                ),
                ("CMS", it.cms),
            ]
            for (what, bytes) in ssh {
                let verification = try await it.verify([("sig/seal.1.ssh.sig", bytes)])
                #expect(verification.failures.contains("signature sig/seal.1.ssh.sig"), "\(what)")
                #expect(verification.verdict == .failed)
            }
            let cms: [(String, [UInt8])] = [
                ("behind", it.cms + [0]), ("no signing-certificate", try it.pki.read("plain.p7s")),
                ("attached", try it.pki.read("attached.p7s")), ("SSH", it.ssh), ("empty", []),
                ("other bytes", try it.pki.signer("ana").sign([1], namespace: "", at: 1).encoded),
            ]
            for (what, bytes) in cms {
                let verification = try await it.verify([("sig/seal.1.cms.p7s", bytes)])
                #expect(verification.failures.contains("signature sig/seal.1.cms.p7s"), "\(what)")
                #expect(verification.verdict == .failed)
            }
            let other = try await TimestampTaker(services: [TestTimestampService(it.pki)]).take(over: it.cms)
            let stamps: [(String, [UInt8], [UInt8])] = [
                ("behind", it.stamp.response + [0], it.stamp.certificates),
                ("over another", other.response, it.stamp.certificates),
                ("empty", [], it.stamp.certificates),
                ("text in the PEM", it.stamp.response, Array("hello\n".utf8) + it.stamp.certificates),
                ("no certificate", it.stamp.response, Array("hello\n".utf8)),
            ]
            for (what, response, certificates) in stamps {
                let verification = try await it.verify([
                    ("sig/seal.1.ssh.sig", it.ssh), ("sig/seal.1.tsr", response), ("sig/seal.1.tsa.pem", certificates),
                ])
                #expect(verification.failures == ["timestamp sig/seal.1.tsr"], "\(what)")
                #expect(verification.verdict == .timeNotProved, "\(what)")
            }
        }
    }

    /// The last place where something could be changed unnoticed. (What is kept for later proves nothing, and is not used
    /// here.)
    @Test func everyByteOfASignatureFolderCounts() async throws {
        try await withFolder { folder in
            let it = try await Pieces.made(in: folder)
            let files = [
                ("sig/seal.1.ssh.sig", it.ssh), ("sig/seal.1.tsr", it.stamp.response), ("sig/seal.2.cms.p7s", it.cms),
            ]
            for (index, file) in files.enumerated() {
                for position in stride(from: 0, to: file.1.count, by: 11) {
                    var changed = files
                    changed[index].1[position] ^= 1
                    let verdict = try await it.verify(changed).verdict
                    #expect(verdict == .failed || verdict == .timeNotProved, "byte \(position) of \(file.0)")
                }
            }
        }
    }
}
