import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// One change a test; the verifier must see it and name what was changed.
@Suite struct TamperTests {
    /// Takes a bundle apart, changes it, puts it together again, and verifies that.
    private func verify(
        checkpoints: Bool = false, deep: Bool = false, anchors: Anchors = Anchors(),
        _ change: (inout TakenApart) throws -> Void
    ) async throws -> Verification {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar, checkpoints: checkpoints)
            var parts = try await TakenApart("\(folder)/b.tar")
            try change(&parts)
            try await parts.write(to: "\(folder)/c.tar")
            return try await Verifier(anchors: anchors, deep: deep).verify(path: "\(folder)/c.tar")
        }
    }

    @Test func puttingItTogetherUnchangedIsNoChange() async throws {
        for checkpoints in [false, true] {
            let verification = try await verify(checkpoints: checkpoints, deep: true) { _ in }
            #expect(verification.failures == [])
            // The first is made when the bundle is opened.
            #expect((verification.counts.checkpoints > 1) == checkpoints)
        }
    }

    /// Every file of a bundle, one byte changed.
    @Test(arguments: [false, true])
    func oneChangedByteInAnyFileIsSeen(checkpoints: Bool) async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar, checkpoints: checkpoints)
            let parts = try await TakenApart("\(folder)/b.tar")
            for (number, file) in parts.files.enumerated() where !file.bytes.isEmpty {
                let name = String(file.path.dropFirst("case-1/".count))
                for position in [0, file.bytes.count / 2, file.bytes.count - 1] {
                    var changed = parts
                    changed.files[number].bytes[position] ^= 1
                    try await changed.write(to: "\(folder)/c.tar")
                    let verification = try await Verifier().verify(path: "\(folder)/c.tar")
                    #expect(verification.verdict == .failed, "byte \(position) of \(name)")
                    #expect(
                        verification.findings.contains {
                            $0.severity == .failure && ($0.path == name || $0.says.contains(name))
                        },
                        "byte \(position) of \(name): \(verification.failures)")
                    try FileManager.default.removeItem(atPath: "\(folder)/c.tar")
                }
            }
        }
    }

    @Test func changedContentNamesTheEntryOnce() async throws {
        let verification = try await verify { $0.files[$0.index("data/host/log.txt")].bytes[70_000] ^= 0x20 }
        #expect(verification.failures == ["contentChanged data/host/log.txt"])
        #expect(verification.integrity.state == .failed)
        #expect(verification.completeness.state == .passed)
    }

    @Test func aRemovedEntryIsNamed() async throws {
        let verification = try await verify { $0.files.remove(at: $0.index("data/host/blob.bin")) }
        #expect(verification.failures.contains("missing data/host/blob.bin"))
        #expect(verification.completeness.state == .failed)
    }

    @Test func anAddedEntryIsNamed() async throws {
        let verification = try await verify {
            $0.files.insert(("case-1/data/host/planted.txt", [1]), at: $0.index("data/host/log.txt"))
        }
        #expect(verification.failures.contains("extra data/host/planted.txt"))
        for path in ["case-1/meta/x", "case-1/README", "other/data/x"] {
            let foreign = try await verify { $0.files.insert((path, [1]), at: 5) }
            #expect(foreign.failures.contains { $0.hasPrefix("extra") })
        }
    }

    @Test func aRenamedEntryIsNamed() async throws {
        let verification = try await verify {
            $0.files[$0.index("data/host/log.txt")].path = "case-1/data/host/log2.txt"
        }
        #expect(verification.failures.isSuperset(of: ["missing data/host/log.txt", "extra data/host/log2.txt"]))
    }

    @Test func reorderedEntriesAreNamed() async throws {
        let verification = try await verify {
            $0.files.swapAt($0.index("data/host/log.txt"), $0.index("data/host/blob.bin"))
        }
        #expect(verification.verdict == .failed)
        #expect(verification.failures.contains { $0.hasPrefix("order data/host/") })
        let tags = try await verify { $0.files.swapAt($0.index("bag-info.txt"), $0.index("meta/merkle-root.txt")) }
        #expect(tags.failures.contains("order bag-info.txt"))
    }

    @Test(arguments: [
        "bagit.txt", "meta/bundle.json.sig", "meta/salts", "data/version", "meta/ledger.jsonl", "meta/custody.jsonl",
        "meta/index.jsonl", "manifest-sha256.txt", "bag-info.txt", "meta/merkle-root.txt", "meta/statement.json",
        "tagmanifest-sha256.txt", "seal.sha256", "sig/seal.1.ssh.sig", "sig/manifest-sha256.txt",
    ])
    func everyRequiredFileIsMissed(name: String) async throws {
        let verification = try await verify { $0.files.remove(at: $0.index(name)) }
        #expect(verification.completeness.state == .failed)
        #expect(verification.findings.contains { $0.code == .missing && ($0.path == name || $0.path == "sig/") })
    }

    @Test func anAttemptThatVanishesIsMissed() async throws {
        let verification = try await verify { parts in
            let ledger = parts.index("meta/ledger.jsonl")
            var lines = parts.files[ledger].bytes.split(separator: 0x0A)
            lines.remove(at: 2)
            parts.files[ledger].bytes = lines.flatMap { $0 + [0x0A] }
        }
        #expect(verification.failures.contains("ledger data/host/log.txt"))
        let twice = try await verify { parts in
            let ledger = parts.index("meta/ledger.jsonl")
            parts.files[ledger].bytes += parts.files[ledger].bytes.prefix { $0 != 0x0A } + [0x0A]
        }
        #expect(twice.failures.contains("ledger meta/ledger.jsonl"))
    }

    @Test func aBrokenCustodyChainIsSeen() async throws {
        let verification = try await verify { parts in
            let custody = parts.index("meta/custody.jsonl")
            var lines = parts.files[custody].bytes.split(separator: 0x0A)
            lines.remove(at: 1)
            parts.files[custody].bytes = lines.flatMap { $0 + [0x0A] }
        }
        #expect(verification.failures.contains("custody meta/custody.jsonl"))
    }

    @Test func hostileIndexLinesAreRefused() async throws {
        let hostile: [([UInt8]) -> [UInt8]] = [
            { $0 + Array("{}\n".utf8) }, { Array($0.dropLast()) }, { $0 + $0 }, { _ in [] },
            { $0 + Array(#"{"path":"../../etc/passwd"}"#.utf8) + [0x0A] },
            { $0 + [UInt8](repeating: 0x61, count: 100_000) + [0x0A] },
            { Array(String(decoding: $0, as: UTF8.self).replacing(#""attempt":1"#, with: #""attempt":9"#).utf8) },
        ]
        for change in hostile {
            let verification = try await verify { parts in
                let index = parts.index("meta/index.jsonl")
                parts.files[index].bytes = change(parts.files[index].bytes)
            }
            #expect(verification.verdict == .failed)
        }
    }

    @Test func deepFindsAWrongContentRoot() async throws {
        // The index is rewritten with another root for the content, and everything above it made to fit.
        func change(_ parts: inout TakenApart) throws {
            let index = parts.index("meta/index.jsonl")
            let salts = try SaltTree(decoding: parts.bytes("meta/salts")[...])
            var tree = MerkleAccumulator()
            var output: [UInt8] = []
            for bytes in parts.files[index].bytes.split(separator: 0x0A) {
                var line = try IndexLine(decoding: bytes)
                if line.path.rawValue == "data/host/log.txt" { line.root = .zero }
                tree.append(TreeHash.entryLeaf(line, salts: salts))
                line.encode(into: &output)
            }
            parts.files[index].bytes = output
            parts.files[parts.index("meta/merkle-root.txt")].bytes =
                MerkleRoot(leaves: tree.count, root: tree.root).encoded()
        }
        let shallow = try await verify { try change(&$0) }
        #expect(!shallow.failures.contains("index data/host/log.txt"))
        let deep = try await verify(deep: true) { try change(&$0) }
        #expect(deep.failures.contains("index data/host/log.txt"))
    }

    @Test func checkpointsBindWhatCameBefore() async throws {
        for name in ["meta/ledger.jsonl", "meta/custody.jsonl", "meta/index.jsonl"] {
            let verification = try await verify(checkpoints: true) { parts in
                let file = parts.index(name)
                let text = String(decoding: parts.files[file].bytes, as: UTF8.self)
                parts.files[file].bytes = Array(
                    text.replacing("\"step\":\"files\"", with: "\"step\":\"filed\"")
                        .replacing("\"argv\":[\"ls\"]", with: "\"argv\":[\"id\"]")
                        .replacing("\"media\":\"text/plain\"", with: "\"media\":\"text/other\"").utf8)
            }
            #expect(verification.failures.contains { $0.hasPrefix("checkpoint ") }, "\(name)")
        }
        let removed = try await verify(checkpoints: true) { parts in
            parts.files.remove(at: parts.index("meta/checkpoints/000002.jsonl"))
            parts.files.remove(at: parts.index("meta/checkpoints/000002.sig"))
        }
        #expect(removed.failures.contains("checkpoint meta/checkpoints/000003.jsonl"))
        let unsigned = try await verify(checkpoints: true) { parts in
            parts.files.remove(at: parts.index("meta/checkpoints/000002.sig"))
        }
        #expect(unsigned.failures.contains("missing meta/checkpoints/000002.sig"))
    }

    @Test func aBundleRebuiltUnderAFreshKeyIsOnlyConsistent() async throws {
        try await withFolder { folder in
            let key = try SSHPrivateKey.generateEd25519()
            let publicKey = key.publicKey
            let line = "ann@example.com \(publicKey.authorizedKeysLine())\n"
            let fingerprint = publicKey.fingerprint
            let allowed = try AllowedSigners(parsing: Array(line.utf8))
            let original = try await Sample.write(to: "\(folder)/a.tar", container: .tar, key: key)
            let forged = try await Sample.write(
                to: "\(folder)/b.tar", container: .tar, key: try SSHPrivateKey.generateEd25519())
            #expect(original.sealID != forged.sealID)

            let blind = try await Verifier().verify(path: forged.path)
            #expect(blind.verdict == .consistentNotAuthenticated)
            for anchors in [
                Anchors(expectedSealID: original.sealID), Anchors(allowedSigners: allowed),
                Anchors(requiredSigners: [.key(fingerprint)]),
                Anchors(allowedSigners: allowed, expectedSealID: forged.sealID),
            ] {
                let verification = try await Verifier(anchors: anchors).verify(path: forged.path)
                #expect(verification.verdict == .notAuthentic)
            }
            for anchors in [
                Anchors(expectedSealID: original.sealID), Anchors(allowedSigners: allowed),
                Anchors(requiredSigners: [.key(fingerprint)]),
                Anchors(allowedSigners: allowed, requiredSigners: [.principal("ann@example.com")]),
            ] {
                let verification = try await Verifier(anchors: anchors).verify(path: original.path)
                #expect(verification.verdict == .authentic)
            }
            let wrongNamespace = try AllowedSigners(
                parsing: Array("ann@example.com namespaces=\"git\" \(publicKey.authorizedKeysLine())\n".utf8))
            let verification = try await Verifier(anchors: Anchors(allowedSigners: wrongNamespace)).verify(
                path: original.path)
            #expect(verification.verdict == .notAuthentic)
        }
    }

    @Test func aSignatureOfSomethingElseIsSeen() async throws {
        let key = try SSHPrivateKey.generateEd25519()
        for namespace in ["exhibit-bundle@v1", "file"] {
            let verification = try await verify { parts in
                let message = namespace == "file" ? parts.bytes("seal.sha256") : Array("other".utf8)
                let signature = try SSHSignature.sign(message: message, namespace: namespace, key: key)
                parts.files[parts.index("sig/seal.1.ssh.sig")].bytes = signature.armored
            }
            #expect(verification.failures.contains("signature sig/seal.1.ssh.sig"))
        }
        // Who opened and could not seal, perhaps; where it is known who may, it is somebody else.
        let stranger = try SSHPrivateKey.generateEd25519().publicKey
        let allowed = try AllowedSigners(parsing: Array("ann \(stranger.authorizedKeysLine())\n".utf8))
        for (anchors, severity) in [(Anchors(), Finding.Severity.notice), (Anchors(allowedSigners: allowed), .failure)]
        {
            let strange = try await verify(anchors: anchors) { parts in
                let signature = try SSHSignature.sign(
                    message: parts.bytes("meta/bundle.json"), namespace: "exhibit-open@v1", key: key)
                parts.files[parts.index("meta/bundle.json.sig")].bytes = signature.armored
            }
            let finding = strange.findings.first { $0.code == .opening && $0.path == "meta/bundle.json.sig" }
            #expect(finding?.severity == severity)
        }
    }

    @Test func salts() async throws {
        let verification = try await verify { parts in
            parts.files[parts.index("meta/salts")].bytes = SaltTree(seed: .zero).encoded()
        }
        #expect(verification.failures.contains("tree meta/merkle-root.txt"))
    }
}
