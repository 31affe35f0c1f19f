import Cryptography
import Testing

@Suite struct AgePassphraseTests {
    private static let secret = Array("correct horse".utf8)

    @Test func roundTrip() throws {
        let recipient = try AgeRecipient.passphrase(Self.secret, workFactor: 4)
        #expect(recipient.isPassphrase && recipient.description == "passphrase")
        let file = try AgeEncryptor.encrypt([1, 2, 3], to: [recipient])
        #expect(try AgeHeader.parse(prefix: file)?.isForPassphrase == true)
        let identity = try AgeIdentity.passphrase(Self.secret)
        #expect(identity.isPassphrase && identity.recipient == nil)
        #expect(try AgeDecryptor.decrypt(file, identities: [identity]) == [1, 2, 3])
        #expect(try AgeSource(file).open([AgeIdentity.generate(), identity]).everything() == [1, 2, 3])
        #expect(throws: CryptographyError.self) { try identity.withIdentityFileText { _ in } }
    }

    @Test func reasonsWhyNothingMatches() throws {
        let file = try AgeEncryptor.encrypt([], to: [.passphrase(Self.secret, workFactor: 2)])
        let key = try AgeIdentity.generate()
        let keyFile = try AgeEncryptor.encrypt([], to: [try #require(key.recipient)])
        let wrong = try AgeIdentity.passphrase(Array("wrong".utf8))
        for (file, identities, words) in [
            (file, [wrong], "passphrase is wrong"), (file, [key], "encrypted with a passphrase"),
            (file, [], "encrypted with a passphrase"), (keyFile, [wrong], "not encrypted with a passphrase"),
            (keyFile, [wrong, try AgeIdentity.generate()], "none of the 2 identities"),
            (keyFile, [try AgeIdentity.generate()], "not for this identity"),
            (keyFile, [], "no identity"),
        ] {
            do {
                _ = try AgeDecryptor.decrypt(file, identities: identities)
                Issue.record("nothing was thrown")
            } catch {
                #expect(error.code == .noMatch && error.reason.contains(words), "\(error)")
            }
        }
    }

    /// The limit holds before any memory is taken.
    @Test(arguments: ["5", "6", "21", "63", "64", "1000", "99999999999999999999999999"])
    func workFactors(factor: String) throws {
        let file = try AgeEncryptor.encrypt([], to: [.passphrase(Self.secret, workFactor: 4)])
        let text = String(decoding: file.prefix { $0 < 0x80 }, as: UTF8.self)
        let changed = Array(text.replacing(" 4\n", with: " \(factor)\n").utf8) + file.drop { $0 < 0x80 }
        let identity = try AgeIdentity.passphrase(Self.secret, maximumWorkFactor: 5)
        expectFailure(factor == "5" ? .noMatch : .workFactor) {
            try AgeDecryptor.decrypt(changed, identities: [identity])
        }
        expectFailure(factor == "5" ? .noMatch : .workFactor) { try AgeSource(changed).open([identity]) }
    }

    @Test func whatIsNoPassphrase() throws {
        for workFactor in [Int.min, -1, 0, 23, 64, .max] {
            expectFailure(.workFactor) { try AgeRecipient.passphrase(Self.secret, workFactor: workFactor) }
            expectFailure(.workFactor) { try AgeIdentity.passphrase(Self.secret, maximumWorkFactor: workFactor) }
        }
        for passphrase in [[], [UInt8](repeating: 1, count: 70_000)] {
            expectFailure(.malformed) { try AgeRecipient.passphrase(passphrase) }
            expectFailure(.malformed) { try AgeIdentity.passphrase(passphrase) }
        }
        let key = try #require(try AgeIdentity.generate().recipient)
        let passphrase = try AgeRecipient.passphrase(Self.secret, workFactor: 4)
        for recipients in [[key, passphrase], [passphrase, key], [passphrase, passphrase]] {
            expectFailure(.malformed) { try AgeEncryptor.encrypt([], to: recipients) }
        }
    }
}
