import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What people have on their machines accepts a bundle.
@Suite struct StockToolTests {
    @Test(.enabled(if: Command.exists(["tar", "--version"]), "no tar"), arguments: Container.allCases)
    func tarAndSha256sum(container: Container) async throws {
        try await withFolder { folder in
            let name = "b\(container.fileExtension)"
            _ = try await Sample.write(to: "\(folder)/\(name)", container: container)
            #expect(try Command(["sha256sum", "-c", "\(name).sha256"], in: folder).status == 0)
            let unpacked = try Command(["tar", "xf", name], in: folder)
            #expect(unpacked.status == 0, "\(unpacked.output)")
            for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt", "seal.sha256", "sig/manifest-sha256.txt"]
            {
                let check = try Command(["sha256sum", "--strict", "-c", manifest], in: "\(folder)/case-1")
                #expect(check.status == 0, "\(manifest): \(check.output)")
            }
            let verification = try await Verifier(deep: true).verify(path: "\(folder)/case-1")
            #expect(verification.failures == [])
        }
    }

    @Test(.enabled(if: Command.exists(["sh", "-c", "command -v ssh-keygen"]), "no ssh-keygen"))
    func sshKeygen() async throws {
        try await withFolder { folder in
            #expect(try Command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"], in: folder).status == 0)
            let key = try SSHPrivateKey(
                parsing: Array(try #require(FileManager.default.contents(atPath: "\(folder)/key"))))
            let line = "ann@example.com namespaces=\"exhibit-*\" \(key.publicKey.authorizedKeysLine())\n"
            try line.write(toFile: "\(folder)/allowed", atomically: true, encoding: .utf8)
            let sealed = try await Sample.write(to: "\(folder)/b.tar", container: .tar, key: key, checkpoints: true)
            #expect(sealed.isSignedByOperator)
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            for (namespace, signature, file) in [
                ("exhibit-bundle@v1", "sig/seal.1.ssh.sig", "seal.sha256"),
                ("exhibit-open@v1", "meta/bundle.json.sig", "meta/bundle.json"),
            ] {
                let check = try Command(
                    [
                        "ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ann@example.com", "-n", namespace, "-s",
                        "case-1/\(signature)",
                    ],
                    in: folder, input: "\(folder)/case-1/\(file)")
                #expect(check.status == 0, "\(check.output)")
            }
            let allowed = try AllowedSigners(parsing: Array(line.utf8))
            let verification = try await Verifier(
                anchors: Anchors(allowedSigners: allowed, requiredSigners: [.principal("ann@example.com")])
            )
            .verify(path: "\(folder)/b.tar")
            #expect(verification.failures == [])
            #expect(verification.verdict == .authentic)
            #expect(verification.signers.first?.principals == ["ann@example.com"])
        }
    }

    @Test(
        .enabled(
            if: Command.exists(["python3", "-c", "import bagit"]), "Python has no bagit: pip install bagit setuptools"))
    func bagit() async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            let check = try Command(["python3", "-m", "bagit", "--validate", "case-1"], in: folder)
            #expect(check.status == 0, "\(check.output)")
        }
    }
}
