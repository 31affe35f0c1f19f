import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Bundles that are encrypted while they are written, and read without being decrypted to disk.
@Suite struct EncryptedBundleTests {
    @Test(arguments: Container.allCases, Keys.Kind.allCases)
    func writtenAndRead(container: Container, kind: Keys.Kind) async throws {
        try await withFolder { folder in
            let (recipients, identity) = try kind.pair()
            let path = "\(folder)/b\(container.fileExtension).age"
            let sealed = try await Sample.write(to: path, container: container, checkpoints: true, to: recipients)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "b\(container.fileExtension).age", "b\(container.fileExtension).age.sha256",
                ])
            let sum = try Command(["sha256sum", "-c", path + ".sha256"], in: folder)
            #expect(sum.status == 0, "\(sum.output)")
            #expect(sealed.size == UInt64(try fileBytes(path).count))
            #expect(try fileBytes(path).starts(with: "age-encryption.org/v1\n".utf8))

            let verification = try await Verifier(
                anchors: Anchors(expectedSealID: sealed.sealID), deep: true, identities: [identity]
            ).verify(path: path)
            #expect(verification.failures == [])
            #expect(verification.verdict == .authentic)
            #expect(verification.opening?.recipients == recipients.map(\.description))

            let reader = try await BundleReader(path: path, identities: [identity])
            #expect(reader.hasLocator)
            for (name, bytes) in Sample.contents {
                let found = try await reader.content(
                    of: EntryPath(sourceComponents: Sample.components(name)), limit: 1 << 24)
                #expect(found == bytes, "\(name)")
            }
            let report = try await Extractor(reader).extract(into: "\(folder)/out")
            #expect(report.rejected == [])
        }
    }

    @Test func withoutTheRightIdentity() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar.age"
            let (recipients, _) = try Keys.Kind.ssh.pair()
            _ = try await Sample.write(to: path, container: .tar, to: recipients)
            let other = try AgeIdentity.generate()
            for (identities, words) in [
                ([], "1 key of age (X25519), 1 key of SSH (ssh-ed25519), and no identity was given"),
                ([other], "not for this identity, or its header was altered: it is encrypted to 1 key of age"),
                ([other, try .generate()], "none of the 2 identities"),
                ([try .passphrase(Keys.passphrase)], "not encrypted with a passphrase"),
            ] {
                await expectFailure(.cannotDecrypt, words) {
                    _ = try await Verifier(identities: identities).verify(path: path)
                }
                await expectFailure(.cannotDecrypt, words) {
                    _ = try await BundleReader(path: path, identities: identities)
                }
            }
            let locked = "\(folder)/p.tar.age"
            _ = try await Sample.write(
                to: locked, container: .tar, to: [.passphrase(Keys.passphrase, workFactor: Keys.workFactor)])
            await expectFailure(.cannotDecrypt, "encrypted with a passphrase") {
                _ = try await BundleReader(path: locked, identities: [other])
            }
            await expectFailure(.cannotDecrypt, "the passphrase is wrong") {
                _ = try await BundleReader(path: locked, identities: [.passphrase(Array("wrong".utf8))])
            }
            #expect(try EncryptedFile.header(path: locked)?.isForPassphrase == true)
            #expect(try EncryptedFile.header(path: path)?.isForPassphrase == false)
            #expect(try EncryptedFile.header(path: folder) == nil)
        }
    }

    /// A bundle that is not encrypted is opened whatever identities are there.
    @Test func identitiesDoNotMatterForAPlainOne() async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            let verification = try await Verifier(identities: [.generate()]).verify(path: "\(folder)/b.tar")
            #expect(verification.failures == [])
            #expect(verification.opening?.recipients == [])
            #expect(try EncryptedFile.header(path: "\(folder)/b.tar") == nil)
        }
    }

    @Test func armourAndOtherVersionsAreRefused() async throws {
        try await withFolder { folder in
            for (text, code) in [
                ("-----BEGIN AGE ENCRYPTED FILE-----\n", BundleError.Code.notABundle),
                ("age-encryption.org/v2\n", .unsupported), ("age-encryption.org/v1\n", .truncated),
                ("age-encryption.org/v1\n-> X25519 \n", .damaged),
            ] {
                let path = "\(folder)/\(UUID().uuidString)"
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                await expectFailure(code) { _ = try await BundleReader(path: path, identities: [.generate()]) }
            }
        }
    }

    /// A taken name gets its number before all of its suffix.
    @Test func aNameThatIsTakenMeanwhile() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let sealed = try await Sample.write(
                to: "\(folder)/b.tar.zst.age", to: recipients,
                extra: { _ in
                    #expect(FileManager.default.createFile(atPath: "\(folder)/b.tar.zst.age", contents: Data()))
                })
            #expect(sealed.path == "\(folder)/b-2.tar.zst.age")
            #expect(try await Verifier(identities: [identity]).verify(path: sealed.path).failures == [])
        }
    }

    /// A recipient that cannot be used is found before anything is made.
    @Test func aPassphraseBesidesAKey() async throws {
        try await withFolder { folder in
            let recipients = try Keys.Kind.x25519.pair().recipients + Keys.Kind.passphrase.pair().recipients
            await expectFailure(.signingFailed, "cannot be combined") {
                _ = try await Sample.write(to: "\(folder)/b.tar.age", to: recipients)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }
}

/// Demands a ``BundleError`` of this code, whose reason has these words.
func expectFailure(
    _ code: BundleError.Code, _ words: String = "", at location: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("it did not fail", sourceLocation: location)
    } catch let error as BundleError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        if !words.isEmpty { #expect("\(error)".contains(words), "\(error)", sourceLocation: location) }
    } catch {
        Issue.record("\(error)", sourceLocation: location)
    }
}
