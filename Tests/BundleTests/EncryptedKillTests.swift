import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import TestSupport
import Testing

/// A process that is killed while it writes an encrypted bundle leaves no plaintext, and what can be recovered.
@Suite(.serialized) struct EncryptedKillTests {
    private static let kills = 18

    /// What would be seen of content, paths, ledger, custody and index lines if they were written as they are.
    private static let markers = [
        RecoveryChildTests.marker, "data/t/", "\"collector\"", "\"action\"", "bagit", "case-1",
    ]

    @Test(arguments: Keys.Kind.allCases)
    func whatIsLeftIsSecretAndIsRecovered(kind: Keys.Kind) async throws {
        var generator = SeededGenerator(seed: 50)
        var recovered = 0, files = 0
        for round in 0..<Self.kills / 3 {
            try await withFolder { folder in
                let identity = try Self.makeKey(kind, folder)
                let container = Container.allCases[round % Container.allCases.count]
                let child = try Child("encrypt", folder, container: container, seed: UInt64(round))
                try await child.kill(
                    after: .milliseconds(generator.next(600)),
                    onceThere: { !RecoveryKillTests.partials(folder).isEmpty })
                for marker in Self.markers { #expect(try Leaks(folder: folder).files(with: marker) == [], "\(marker)") }
                let choice =
                    kind == .passphrase ? EncryptionChoice.to(try Self.recipients(folder)) : .asBefore
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    let path = "\(folder)/\(name)"
                    files += 1
                    if name.hasSuffix(".partial") {
                        if let bundle = try await Self.recover(path, folder, identity, choice) {
                            recovered += 1
                            try await RecoveryKillTests.expectTruth(bundle.sealed.path, identities: [identity])
                        }
                    } else if name.hasSuffix(container.fileExtension) {
                        #expect(try await Verifier(identities: [identity]).verify(path: path).failures == [])
                        try await RecoveryKillTests.expectTruth(path, identities: [identity])
                    }
                }
                for marker in Self.markers { #expect(try Leaks(folder: folder).files(with: marker) == [], "\(marker)") }
            }
        }
        #expect(recovered > Self.kills / 6, "of \(Self.kills / 3)")
    }

    /// The search finds what is there: of a bundle that is not encrypted it does.
    @Test func theSearchFinds() async throws {
        try await withFolder { folder in
            let child = try Child("write", folder, container: .tar, seed: 3)
            try await child.kill(after: .milliseconds(400), onceThere: { !RecoveryKillTests.partials(folder).isEmpty })
            for marker in Self.markers { #expect(try !Leaks(folder: folder).files(with: marker).isEmpty, "\(marker)") }
        }
    }

    /// One that was sealed, and killed before it had its name, is encrypted as it is: that is said, and holds.
    private static func recover(
        _ path: String, _ folder: String, _ identity: AgeIdentity, _ choice: EncryptionChoice
    ) async throws -> RecoveredBundle? {
        do {
            return try await Recovering.check(
                path, to: "\(folder)/recovered", identity: identity, encryption: choice)
        } catch let error as BundleError where "\(error)".contains("the bundle was sealed already") {
            return try await Recovering.check(path, to: "\(folder)/recovered", identity: identity)
        }
    }

    /// Puts the key where the child finds its recipient.
    private static func makeKey(_ kind: Keys.Kind, _ folder: String) throws -> AgeIdentity {
        let (recipients, identity) = try kind.pair()
        let text = recipients.map(\.description).joined(separator: "\n")
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/recipients"))
        return identity
    }

    static func recipients(_ folder: String) throws -> [AgeRecipient] {
        let file = try fileBytes("\(folder)/recipients")
        guard !file.elementsEqual("passphrase".utf8) else { return try Keys.Kind.passphrase.pair().recipients }
        return try AgeRecipient.parseFile(file)
    }
}
