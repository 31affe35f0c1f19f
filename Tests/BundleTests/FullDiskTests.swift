import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// A disk that runs full while a bundle is written: what was accepted is sealed.
@Suite(.enabled(if: geteuid() == 0, "mounting a small disk needs root"))
struct FullDiskTests {
    /// What a file system must do for it: hold room ahead (tmpfs), or only tell how much is free (ramfs cannot be filled,
    /// so there is none to test that with here; ext4 is tried where there are loop devices).
    enum FileSystem: CaseIterable {
        case tmpfs, ext4
    }

    @Test(arguments: FileSystem.allCases, Container.allCases)
    func somebodyElseUsesUpTheRest(fileSystem: FileSystem, container: Container) async throws {
        try await useUpTheRest(fileSystem, container)
    }

    @Test(arguments: FileSystem.allCases, Container.allCases)
    func somebodyElseUsesUpTheRestOfAnEncryptedOne(fileSystem: FileSystem, container: Container) async throws {
        try await useUpTheRest(fileSystem, container, identity: try AgeIdentity.generate())
    }

    private func useUpTheRest(
        _ fileSystem: FileSystem, _ container: Container, identity: AgeIdentity? = nil
    ) async throws {
        try await withDisk(fileSystem, mebibytes: 24) { disk in
            let path = disk + "/b" + container.fileExtension
            var options = BundleWriter.Options(container: container)
            options.spoolMemory = 1 << 20
            options.recipients = identity?.recipient.map { [$0] } ?? []
            let writer = try await BundleWriter(opening: try Sample.opening(), outputPath: path, options: options)
            var entries: [EntryWriter] = []
            for number in 0..<6 {
                entries.append(
                    try await writer.entry(
                        path: Sample.components("data/\(number).bin"), media: "application/octet-stream",
                        segments: .whole,
                        attempt: number + 1))
            }
            let piece = Sample.noise(100_000)
            for _ in 0..<3 {
                for entry in entries { try await entry.write(piece) }
            }
            fill(disk)
            var isFull = 0
            for entry in entries {
                do {
                    for _ in 0..<200 { try await entry.write(piece) }
                } catch let error as BundleError {
                    #expect(error.code == .outOfRoom, "\(error)")
                    isFull += 1
                }
            }
            #expect(isFull == entries.count)
            var sizes: [UInt64] = []
            for (number, entry) in entries.enumerated() {
                let receipt = try await entry.finish()
                sizes.append(receipt.size)
                try await writer.record(Sample.ledgerLine(number + 1, [receipt], state: .partial))
            }
            let sealed = try await writer.seal()
            #expect(sealed.counts.unfinished == 0)
            let verification = try await Verifier(deep: true, identities: identity.map { [$0] } ?? []).verify(
                path: path)
            #expect(verification.failures == [])
            #expect(sizes.allSatisfy { $0 >= 300_000 })
            let whole = (0..<210).flatMap { _ in piece }
            let reader = try await BundleReader(path: path, identities: identity.map { [$0] } ?? [])
            for (number, size) in sizes.enumerated() {
                let entry = EntryPath(sourceComponents: Sample.components("data/\(number).bin"))
                let content = try await reader.content(of: entry, limit: 1 << 25)
                #expect(content.count == Int(size))
                #expect(content.elementsEqual(whole.prefix(content.count)))
            }
        }
    }

    /// Nobody else is there: the capture alone is larger than the disk.
    @Test(arguments: Container.allCases, [false, true])
    func theCaptureItselfIsTooLarge(container: Container, isEncrypted: Bool) async throws {
        let identity = isEncrypted ? try AgeIdentity.generate() : nil
        try await withDisk(.tmpfs, mebibytes: 16) { disk in
            let path = disk + "/b" + container.fileExtension
            var options = BundleWriter.Options(container: container)
            options.recipients = identity?.recipient.map { [$0] } ?? []
            let writer = try await BundleWriter(
                opening: try Sample.opening(), outputPath: path, options: options)
            var kept: [UInt64] = []
            var isFull = false
            for number in 1...60 where !isFull {
                let entry = try await writer.entry(
                    path: Sample.components("data/\(number).bin"), media: "application/octet-stream", segments: .whole,
                    attempt: number)
                do {
                    for piece in 0..<10 {
                        try await entry.write(Sample.noise(100_000, seed: UInt64(number * 10 + piece)))
                    }
                } catch let error as BundleError {
                    #expect(error.code == .outOfRoom, "\(error)")
                    isFull = true
                }
                let receipt = try await entry.finish()
                kept.append(receipt.size)
                try await writer.record(Sample.ledgerLine(number, [receipt]))
            }
            #expect(isFull)
            _ = try await writer.seal()
            #expect(
                kept.reduce(0, +) > (isEncrypted ? 6 << 20 : 8 << 20), "most of the disk is used: \(kept.reduce(0, +))")
            #expect(
                try await Verifier(identities: identity.map { [$0] } ?? []).verify(path: path).failures == [])
            let names = try FileManager.default.contentsOfDirectory(atPath: disk).filter { $0 != "lost+found" }
            #expect(names.allSatisfy { $0.hasPrefix("b.tar") && !$0.contains("partial") }, "\(names)")
        }
    }

    @Test func aDiskWithoutRoomForAnythingIsRefusedAtOnce() async throws {
        try await withDisk(.tmpfs, mebibytes: 1) { disk in
            await #expect(throws: BundleError.self) {
                _ = try await BundleWriter(opening: try Sample.opening(), outputPath: disk + "/b.tar")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: disk)
            #expect(left == [])
        }
    }

    // MARK: Disks

    private func withDisk(_ fileSystem: FileSystem, mebibytes: Int, _ body: (String) async throws -> Void) async throws
    {
        try await withFolder { folder in
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
            let mount: [String]
            switch fileSystem {
            case .tmpfs: mount = ["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", disk]
            case .ext4:
                let image = folder + "/image"
                #expect(FileManager.default.createFile(atPath: image, contents: nil))
                try FileHandle(forWritingTo: URL(fileURLWithPath: image)).truncate(
                    atOffset: UInt64(mebibytes + 4) << 20)
                let made = try Self.run(["mkfs.ext4", "-q", "-F", "-m", "0", image])
                if made != 0 { try Test.cancel("there is no mkfs.ext4") }
                mount = ["mount", "-o", "loop", image, disk]
            }
            if try Self.run(mount) != 0 { try Test.cancel("\(mount.joined(separator: " ")) is not allowed here") }
            do {
                try await body(disk)
            } catch {
                _ = try Self.run(["umount", "-l", disk])
                throw error
            }
            _ = try Self.run(["umount", "-l", disk])
        }
    }

    private func fill(_ disk: String) {
        guard let file = fopen(disk + "/filler", "w") else { return }
        defer { fclose(file) }
        setvbuf(file, nil, _IONBF, 0)
        for size in [1 << 20, 4_096, 1] {
            let block = [UInt8](repeating: 7, count: size)
            while fwrite(block, 1, size, file) == size {}
        }
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
