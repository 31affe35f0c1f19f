import Foundation
import Testing

/// A bundle is accepted by programs that know nothing of Exhibit.
@Suite(.needsBinary, .needsCluster)
struct StockToolTests {
    @Test(arguments: ["manifest-sha256.txt", "tagmanifest-sha256.txt", "seal.sha256", "sig/manifest-sha256.txt"])
    func sha256sumAccepts(manifest: String) async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            let result = try await Tool.run(
                "sha256sum", ["--check", "--strict", "--quiet", manifest], folder: capture.folder)
            #expect(result.errors.isEmpty)
        }
    }

    @Test
    func sha256sumAcceptsTheFileBesideTheBundle() async throws {
        let capture = try await Capture.demo.value
        let url = URL(fileURLWithPath: capture.path)
        try await Tool.run(
            "sha256sum", ["--check", "--strict", url.lastPathComponent + ".sha256"],
            folder: url.deletingLastPathComponent().path)
    }

    @Test
    func theManifestNamesExactlyThePayload() async throws {
        let capture = try await Capture.demo.value
        let named = try capture.text("manifest-sha256.txt").split(separator: "\n").map { String($0.dropFirst(66)) }
        #expect(named.sorted() == (try capture.paths().filter { $0.hasPrefix("data/") }))
    }

    @Test
    func theSealIDIsTheHashOfTheSeal() async throws {
        let capture = try await Capture.demo.value
        let sum = try await Tool.run("sha256sum", ["seal.sha256"], folder: capture.folder).text
        #expect(sum.hasPrefix(capture.sealID + " "))
    }

    @Test(.needsTool("ssh-keygen"))
    func sshKeygenVerifiesTheOperatorsSignature() async throws {
        let capture = try await Capture.signed.value
        let signers = try await SigningKey.alice.value.allowedSigners()
        let arguments = [
            "-Y", "verify", "-n", "exhibit-bundle@v1", "-f", signers, "-I", "alice@example.org", "-s",
            "sig/seal.1.ssh.sig",
        ]
        let result = try await Tool.run("ssh-keygen", arguments, input: "seal.sha256", folder: capture.folder)
        #expect(result.text.contains("Good \"exhibit-bundle@v1\" signature for alice@example.org"))

        let others = try await SigningKey.mallory.value.allowedSigners()
        let refused = try await Tool.run(
            "ssh-keygen", arguments.map { $0 == signers ? others : $0 }, input: "seal.sha256", folder: capture.folder,
            mayFail: true)
        #expect(refused.status != 0)
    }

    @Test(.needsTool("ssh-keygen"))
    func sshKeygenFindsTheRunsOwnSignatureSound() async throws {
        let capture = try await Capture.demo.value
        try await Tool.run(
            "ssh-keygen", ["-Y", "check-novalidate", "-n", "exhibit-bundle@v1", "-s", "sig/seal.1.ssh.sig"],
            input: "seal.sha256",
            folder: capture.folder)
    }

    @Test(.needsTool("ssh-keygen"))
    func theOpeningRecordIsSignedBeforeAnythingIsCaptured() async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            try await Tool.run(
                "ssh-keygen", ["-Y", "check-novalidate", "-n", "exhibit-open@v1", "-s", "meta/bundle.json.sig"],
                input: "meta/bundle.json", folder: capture.folder)
        }
    }

    @Test(.needsBagIt)
    func aBagItValidatorAcceptsIt() async throws {
        let bagit = try #require(Requirements.bagit)
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            let result = try await Tool.run(bagit, ["--validate", capture.folder])
            #expect(result.errors.contains("is valid"), "\(result.summary)")
        }
    }

    @Test
    func entriesAreRegularFilesInOneFolderOnly() async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            let lines = try await Tool.run("tar", ["tvf", capture.path, "--numeric-owner"]).text.split(separator: "\n")
            let folder = try capture.opening().folder
            for line in lines {
                #expect(line.hasPrefix("-rw-r--r-- 0/0 "), "\(line)")
                #expect(line.contains(" \(folder)/"), "\(line)")
            }
        }
    }

    @Test(.needsTool("zstd"))
    func zstdFindsTheContainerSound() async throws {
        try await Tool.run("zstd", ["-q", "-t", try await Capture.demo.value.path])
    }
}
