import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Sealed bundles that are encrypted, decrypted and repacked; and the real program, both ways.
@Suite struct FileEncryptionTests {
    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test(arguments: Container.allCases, Keys.Kind.allCases)
    func thereAndBack(container: Container, kind: Keys.Kind) async throws {
        try await withFolder { folder in
            let (recipients, identity) = try kind.pair()
            let path = "\(folder)/b\(container.fileExtension)"
            let sealed = try await Sample.write(to: path, container: container)
            let encrypted = try await FileEncryption.encrypt(from: path, to: path + ".age", recipients: recipients)
            #expect(encrypted.size == UInt64(try fileBytes(path + ".age").count))
            let verification = try await Verifier(
                anchors: Anchors(expectedSealID: sealed.sealID), identities: [identity]
            ).verify(path: encrypted.path)
            #expect(verification.verdict == .authentic)
            let back = try await FileEncryption.decrypt(
                from: path + ".age", to: "\(folder)/back", identities: [identity])
            #expect(try fileBytes("\(folder)/back") == fileBytes(path))
            #expect(back.sha256 == sealed.sha256)
            for name in [path + ".age.sha256", "\(folder)/back.sha256"] {
                #expect(try Command(["sha256sum", "-c", name], in: folder).status == 0)
            }
        }
    }

    @Test func refusals() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let path = "\(folder)/b.tar"
            _ = try await Sample.write(to: path, container: .tar)
            try Data("no bundle".utf8).write(to: URL(fileURLWithPath: "\(folder)/text"))
            await expectFailure(.notABundle) {
                _ = try await FileEncryption.encrypt(from: "\(folder)/text", to: "\(folder)/x", recipients: recipients)
            }
            await expectFailure(.notABundle) {
                _ = try await FileEncryption.decrypt(from: path, to: "\(folder)/x", identities: [identity])
            }
            let cut = Array(try fileBytes(path).dropLast(600))
            try Data(cut).write(to: URL(fileURLWithPath: "\(folder)/cut.tar"))
            await expectFailure(.notABundle, "no sealed bundle") {
                _ = try await FileEncryption.encrypt(
                    from: "\(folder)/cut.tar", to: "\(folder)/x", recipients: recipients)
            }
            _ = try await FileEncryption.encrypt(from: path, to: path + ".age", recipients: recipients)
            let before = try names(folder)
            await expectFailure(.exists) {
                _ = try await FileEncryption.encrypt(from: path, to: path + ".age", recipients: recipients)
            }
            await expectFailure(.exists) {
                _ = try await FileEncryption.decrypt(from: path + ".age", to: path, identities: [identity])
            }
            await expectFailure(.cannotDecrypt) {
                _ = try await FileEncryption.decrypt(from: path + ".age", to: "\(folder)/x", identities: [])
            }
            // Damage at the end is found when most is written: nothing of it stays.
            var bytes = try fileBytes(path + ".age")
            bytes[bytes.count - 3] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: path + ".age"))
            await expectFailure(.damaged) {
                _ = try await FileEncryption.decrypt(from: path + ".age", to: "\(folder)/x", identities: [identity])
            }
            #expect(try names(folder) == before)
        }
    }

    @Test func repackingKeepsToWhom() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.ssh.pair()
            let sealed = try await Sample.write(to: "\(folder)/b.tar.zst.age", to: recipients)
            let packed = try await Repacker(container: .tarGz, identities: [identity])
                .repack(from: sealed.path, to: "\(folder)/c.tar.gz.age")
            #expect(packed.sealID == sealed.sealID)
            #expect(
                try EncryptedFile.header(path: packed.path)?.recipientsText
                    == "1 key of age (X25519), 1 key of SSH (ssh-ed25519)")
            #expect(try await Verifier(identities: [identity]).verify(path: packed.path).failures == [])
            for marker in ["case-1", "line 1 ", "bagit"] {
                #expect(try Leaks(folder: folder).files(with: marker) == [])
            }
            let plain = try await Repacker(container: .tar, identities: [identity], encryption: .none)
                .repack(from: packed.path, to: "\(folder)/p.tar")
            #expect(try await Verifier().verify(path: plain.path).failures == [])
            // It does not say to whom, since it was encrypted after it was sealed.
            let other = try await Sample.write(to: "\(folder)/o.tar", container: .tar)
            _ = try await FileEncryption.encrypt(from: other.path, to: "\(folder)/o.tar.age", recipients: recipients)
            await expectFailure(.wouldDecrypt, "does not say to whom") {
                _ = try await Repacker(container: .tar, identities: [identity])
                    .repack(from: "\(folder)/o.tar.age", to: "\(folder)/x.tar.age")
            }
        }
    }

    /// With values of Secrets in it, a bundle is not made a plain one.
    @Test func secretsStayEncrypted() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            var options = BundleWriter.Options(container: .tar)
            options.recipients = recipients
            var opening = try Sample.opening()
            opening.secrets = .included
            let path = "\(folder)/b.tar.age"
            _ = try await BundleWriter(opening: opening, outputPath: path, options: options).seal()
            await expectFailure(.wouldDecrypt, "values of Secrets") {
                _ = try await Repacker(container: .tar, identities: [identity], encryption: .none)
                    .repack(from: path, to: "\(folder)/x.tar")
            }
        }
    }

    @Test(.enabled(if: AgeTool.isInstalled, Comment(rawValue: AgeTool.missing)), arguments: Container.allCases)
    func theRealProgram(container: Container) async throws {
        try await withFolder { folder in
            _ = try Command(["age-keygen", "-o", "id"], in: folder)
            let recipient = try Command(["age-keygen", "-y", "id"], in: folder).output
                .trimmingCharacters(in: .whitespacesAndNewlines)
            _ = try Command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ssh"], in: folder)
            let identities = try ["id", "ssh"].map {
                try #require(try AgeIdentity.parseFile(fileBytes("\(folder)/\($0)")).first)
            }
            let line = String(decoding: try fileBytes("\(folder)/ssh.pub"), as: UTF8.self)
            let recipients = [
                try AgeRecipient(parsing: recipient), try #require(try AgeRecipient.parseFile(Array(line.utf8)).first),
            ]
            // What a capture wrote, opened by it: with either key.
            let path = "\(folder)/b\(container.fileExtension).age"
            let sealed = try await Sample.write(to: path, container: container, checkpoints: true, to: recipients)
            for key in ["id", "ssh"] {
                let opened = try Command(["age", "-d", "-i", key, "-o", "plain-\(key)", path], in: folder)
                #expect(opened.status == 0, "\(opened.output)")
                let verification = try await Verifier(anchors: Anchors(expectedSealID: sealed.sealID))
                    .verify(path: "\(folder)/plain-\(key)")
                #expect(verification.verdict == .authentic)
            }
            // What it wrote, opened here.
            for (arguments, identity) in [
                (["-r", recipient], identities[0]), (["-R", "ssh.pub"], identities[1]),
            ] {
                let made = try Command(["age"] + arguments + ["-o", "theirs", "plain-id"], in: folder)
                #expect(made.status == 0, "\(made.output)")
                let verification = try await Verifier(
                    anchors: Anchors(expectedSealID: sealed.sealID), identities: [identity]
                ).verify(path: "\(folder)/theirs")
                #expect(verification.verdict == .authentic)
                try FileManager.default.removeItem(atPath: "\(folder)/theirs")
            }
        }
    }
}
