import Archive
import Bundle
import BundleFormat
import Foundation
import Testing

/// Damage to the file itself.
@Suite struct DamageTests {
    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: path)))
    }

    private func write(_ bytes: some Collection<UInt8>, _ path: String) {
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    }

    @Test func aCutArchiveSaysWhatIsWhole() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar"
            _ = try await Sample.write(to: path, container: .tar)
            var boundaries: [(offset: UInt64, before: String)] = []
            var last = ""
            try await ContainerReader(path: path).entries { entry, _ in
                boundaries.append((entry.offset, last))
                last = String(entry.path.dropFirst("case-1/".count))
            }
            let whole = try bytes(path)
            for (offset, before) in boundaries.dropFirst() {
                for cut in [Int(offset), Int(offset) + 100, Int(offset) + 512] {
                    write(whole.prefix(cut), "\(folder)/c.tar")
                    let verification = try await Verifier().verify(path: "\(folder)/c.tar")
                    #expect(verification.verdict == .incomplete)
                    #expect(verification.completeness.findings.contains { $0.code == .truncated })
                    if cut == Int(offset) { #expect(verification.lastWholeFile == before) }
                    #expect(
                        verification.sealID == nil
                            || boundaries.contains { $0.before == "seal.sha256" && cut >= $0.offset })
                }
            }
        }
    }

    @Test(arguments: Container.allCases)
    func aChangedByteAnywhereIsSeen(container: Container) async throws {
        try await withFolder { folder in
            let path = "\(folder)/b\(container.fileExtension)"
            _ = try await Sample.write(to: path, container: container)
            let whole = try bytes(path)
            for step in 0..<60 {
                let position = whole.count * step / 60 + step
                var changed = whole
                changed[position] ^= 0x10
                write(changed, "\(folder)/c")
                let verdict: Verification.Verdict?
                do {
                    verdict = try await Verifier().verify(path: "\(folder)/c").verdict
                } catch let error as BundleError {
                    #expect(error.code == .notABundle)
                    verdict = nil
                }
                #expect(verdict == nil || verdict == .failed || verdict == .incomplete, "byte \(position)")
            }
            write(whole + [0], "\(folder)/d")
            #expect(try await Verifier().verify(path: "\(folder)/d").verdict != .consistentNotAuthenticated)
            write(whole + whole, "\(folder)/e")
            #expect(try await Verifier().verify(path: "\(folder)/e").verdict != .consistentNotAuthenticated)
        }
    }

    /// Damage in one frame, member or header: every other entry is still vouched for, and those in it are named.
    @Test(arguments: Container.allCases)
    func aDamagedPlaceNamesItsEntries(container: Container) async throws {
        try await withFolder { folder in
            let path = "\(folder)/b\(container.fileExtension)"
            let sealed = try await Sample.write(to: path, container: container, checkpoints: true)
            let whole = try bytes(path)
            // A .tar has no frames: there a changed header is what ends the pass.
            var headers: [Int] = []
            if container == .tar {
                try await ContainerReader(path: path).entries { entry, _ in headers.append(Int(entry.offset) + 110) }
            }
            var surveys = 0
            for step in 1..<80 {
                let position = headers.isEmpty ? whole.count * step / 80 : headers[step % headers.count]
                var changed = whole
                changed[position] ^= 0x10
                write(changed, "\(folder)/c")
                let verification = try await Verifier().verify(path: "\(folder)/c")
                #expect(verification.verdict == .failed)
                guard let survey = verification.survey else { continue }
                surveys += 1
                let named = Set(verification.integrity.findings.filter { $0.severity == .failure }.map(\.path))
                #expect(survey.entries == 10)
                #expect(UInt64(named.subtracting([""]).count) >= survey.entries - survey.whole)
                if survey.isIndexSealed { #expect(verification.sealID == sealed.sealID) }
            }
            #expect(surveys > 20)
        }
    }

    @Test func whatIsNoBundleIsRefused() async throws {
        try await withFolder { folder in
            for content in [[], Array("hello".utf8), [UInt8](repeating: 0x1F, count: 2_000)] {
                write(content, "\(folder)/x")
                await #expect { _ = try await Verifier().verify(path: "\(folder)/x") } throws: {
                    ($0 as? BundleError)?.code == .notABundle
                }
                await #expect(throws: BundleError.self) { _ = try await BundleReader(path: "\(folder)/x") }
            }
            await #expect(throws: BundleError.self) { _ = try await Verifier().verify(path: "\(folder)/none") }
            await #expect { _ = try await Verifier().verify(path: folder) } throws: {
                ($0 as? BundleError)?.code == .notABundle
            }
        }
    }

    @Test func theUnpackedFolderIsVerifiedToo() async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar, checkpoints: true)
            let reader = try await TakenApart("\(folder)/b.tar")
            for file in reader.files {
                let path = "\(folder)/\(file.path)"
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                write(file.bytes, path)
            }
            let bag = "\(folder)/case-1"
            #expect(try await Verifier(deep: true).verify(path: bag).failures == [])

            write([1], "\(bag)/data/host/planted")
            write([1], "\(bag)/data/host/a b")
            var failures = try await Verifier().verify(path: bag).failures
            #expect(failures.isSuperset(of: ["extra data/host/planted", "extra data/host/a b"]))
            try FileManager.default.removeItem(atPath: "\(bag)/data/host/planted")
            try FileManager.default.removeItem(atPath: "\(bag)/data/host/a b")

            let log = "\(bag)/data/host/log.txt"
            try FileManager.default.moveItem(atPath: log, toPath: "\(folder)/log.txt")
            try FileManager.default.createSymbolicLink(atPath: log, withDestinationPath: "\(folder)/log.txt")
            failures = try await Verifier().verify(path: bag).failures
            #expect(failures.contains("malformed data/host/log.txt"))
            try FileManager.default.removeItem(atPath: log)
            failures = try await Verifier().verify(path: bag).failures
            #expect(failures.contains("missing data/host/log.txt"))
            var bytes = try bytes("\(folder)/log.txt")
            bytes[3] ^= 1
            write(bytes, log)
            failures = try await Verifier().verify(path: bag).failures
            #expect(failures == ["contentChanged data/host/log.txt"])
        }
    }

    @Test func extractingGoesBeneathANewFolder() async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar.zst")
            let reader = try await BundleReader(path: "\(folder)/b.tar.zst")
            let report = try await Extractor(reader).extract(into: "\(folder)/out") { $0.path.isInside("data") }
            #expect(report.files == 6)
            #expect(report.rejected == [])
            #expect(try bytes("\(folder)/out/data/host/log.txt") == Sample.contents[2].bytes)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/out/data/host/log.txt")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            await #expect { _ = try await Extractor(reader).extract(into: "\(folder)/out") } throws: {
                ($0 as? BundleError)?.code == .exists
            }
        }
    }

    @Test func changedContentIsNotHandedOutSilently() async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/b.tar", container: .tar)
            var parts = try await TakenApart("\(folder)/b.tar")
            parts.files[parts.index("data/host/log.txt")].bytes[5] ^= 1
            try await parts.write(to: "\(folder)/c.tar")
            let reader = try await BundleReader(path: "\(folder)/c.tar")
            await #expect { _ = try await reader.content(of: EntryPath("data/host/log.txt"), limit: 1 << 30) } throws: {
                ($0 as? BundleError)?.code == .wrongContent
            }
            let report = try await Extractor(reader).extract(into: "\(folder)/out")
            #expect(report.rejected.map(\.path.rawValue) == ["data/host/log.txt"])
            await #expect { _ = try await reader.content(of: EntryPath("data/none"), limit: 10) } throws: {
                ($0 as? BundleError)?.code == .noSuchEntry
            }
        }
    }
}
