import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Bundles of format version 1 as the first version that had all of it wrote them: every later one reads them, and says the
/// same of them.
///
/// `EXHIBIT_WRITE_GOLDEN=FOLDER` writes new ones, when a new version of the format needs its own.
struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden").path
    private static let sealID = "f844e06e10a6b46374e822b7e24c0cacd7a5c5bb6b8459c7185b466a46521468"
    /// SHA-256 of `data/log.txt`.
    private static let content = "1560e28bc429d7e57bf533897fd03a8dc498095ca19f712de2500b74060a2fa2"

    private static func identities() throws -> [AgeIdentity] {
        let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/identity.txt"))
        return try AgeIdentity.parseFile(Array(text), subject: "identity.txt")
    }

    @Test(arguments: ["v1.tar", "v1.tar.zst", "v1.tar.gz", "v1.tar.zst.age"])
    func versionOneIsReadForEver(name: String) async throws {
        let path = "\(Self.folder)/\(name)"
        let identities = name.hasSuffix(".age") ? try Self.identities() : []
        let seal = try #require(SealID(Self.sealID))
        let verification = try await Verifier(
            anchors: Anchors(expectedSealID: seal), deep: true, identities: identities
        ).verify(path: path)
        #expect(verification.failures == [])
        #expect(verification.verdict == .authentic)
        #expect(verification.signers.count == 2)
        #expect(verification.records.foldedCount == 3 && verification.records.answer.state == .passed)
        #expect(verification.counts.checkpoints > 1 && verification.counts.custodyLines == 3)
        let reader = try await BundleReader(path: path, identities: identities)
        let log = try await reader.content(of: try EntryPath("data/log.txt"), limit: 1 << 20)
        #expect(SHA256.digest(of: log).hex == Self.content)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["EXHIBIT_WRITE_GOLDEN"] != nil, "only when asked for"))
    func write() async throws {
        let target = try #require(ProcessInfo.processInfo.environment["EXHIBIT_WRITE_GOLDEN"])
        try await withFolder { folder in
            let whole = try await EveryKind.write(in: folder, .tarZstd)
            for container in Container.allCases {
                _ = try await Repacker(container: container).repack(
                    from: whole, to: "\(target)/v1\(container.fileExtension)")
            }
            let identity = try AgeIdentity.parseFile(
                Array(try Data(contentsOf: URL(fileURLWithPath: target + "/identity.txt"))), subject: "identity.txt")
            _ = try await FileEncryption.encrypt(
                from: "\(target)/v1.tar.zst", to: "\(target)/v1.tar.zst.age",
                recipients: identity.compactMap(\.recipient))
        }
    }
}
