import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import Testing

/// A bundle that goes into a pipe.
struct StreamTests {
    private func writer(
        _ descriptor: Int32, _ folder: String, _ container: Container = .tarZstd, to recipients: [AgeRecipient] = []
    ) async throws -> BundleWriter {
        var options = BundleWriter.Options(container: container)
        options.spoolMemory = 1_000
        options.recipients = recipients
        return try await BundleWriter(
            opening: try Sample.opening(), output: .stream(descriptor, spools: folder), options: options)
    }

    private func fill(_ writer: BundleWriter, _ entries: Int = 3) async throws {
        for number in 1...entries {
            let entry = try await writer.entry(
                path: Sample.components("data/\(number).bin"), media: "application/octet-stream", segments: .whole,
                attempt: number)
            for piece in 0..<6 { try await entry.write(Sample.noise(100_000, seed: UInt64(number * 10 + piece))) }
            try await writer.record(Sample.ledgerLine(number, [try await entry.finish()]))
        }
    }

    @Test(arguments: Container.allCases, [false, true])
    func whatTheReaderGetsIsABundle(container: Container, isEncrypted: Bool) async throws {
        try await withFolder { folder in
            let identity = isEncrypted ? try AgeIdentity.generate() : nil
            let pipe = Pipe()
            // The writer closes its end of the pipe when it is done.
            let descriptor = dup(pipe.fileHandleForWriting.fileDescriptor)
            try pipe.fileHandleForWriting.close()
            let reading = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }
            let writer = try await writer(
                descriptor, folder, container, to: identity?.recipient.map { [$0] } ?? [])
            try await fill(writer)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1, "it has spools")
            let sealed = try await writer.seal()
            let path = "\(folder)/read"
            try await reading.value.write(to: URL(fileURLWithPath: path))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["read"], "spools are gone")
            #expect(sealed.checksumFile == nil)
            #expect(SHA256.digest(of: Array(try Data(contentsOf: URL(fileURLWithPath: path)))) == sealed.sha256)
            let verification = try await Verifier(identities: identity.map { [$0] } ?? []).verify(path: path)
            #expect(verification.failures == [])
            #expect(verification.sealID == sealed.sealID)
        }
    }

    @Test func aReaderThatGoesAwayEndsIt() async throws {
        signal(SIGPIPE, SIG_IGN)
        try await withFolder { folder in
            let pipe = Pipe()
            let descriptor = dup(pipe.fileHandleForWriting.fileDescriptor)
            try pipe.fileHandleForWriting.close()
            let writer = try await writer(descriptor, folder, .tar)
            try pipe.fileHandleForReading.close()
            let error = await #expect(throws: BundleError.self) {
                try await self.fill(writer, 40)
                _ = try await writer.seal()
            }
            #expect(error?.code == .writeFailed)
            #expect(error?.onDisk?.contains("no bundle") == true, "\(String(describing: error))")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty, "\(left)")
        }
    }

    @Test func aBundleThatIsGivenUpLeavesNoSpools() async throws {
        try await withFolder { folder in
            let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
            let writer = try await writer(descriptor, folder)
            let entry = try await writer.entry(
                path: Sample.components("data/x"), media: "text/plain", segments: .lines, attempt: 1)
            try await entry.write(Sample.noise(600_000))
            #expect(writer.giveUp())
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty, "\(left)")
        }
    }
}
