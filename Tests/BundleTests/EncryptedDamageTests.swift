import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Nothing of an encrypted file can be altered, cut or added to.
@Suite struct EncryptedDamageTests {
    /// A bundle with little in it, in its encrypted file.
    private static func small(_ folder: String, _ container: Container) async throws -> (
        path: String, bytes: [UInt8], identity: AgeIdentity
    ) {
        let (recipients, identity) = try Keys.Kind.ssh.pair()
        let path = "\(folder)/b\(container.fileExtension).age"
        var options = BundleWriter.Options(container: container)
        options.recipients = recipients
        let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: path, options: options)
        let entry = try await writer.entry(
            path: Sample.components("data/a.txt"), media: "text/plain", segments: .lines, attempt: 1)
        try await entry.write(Array("one line\n".utf8))
        try await writer.record(Sample.ledgerLine(1, [try await entry.finish()]))
        _ = try await writer.seal()
        return (path, try fileBytes(path), identity)
    }

    /// Whether it is verified as intact; what else became of it does not matter.
    private static func isAccepted(_ bytes: [UInt8], _ folder: String, _ identity: AgeIdentity) async throws -> Bool {
        let path = "\(folder)/changed"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            let verification = try await Verifier(identities: [identity]).verify(path: path)
            return verification.integrity.state == .passed && verification.completeness.state == .passed
        } catch let error as BundleError {
            #expect([.damaged, .truncated, .cannotDecrypt, .notABundle, .unsupported].contains(error.code), "\(error)")
            return false
        }
    }

    @Test func everyBit() async throws {
        try await withFolder { folder in
            let (_, bytes, identity) = try await Self.small(folder, .tarZstd)
            #expect(bytes.count <= 16 << 10)
            #expect(try await Self.isAccepted(bytes, folder, identity))
            var accepted = 0
            for bit in 0..<bytes.count * 8 where bit % 8 == (bit / 8) % 8 || bit < 4_000 {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                if try await Self.isAccepted(changed, folder, identity) {
                    accepted += 1
                    Issue.record("bit \(bit) of \(bytes.count * 8)")
                }
            }
            #expect(accepted == 0)
        }
    }

    @Test func everyLength() async throws {
        try await withFolder { folder in
            let (_, bytes, identity) = try await Self.small(folder, .tar)
            for count in stride(from: 0, to: bytes.count, by: 61) {
                #expect(try await !Self.isAccepted(Array(bytes.prefix(count)), folder, identity), "\(count)")
            }
            for more in [1, 15, 16, 17, 512, 65_536, 65_552] {
                #expect(
                    try await !Self.isAccepted(bytes + [UInt8](repeating: 0, count: more), folder, identity), "\(more)")
            }
            #expect(try await !Self.isAccepted(bytes + bytes, folder, identity))
        }
    }

    /// Cut where a chunk ends, a file looks whole: its last chunk is missing.
    @Test(arguments: Container.allCases)
    func everyChunkBoundary(container: Container) async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let path = "\(folder)/b\(container.fileExtension).age"
            _ = try await Sample.write(to: path, container: container, to: recipients)
            let bytes = try fileBytes(path)
            let header = try #require(try AgeHeader.parse(prefix: bytes)).size
            let layout = try AgeLayout(fileSize: UInt64(bytes.count), headerSize: header)
            #expect(layout.chunkCount > 10)
            for chunk in 0..<layout.chunkCount {
                let start = Int(layout.sealedRange(ofChunk: chunk).lowerBound)
                for count in [start - 1, start, start + 1, start + 16, start + 17] {
                    #expect(
                        try await !Self.isAccepted(Array(bytes.prefix(count)), folder, identity), "\(chunk): \(count)")
                }
            }
            // One chunk in the place of the next.
            for chunk in 0..<layout.chunkCount - 2 {
                let first = layout.sealedRange(ofChunk: chunk), second = layout.sealedRange(ofChunk: chunk + 1)
                var changed = bytes
                changed.replaceSubrange(
                    Int(first.lowerBound)..<Int(second.upperBound),
                    with: bytes[Int(second.lowerBound)..<Int(second.upperBound)]
                        + bytes[Int(first.lowerBound)..<Int(first.upperBound)])
                #expect(try await !Self.isAccepted(changed, folder, identity), "\(chunk)")
            }
        }
    }

    /// What decrypts must be a bundle: whoever can encrypt to a recipient can send him anything.
    @Test func whatIsInItIsJudgedAsAnyOther() async throws {
        try await withFolder { folder in
            let (recipients, identity) = try Keys.Kind.x25519.pair()
            let sealed = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            var bytes = try fileBytes(sealed.path)
            bytes[bytes.count / 3] ^= 1
            try Data(AgeEncryptor.encrypt(bytes, to: recipients)).write(to: URL(fileURLWithPath: "\(folder)/c.tar.age"))
            let verification = try await Verifier(identities: [identity]).verify(path: "\(folder)/c.tar.age")
            #expect(verification.verdict == .failed)
            try Data(AgeEncryptor.encrypt(Sample.noise(100_000), to: recipients))
                .write(to: URL(fileURLWithPath: "\(folder)/d.tar.age"))
            await expectFailure(.notABundle) {
                _ = try await Verifier(identities: [identity]).verify(path: "\(folder)/d.tar.age")
            }
        }
    }
}
