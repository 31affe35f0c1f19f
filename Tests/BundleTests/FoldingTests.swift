import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// `repack` folds the records beside a bundle into it.
@Suite struct FoldingTests {
    private func stream(_ path: String) throws -> [UInt8] {
        let reader = try ContainerReader(path: path)
        return try reader.read(tarOffset: 0, count: Int(try #require(reader.locator?.tarLength)))
    }

    private func repack(_ from: String, to: String) async throws -> RepackedBundle {
        try await Repacker(container: try #require(Container(fileName: to))).repack(from: from, to: to)
    }

    @Test(arguments: Container.allCases)
    func recordsMoveIntoTheBundleAndTheChainGoesOn(container: Container) async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.sign(try await case1.verify(), by: [case1.ann])
            _ = try await case1.attestor.add(Attesting.note("x"), signedBy: [case1.ann])
            let sidecar = try case1.bytes()
            let first = "\(folder)/c\(container.fileExtension)"
            let folded = try await repack(case1.path, to: first)
            #expect(folded.sealID == case1.sealed.sealID)
            #expect(folded.foldedRecords == 3)
            #expect(try case1.bytes() == sidecar)

            // The stream is the same up to the end of sig/; there the blocks of zeros stood.
            let before = try stream(case1.path), after = try stream(first)
            #expect(after.starts(with: before.dropLast(1_024)))
            #expect(after.count > before.count && after.suffix(1_024).allSatisfy { $0 == 0 })

            let verification = try await case1.verify(path: first)
            #expect(verification.failures == [] && verification.recordFailures == [])
            #expect(verification.verdict == .authentic)
            #expect(verification.records.foldedCount == 3 && verification.records.coveredTo == 2)
            #expect(verification.records.sidecar == nil)

            // New ones go beside the new file, and are folded in again.
            let more = Attestor(bundle: first, by: "Bob")
            #expect(try await more.add(Attesting.note("y")).records.map(\.number) == [4])
            #expect(try await case1.verify(path: first).records.records.count == 4)
            let second = "\(folder)/d.tar"
            #expect(try await repack(first, to: second).foldedRecords == 4)
            let all = try await case1.verify(path: second)
            #expect(all.recordFailures == [] && all.records.foldedCount == 4 && all.records.coveredTo == 2)
            #expect(try stream(second).starts(with: after.prefix(before.count - 1_024)))

            // Without anything new the stream stays to its last byte.
            let third = try await repack(second, to: "\(folder)/e.tar.zst")
            #expect(third.foldedRecords == nil)
            #expect(try stream("\(folder)/e.tar.zst") == stream(second))
        }
    }

    /// Whether there are more beside the bundle or not.
    @Test func recordsInTheBundleThatDoNotHoldAreRefused() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("one"), signedBy: [case1.ann])
            let folded = "\(folder)/c.tar"
            _ = try await repack(case1.path, to: folded)
            var parts = try await TakenApart(folded)
            let record = parts.index("records/000001.json"), manifest = parts.index("records/manifest-sha256.txt")
            let before = parts.files[record].bytes
            let after = Array(String(decoding: before, as: UTF8.self).replacing("one", with: "two").utf8)
            parts.files[record].bytes = after
            parts.files[manifest].bytes = Array(
                String(decoding: parts.files[manifest].bytes, as: UTF8.self)
                    .replacing(SHA256.digest(of: before).hex, with: SHA256.digest(of: after).hex).utf8)
            try await parts.write(to: "\(folder)/d.tar")
            let error = await #expect(throws: BundleError.self) {
                _ = try await self.repack("\(folder)/d.tar", to: "\(folder)/e.tar.gz")
            }
            #expect(error?.code == .badRecords)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/e.tar.gz"))
        }
    }

    @Test func stockToolsAcceptWhatWasFoldedIn() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            for number in 1...3 { _ = try await case1.attestor.add(Attesting.note("\(number)")) }
            _ = try await repack(case1.path, to: "\(folder)/c.tar")
            let script = """
                set -e
                tar xf c.tar
                cat case-1/records/0*.json | cmp - b.tar.attest
                cd case-1
                sha256sum --quiet --strict -c records/manifest-sha256.txt tagmanifest-sha256.txt seal.sha256
                test "$(tail -n 1 records/manifest-sha256.txt | cut -c 67-)" = records/000003.json
                """
            let check = try Command(["sh", "-c", script], in: folder)
            #expect(check.status == 0, "\(check.output)")
            let unpacked = try await case1.verify(Anchors(), path: "\(folder)/case-1")
            #expect(unpacked.failures == [] && unpacked.recordFailures == [])
            #expect(unpacked.records.foldedCount == 3)
        }
    }

    @Test func aSidecarBesideItMayRepeatOrContinueWhatIsIn() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            for number in 1...3 { _ = try await case1.attestor.add(Attesting.note("\(number)")) }
            let new = "\(folder)/c.tar"
            _ = try await repack(case1.path, to: new)
            for number in 4...5 { _ = try await Attestor(bundle: new, by: "Bob").add(Attesting.note("\(number)")) }
            let continuation = try Data(contentsOf: URL(fileURLWithPath: new + ".attest"))
            let old = Data(try case1.bytes())
            func state(_ sidecar: Data) async throws -> (Verification.State, Int, Bool) {
                try sidecar.write(to: URL(fileURLWithPath: new + ".attest"))
                let records = try await case1.verify(Anchors(), path: new).records
                return (
                    records.answer.state, records.records.count,
                    records.answer.findings.contains { $0.says.contains("older") }
                )
            }
            let lines = String(decoding: old, as: UTF8.self).split(separator: "\n").map { Data("\($0)\n".utf8) }
            #expect(try await state(continuation) == (.passed, 5, false))
            #expect(try await state(old + continuation) == (.passed, 5, false))
            #expect(try await state(old) == (.passed, 3, false))
            #expect(try await state(lines[0] + lines[1]) == (.passed, 3, true))
            // Neither a beginning, nor all of them, nor what follows.
            #expect(try await state(lines[1] + lines[2]).0 == .failed)
            #expect(try await state(lines[0] + lines[2]).0 == .failed)
            let second = continuation.dropFirst((continuation.firstIndex(of: 0x0A) ?? 0) + 1)
            #expect(try await state(second) == (.failed, 3, false))

            // An old one takes no more: they would be no continuation of what is in the bundle.
            try (lines[0] + lines[1]).write(to: URL(fileURLWithPath: new + ".attest"))
            await #expect(throws: BundleError.self) {
                _ = try await Attestor(bundle: new, by: "Bob").add(Attesting.note("z"))
            }
            await #expect(throws: Never.self) { _ = try await repack(new, to: "\(folder)/d.tar") }
            // What continues the new file lacks its beginning beside the old one.
            try continuation.write(to: URL(fileURLWithPath: case1.sidecar))
            #expect(try await case1.verify(Anchors()).records.answer.state == .failed)
        }
    }

    @Test func aForkIsSaidWithBothHeads() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("1"))
            let new = "\(folder)/c.tar"
            _ = try await repack(case1.path, to: new)
            let folded = SHA256.digest(of: Array(try case1.bytes().dropLast()))
            try FileManager.default.removeItem(atPath: case1.sidecar)
            _ = try await case1.attestor.add(Attesting.note("another"))
            let other = SHA256.digest(of: Array(try case1.bytes().dropLast()))
            try FileManager.default.copyItem(atPath: case1.sidecar, toPath: new + ".attest")
            let verification = try await case1.verify(Anchors(), path: new)
            #expect(verification.records.answer.state == .failed)
            let says = verification.records.answer.findings.map(\.says).joined()
            #expect(says.contains(folded.hex) && says.contains(other.hex))
            await #expect(throws: BundleError.self) { _ = try await repack(new, to: "\(folder)/d.tar") }
        }
    }

    @Test func whatDoesNotFitIsNotFoldedIn() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder), case2 = try await Attesting(folder, name: "c.tar")
            for number in 1...2 { _ = try await case1.attestor.add(Attesting.note("\(number)"), signedBy: [case1.ann]) }
            let whole = try case1.bytes()
            let lines = try case1.lines()
            _ = try await case2.attestor.add(.signature(.init(form: .ssh, over: .seal, data: [1])))
            let wrongSignature = try case2.bytes()
            try FileManager.default.removeItem(atPath: case2.sidecar)
            let bad: [(String, Attesting, [UInt8])] = [
                ("of another bundle", case2, whole), ("half a record", case1, Array(whole.dropLast(5))),
                ("one is missing", case1, lines[0] + lines[2]), ("a signature is none", case2, wrongSignature),
                ("no record", case1, Array("hello\n".utf8)),
            ]
            for (name, bundle, sidecar) in bad {
                try bundle.write(sidecar)
                await #expect(throws: BundleError.self, "\(name)") {
                    _ = try await repack(bundle.path, to: "\(folder)/d.tar.zst")
                }
            }
            // One that is there already would be taken for that of the new file.
            try case1.write(whole)
            #expect(FileManager.default.createFile(atPath: "\(folder)/d.tar.zst.attest", contents: Data()))
            await #expect {
                _ = try await repack(case1.path, to: "\(folder)/d.tar.zst")
            } throws: {
                ($0 as? BundleError)?.code == .exists
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("d") }
            #expect(left == ["d.tar.zst.attest"])
        }
    }

    /// What is wrong with `records/` is no fault of what was sealed.
    @Test func damageInTheBundlesRecordsIsSaidOfThemAlone() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            for number in 1...3 { _ = try await case1.attestor.add(Attesting.note("\(number)")) }
            _ = try await repack(case1.path, to: "\(folder)/c.tar")
            let whole = try await TakenApart("\(folder)/c.tar")
            typealias Change = (inout TakenApart) -> Void
            let changes: [(String, Change)] = [
                ("a byte", { $0.files[$0.index("records/000002.json")].bytes[200] ^= 1 }),
                ("one is missing", { $0.files.remove(at: $0.index("records/000002.json")) }),
                ("the last is missing", { $0.files.remove(at: $0.index("records/000003.json")) }),
                ("the list is missing", { $0.files.remove(at: $0.index("records/manifest-sha256.txt")) }),
                ("all but the list is missing", { $0.files.removeAll { $0.path.contains("/records/0") } }),
                ("the list is not one", { $0.files[$0.index("records/manifest-sha256.txt")].bytes = [1, 2] }),
                (
                    "another name",
                    { $0.files[$0.index("records/000003.json")].path = "case-1/records/000004.json" }
                ),
                ("no line end", { $0.files[$0.index("records/000003.json")].bytes.removeLast() }),
                ("two lines", { $0.files[$0.index("records/000003.json")].bytes += [0x7B, 0x7D, 0x0A] }),
                ("empty", { $0.files[$0.index("records/000001.json")].bytes = [] }),
                (
                    "far too long",
                    {
                        $0.files[$0.index("records/000003.json")].bytes = [UInt8](
                            repeating: 0x20, count: FormatLimits.attestationLine + 1)
                    }
                ),
            ]
            for (name, change) in changes {
                var parts = whole
                change(&parts)
                let path = "\(folder)/changed.tar"
                try? FileManager.default.removeItem(atPath: path)
                try await parts.write(to: path)
                let verification = try await case1.verify(Anchors(), path: path)
                #expect(verification.records.answer.state == .failed, "\(name)")
                #expect(verification.failures == [], "\(name): \(verification.failures)")
                #expect(verification.verdict == .consistentNotAuthenticated, "\(name)")
            }
        }
    }
}
