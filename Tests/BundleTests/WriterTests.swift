import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

@Suite struct WriterTests {
    @Test(arguments: Container.allCases)
    func aBundleVerifiesAndReads(container: Container) async throws {
        try await withFolder { folder in
            let path = "\(folder)/b\(container.fileExtension)"
            let sealed = try await Sample.write(to: path, container: container)
            #expect(sealed.counts.payloadFiles == 6)
            #expect(sealed.counts.attempts == 6)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "b\(container.fileExtension)", "b\(container.fileExtension).sha256",
                ])
            let data = try #require(FileManager.default.contents(atPath: path))
            #expect(SHA256.digest(of: Array(data)) == sealed.sha256)
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o600)

            let verification = try await Verifier(deep: true).verify(path: path)
            #expect(verification.failures == [])
            #expect(verification.verdict == .consistentNotAuthenticated)
            #expect(verification.sealID == sealed.sealID)
            #expect(verification.counts.entries == sealed.counts.entries)
            #expect(verification.signers.map(\.isRunKey) == [true])

            let reader = try await BundleReader(path: path)
            var paths: [String] = []
            try await reader.entries { paths.append($0.path.rawValue) }
            #expect(paths.count == Int(sealed.counts.entries))
            for (source, bytes) in Sample.contents {
                let entry = EntryPath(sourceComponents: Sample.components(source))
                #expect(try await reader.content(of: entry, limit: 10_000_000) == bytes)
            }
            var attempts: [Int] = []
            try await reader.ledger { attempts.append($0.attempt) }
            #expect(attempts == [1, 2, 3, 4, 5, 6])
            var actions: [String] = []
            try await reader.custody { actions.append($0.action.rawValue) }
            #expect(actions == ["opened", "exec", "closed"])
        }
    }

    @Test func aNameThatIsTakenMeanwhileIsNotReplaced() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar.zst"
            let sealed = try await Sample.write(to: path) { _ in
                for name in ["b.tar.zst", "b-2.tar.zst"] {
                    try Data("precious".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                }
            }
            #expect(sealed.path == "\(folder)/b-3.tar.zst")
            #expect(try await Verifier().verify(path: sealed.path).failures == [])
            #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
            #expect(sealed.checksumFile == "\(folder)/b-3.tar.zst.sha256")
        }
    }

    @Test func manyEntriesAtOnceAllArrive() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar.zst"
            var options = BundleWriter.Options()
            options.spoolMemory = 400 << 10
            options.checkpointBytes = 1 << 20
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: path, options: options)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for attempt in 1...24 {
                    group.addTask {
                        let entry = try await writer.entry(
                            path: Sample.components("data/x/\(attempt % 5).log"), media: "text/plain", segments: .lines,
                            attempt: attempt)
                        let bytes = Sample.text(attempt * 700, seed: UInt64(attempt))
                        for start in stride(from: 0, to: bytes.count, by: 9_000) {
                            try await entry.write(bytes[start..<min(start + 9_000, bytes.count)])
                            await Task.yield()
                        }
                        try await writer.record(Sample.ledgerLine(attempt, [try await entry.finish()]))
                    }
                }
                try await group.waitForAll()
            }
            let dropped = try await writer.entry(
                path: Sample.components("data/gone"), media: "text/plain", segments: .lines, attempt: 25)
            try await dropped.write(Sample.text(10_000))
            await dropped.abandon()
            await #expect(throws: BundleError.self) { try await dropped.write([1]) }
            await #expect(throws: BundleError.self) { _ = try await dropped.finish() }
            let sealed = try await writer.seal()
            #expect(sealed.counts.checkpoints > 0)
            #expect(!FileManager.default.fileExists(atPath: path + ".partial.d"))
            let verification = try await Verifier(deep: true).verify(path: path)
            #expect(verification.failures == [])
            #expect(verification.counts.checkpoints == sealed.counts.checkpoints)
        }
    }

    @Test func spoolsAndLinesGoToDisk() async throws {
        // What is checked is the design: nothing that grows with the capture stays in memory.
        try await withFolder { folder in
            let path = "\(folder)/b.tar"
            let writer = try await BundleWriter(
                opening: try Sample.opening(), outputPath: path, options: .init(container: .tar))
            #expect(!FileManager.default.fileExists(atPath: path + ".partial.d"))
            let entry = try await writer.entry(
                path: Sample.components("data/big"), media: "text/plain", segments: .lines, attempt: 1)
            try await entry.write([UInt8](repeating: 0x61, count: 300 << 10))
            try await entry.write([UInt8](repeating: 0x61, count: 10))
            let spool = path + ".partial.d/1"
            #expect(try FileManager.default.attributesOfItem(atPath: spool)[.size] as? Int == 300 << 10)
            #expect(try FileManager.default.attributesOfItem(atPath: spool)[.posixPermissions] as? Int == 0o600)
            #expect(
                try FileManager.default.attributesOfItem(atPath: path + ".partial.d")[.posixPermissions] as? Int
                    == 0o700)
            try await writer.custody(action: "exec", time: 0, monotonic: 0)
            let log = try String(contentsOfFile: path + ".partial.d/custody", encoding: .utf8)
            #expect(log.split(separator: "\n").count == 2)
            _ = try await entry.finish()
            for attempt in 2..<3_000 { try await writer.record(Sample.ledgerLine(attempt, [])) }
            #expect(
                try FileManager.default.attributesOfItem(atPath: path + ".partial.d/ledger")[.size] as? Int ?? 0
                    > 500_000)
            await writer.abort()
            await #expect(throws: BundleError.self) { _ = try await writer.seal() }
            #expect(FileManager.default.fileExists(atPath: path + ".partial"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func nothingIsReplaced() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar"
            for name in ["b.tar", "b.tar.partial", "b.tar.sha256"] {
                _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data("mine".utf8))
                await #expect { _ = try await Sample.write(to: path, container: .tar) } throws: {
                    ($0 as? BundleError)?.code == .exists
                }
                #expect(FileManager.default.contents(atPath: "\(folder)/\(name)") == Data("mine".utf8))
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }

    @Test func pathsOutsideDataAreRefused() async throws {
        try await withFolder { folder in
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: "\(folder)/b.tar")
            for path in [["meta", "x"], ["data"], []] {
                await #expect(throws: BundleError.self) {
                    _ = try await writer.entry(
                        path: path.map { Array($0.utf8) }, media: "text/plain", segments: .lines, attempt: 1)
                }
            }
            await writer.abort()
        }
    }

    @Test func hostileNamesStayInside() async throws {
        try await withFolder { folder in
            let path = "\(folder)/b.tar"
            let names: [[[UInt8]]] = [
                [Array("..".utf8), Array("..".utf8), Array("etc".utf8)], [Array("/etc/passwd".utf8)],
                [[0], [0xFF, 0x0A]],
                [[UInt8](repeating: 0x41, count: 400)], [Array("A".utf8)], [Array("a".utf8)],
                [Array("a".utf8), Array("b".utf8)], [Array("same.log".utf8)], [Array("same.log".utf8)],
            ]
            _ = try await Sample.write(to: path, container: .tar) { writer in
                for (number, name) in names.enumerated() {
                    let entry = try await writer.entry(
                        path: [Array("data".utf8)] + name, media: "x y", segments: .whole, attempt: 7 + number)
                    try await entry.write(Array("\(number)".utf8))
                    try await writer.record(Sample.ledgerLine(7 + number, [try await entry.finish()]))
                }
            }
            let verification = try await Verifier().verify(path: path)
            #expect(verification.failures == [])
            let reader = try await BundleReader(path: path)
            var kept: [[SourceName]] = []
            try await reader.ledger { kept += $0.names.map(\.sourceNames) }
            #expect(kept.contains([SourceName(Array("data".utf8)), SourceName([0]), SourceName([0xFF, 0x0A])]))
        }
    }

    @Test func aFailureSaysWhatIsLeft() async throws {
        // Stands for a full disk, which a test cannot make without root: the spool folder cannot be created.
        try await withFolder { folder in
            let path = "\(folder)/b.tar"
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: path)
            _ = FileManager.default.createFile(atPath: path + ".partial.d", contents: nil)
            let entry = try await writer.entry(
                path: Sample.components("data/big"), media: "text/plain", segments: .lines, attempt: 1)
            await #expect { try await entry.write([UInt8](repeating: 1, count: 1 << 20)) } throws: {
                ($0 as? BundleError)?.subject.contains("partial.d") == true
                    && ($0 as? BundleError)?.onDisk?.contains("data/big will not be in the bundle") == true
            }
            await #expect { try await writer.custody(action: "exec", time: 0, monotonic: 0) } throws: {
                ($0 as? BundleError)?.onDisk?.contains("b.tar.partial is kept") == true
            }
            await #expect(throws: BundleError.self) { _ = try await writer.seal() }
            #expect(FileManager.default.fileExists(atPath: path + ".partial"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
