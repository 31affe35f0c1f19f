import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// The same tar stream in another container.
@Suite struct RepackTests {
    private func stream(_ path: String) throws -> [UInt8] {
        let reader = try ContainerReader(path: path)
        let length = try #require(reader.locator?.tarLength)
        return try reader.read(tarOffset: 0, count: Int(length))
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: path)))
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test(arguments: Container.allCases, Container.allCases)
    func everyContainerToEveryOther(from: Container, to: Container) async throws {
        try await withFolder { folder in
            let source = "\(folder)/a\(from.fileExtension)"
            let sealed = try await Sample.write(to: source, container: from, checkpoints: true)
            let before = try bytes(source)
            for level in Set([nil, to.levels.lowerBound, min(to.levels.upperBound, 9)]) {
                let target = "\(folder)/b\(level ?? 0)\(to.fileExtension)"
                let result = try await Repacker(container: to, level: level).repack(from: source, to: target)
                #expect(try stream(target) == stream(source))
                #expect(result.path == target)
                #expect(result.sealID == sealed.sealID)
                #expect(result.size == UInt64(try bytes(target).count))
                #expect(result.tarLength == UInt64(try stream(source).count))
                let sum = try Command(["sha256sum", target], in: folder)
                #expect(sum.output.hasPrefix(result.sha256.hex))
                let reader = try ContainerReader(path: target)
                #expect(reader.container == to)
                #expect(reader.locator == (try ContainerReader(path: source)).locator)
                let verification = try await Verifier(deep: true).verify(path: target)
                #expect(verification.failures == [])
                #expect(verification.verdict == .consistentNotAuthenticated)
                #expect(verification.sealID == sealed.sealID)
            }
            #expect(try bytes(source) == before)
            #expect(try names(folder).filter { $0.contains("partial") } == [])
        }
    }

    @Test func levelsMatter() async throws {
        try await withFolder { folder in
            let source = "\(folder)/a.tar"
            _ = try await Sample.write(to: source, container: .tar)
            for container in [Container.tarZstd, .tarGz] {
                let fast = try await Repacker(container: container, level: 1)
                    .repack(from: source, to: "\(folder)/1\(container.fileExtension)")
                let small = try await Repacker(container: container, level: container.levels.upperBound)
                    .repack(from: source, to: "\(folder)/2\(container.fileExtension)")
                #expect(small.size < fast.size)
            }
        }
    }

    @Test(arguments: Container.allCases)
    func whatIsNotIntactIsRefused(container: Container) async throws {
        try await withFolder { folder in
            let source = "\(folder)/a\(container.fileExtension)"
            _ = try await Sample.write(to: source, container: container)
            let whole = try bytes(source)
            var files: [(String, [UInt8])] = [
                ("cut in the middle", Array(whole[..<(whole.count / 2)])),
                ("cut at the end", Array(whole.dropLast())),
                ("a byte behind", whole + [0]),
                ("twice", whole + whole),
                ("empty", []),
            ]
            if container != .tar {
                // Content of a .tar has no checksum in the container; digests are the verifier's.
                var flipped = whole
                flipped[whole.count / 3] ^= 0x10
                files.append(("flipped", flipped))
            }
            for (name, bytes) in files {
                let damaged = "\(folder)/damaged"
                #expect(FileManager.default.createFile(atPath: damaged, contents: Data(bytes)))
                await #expect(throws: BundleError.self, "\(name)") {
                    _ = try await Repacker(container: .tarZstd).repack(from: damaged, to: "\(folder)/b.tar.zst")
                }
            }
            #expect(try names(folder).filter { $0.hasPrefix("b") } == [])
        }
    }

    /// The locator of the source is compared with the stream, and never taken over.
    @Test(arguments: Container.allCases)
    func aWrongLocatorIsRefused(container: Container) async throws {
        try await withFolder { folder in
            _ = try await Sample.write(to: "\(folder)/a.tar", container: .tar)
            let stream = try stream("\(folder)/a.tar")
            let right = try #require(try ContainerReader(path: "\(folder)/a.tar").locator)
            for change in 0..<4 {
                var locator = right
                switch change {
                case 0: locator.indexOffset += 512
                case 1: locator.indexSize += 1
                case 2: locator.entries += 1
                default: break
                }
                let path = "\(folder)/c\(change)\(container.fileExtension)"
                let writer = ContainerWriter(output: try OutputFile(creating: path), container: container)
                try await writer.write(stream)
                try await writer.finish(locator: locator)
                let repack = { try await Repacker(container: .tarGz).repack(from: path, to: path + ".tar.gz") }
                if change == 3 {
                    _ = try await repack()
                } else {
                    await #expect { _ = try await repack() } throws: { ($0 as? BundleError)?.code == .damaged }
                }
            }
        }
    }

    @Test func nothingIsReplaced() async throws {
        try await withFolder { folder in
            let source = "\(folder)/a.tar"
            _ = try await Sample.write(to: source, container: .tar)
            for name in ["b.tar.gz", "b.tar.gz.partial"] {
                let target = "\(folder)/\(name)"
                #expect(FileManager.default.createFile(atPath: target, contents: Data([1])))
                await #expect {
                    _ = try await Repacker(container: .tarGz).repack(from: source, to: "\(folder)/b.tar.gz")
                } throws: {
                    ($0 as? BundleError)?.code == .exists
                }
                #expect(try bytes(target) == [1])
                try FileManager.default.removeItem(atPath: target)
            }
        }
    }

    @Test func anArchiveWithoutIndexIsNoBundle() async throws {
        try await withFolder { folder in
            let source = "\(folder)/a.tar"
            _ = try await Sample.write(to: source, container: .tar)
            var parts = try await TakenApart(source)
            parts.files.remove(at: parts.index("meta/index.jsonl"))
            try await parts.write(to: "\(folder)/c.tar")
            await #expect {
                _ = try await Repacker(container: .tarGz).repack(from: "\(folder)/c.tar", to: "\(folder)/d.tar.gz")
            } throws: {
                ($0 as? BundleError)?.code == .notABundle
            }
        }
    }
}
