import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What is left of an encrypted capture, at many moments of it, is recovered.
@Suite struct EncryptedRecoveryTests {
    @Test(arguments: Container.allCases, Keys.Kind.allCases)
    func whateverIsThere(container: Container, kind: Keys.Kind) async throws {
        try await withFolder { folder in
            let (recipients, identity) = try kind.pair()
            let choice = kind == .passphrase ? EncryptionChoice.to(recipients) : .asBefore
            let work = try await RecoveryWorkload(
                "\(folder)/w", container: container, seed: 21, isSmall: true, to: recipients)
            var recovered = 0, spools = 0
            for round in 1...6 {
                for _ in 1...60 { try await work.step() }
                let copy = "\(folder)/c\(round).partial"
                try work.copy(to: copy)
                let output = "\(folder)/r\(round)\(container.fileExtension).age"
                let bundle = try await Recovering.check(copy, to: output, identity: identity, encryption: choice)
                recovered += bundle == nil ? 0 : 1
                spools += bundle?.proof?.record.partial.count ?? 0
                #expect(try fileBytes(output).starts(with: "age-encryption.org/v1\n".utf8))
            }
            await work.writer.abort()
            #expect(recovered == 6)
            #expect(spools > 0)
        }
    }

    /// It is encrypted to those that the capture named, or to others; not at all only on demand.
    @Test func toWhom() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.ssh.pair()
            let work = try await RecoveryWorkload("\(folder)/w", container: .tar, seed: 6, to: recipients)
            for _ in 1...60 { try await work.step() }
            try work.copy(to: "\(folder)/c.partial")
            await work.writer.abort()
            let partial = "\(folder)/c.partial"
            await expectFailure(.cannotDecrypt, "no identity was given") {
                _ = try await Recovering.recover(partial, to: "\(folder)/x.tar.age")
            }
            await expectFailure(.cannotDecrypt) {
                _ = try await Recovering.recover(partial, to: "\(folder)/x.tar.age", identity: .generate())
            }
            let other = try AgeIdentity.generate()
            let toOther = try await Recovering.recover(
                partial, to: "\(folder)/other.tar.age", identity: identity,
                encryption: .to([try #require(other.recipient)]))
            #expect(try await Verifier(identities: [other]).verify(path: toOther.sealed.path).failures == [])
            await expectFailure(.cannotDecrypt) {
                _ = try await BundleReader(path: toOther.sealed.path, identities: [identity])
            }
            _ = try await Recovering.recover(partial, to: "\(folder)/plain.tar", identity: identity, encryption: .none)
            #expect(try await Verifier().verify(path: "\(folder)/plain.tar").failures == [])
        }
    }

    @Test func aPassphraseMustBeGivenAgain() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.passphrase.pair()
            let work = try await RecoveryWorkload("\(folder)/w", container: .tar, seed: 6, to: recipients)
            for _ in 1...60 { try await work.step() }
            try work.copy(to: "\(folder)/c.partial")
            await work.writer.abort()
            await expectFailure(.wouldDecrypt, "passphrase, which is nowhere in it") {
                _ = try await Recovering.recover("\(folder)/c.partial", to: "\(folder)/x.tar.age", identity: identity)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.tar.age"))
        }
    }

    /// Sealed, but killed before it got its name: it stays as it is, and to whom it is.
    @Test func sealedAlready() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let sealed = try await Sample.write(to: "\(folder)/b.tar.zst.age", to: recipients)
            try FileManager.default.moveItem(atPath: sealed.path, toPath: "\(folder)/c.tar.zst.age.partial")
            let recovered = try await Recovering.recover(
                "\(folder)/c.tar.zst.age.partial", to: "\(folder)/c.tar.zst.age", identity: identity)
            #expect(recovered.proof == nil)
            #expect(recovered.sealed.sha256 == sealed.sha256)
            #expect(recovered.sealed.size == sealed.size)
            await expectFailure(.writeFailed, "stays so") {
                _ = try await Recovering.recover(
                    "\(folder)/c.tar.zst.age.partial", to: "\(folder)/d.tar.zst", identity: identity, encryption: .none)
            }
        }
    }

    /// Damaged, missing or exchanged files beside the archive cost entries, not the bundle.
    @Test func theFolderIsNotBelieved() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let work = try await RecoveryWorkload(
                "\(folder)/w", container: .tar, seed: 21, isSmall: true, to: recipients)
            let whole = "\(folder)/c.partial"
            for step in 1...3_000 {
                try await work.step()
                guard step % 20 == 0 else { continue }
                for name in [whole, whole + ".d"] { try? FileManager.default.removeItem(atPath: name) }
                try work.copy(to: whole)
                if try await Remains(whole, identity: identity).heads.last?.spools.count ?? 0 >= 2 { break }
            }
            await work.writer.abort()
            let names = try FileManager.default.contentsOfDirectory(atPath: whole + ".d").sorted()
            #expect(
                names.contains("work-identity.age") && names.contains("archive.tail") && names.contains("custody.tail"))
            func recover(_ change: (String) throws -> Void) async throws -> RecoveredBundle {
                let copy = "\(folder)/d.partial", output = "\(folder)/d.tar.age"
                for name in [copy, copy + ".d", output, output + ".sha256"] {
                    try? FileManager.default.removeItem(atPath: name)
                }
                try FileManager.default.copyItem(atPath: whole, toPath: copy)
                try FileManager.default.copyItem(atPath: whole + ".d", toPath: copy + ".d")
                try change(copy + ".d/")
                let result = try await Recovering.recover(copy, to: output, identity: identity)
                #expect(try await Verifier(deep: true, identities: [identity]).verify(path: output).failures == [])
                return result
            }
            let best = try #require(try await recover { _ in }.proof)
            #expect(!best.record.partial.isEmpty)
            for name in names {
                for change in 0..<3 {
                    let proof = try #require(
                        try await recover { path in
                            switch change {
                            case 0: try FileManager.default.removeItem(atPath: path + name)
                            case 1:
                                var bytes = try fileBytes(path + name)
                                bytes[bytes.count / 2] ^= 4
                                try Data(bytes).write(to: URL(fileURLWithPath: path + name))
                            default:
                                let other = names[(names.firstIndex(of: name) ?? 0) + 1 - (name == names.last ? 2 : 0)]
                                try Data(fileBytes(path + other)).write(to: URL(fileURLWithPath: path + name))
                            }
                        }.proof)
                    #expect(proof.record.checkpoint <= best.record.checkpoint, "\(name)")
                    #expect(proof.record.checkpoint >= best.record.checkpoint - 1, "\(name)")
                }
            }
        }
    }
}
