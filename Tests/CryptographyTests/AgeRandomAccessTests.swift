import Cryptography
import Synchronization
import TestSupport
import Testing

@Suite struct AgeRandomAccessTests {
    private let identity: AgeIdentity
    private let recipient: AgeRecipient

    init() throws {
        identity = try AgeIdentity.generate()
        recipient = try #require(identity.recipient)
    }

    @Test(arguments: AgePayloadTests.sizes)
    func rangesAreSlices(size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size) + 2)
        let plaintext = random.bytes(size)
        let file = try AgeSource(AgeEncryptor.encrypt(plaintext, to: [recipient])).open([identity], piece: 50_000)
        #expect(file.size == UInt64(size))
        try expectSameBytes(file.everything(), plaintext)
        for _ in 0..<200 {
            let offset = Int.random(in: 0...size, using: &random)
            let count = Int.random(in: 0...(Bool.random(using: &random) ? 100 : 150_000), using: &random)
            let expected = Array(plaintext.dropFirst(offset).prefix(count))
            try expectSameBytes(file.bytes(at: UInt64(offset), count: count), expected, "\(count) bytes from \(offset)")
        }
        for offset in [UInt64(size), UInt64(size) + 1, .max] { #expect(try file.bytes(at: offset, count: 10) == []) }
    }

    @Test func manyTasksReadOneFile() async throws {
        var random = SeededGenerator(seed: 4)
        let plaintext = random.bytes(1_000_000)
        let file = try AgeSource(AgeEncryptor.encrypt(plaintext, to: [recipient])).open([identity])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for seed in 0..<8 {
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(seed))
                    for _ in 0..<50 {
                        let offset = Int.random(in: 0..<plaintext.count, using: &random)
                        let count = Int.random(in: 1...100_000, using: &random)
                        let expected = plaintext.dropFirst(offset).prefix(count)
                        guard try file.bytes(at: UInt64(offset), count: count).elementsEqual(expected) else {
                            return false
                        }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    /// Only the chunks that are asked for are read, and the last ones used not again.
    @Test func readsWhatItNeeds() throws {
        let bytes = try AgeEncryptor.encrypt([UInt8](repeating: 1, count: 20 * 65536), to: [recipient])
        let reads = Mutex<[Int]>([])
        let file = try AgeRandomAccessFile(fileSize: UInt64(bytes.count), identities: [identity]) { offset, buffer in
            let rest = bytes[Int(offset)...].prefix(buffer.count)
            buffer.copyBytes(from: rest)
            reads.withLock { $0.append(rest.count) }
            return rest.count
        }
        func readSinceLast() -> [Int] {
            reads.withLock { reads in
                defer { reads = [] }
                return reads
            }
        }
        #expect(readSinceLast() == [4096, 16, 65552])
        #expect(try file.bytes(at: 5 * 65536 - 10, count: 20).count == 20)
        #expect(readSinceLast() == [65552, 65552])
        for _ in 0..<100 { #expect(try file.bytes(at: 5 * 65536 - 10, count: 20).count == 20) }
        #expect(try file.bytes(at: 20 * 65536 - 1, count: 5).count == 1)
        #expect(readSinceLast() == [])
        #expect(try file.bytes(at: 0, count: 20 * 65536).count == 20 * 65536)
        #expect(readSinceLast().count == 17)
        for chunk in 0..<4 { #expect(try file.bytes(at: UInt64(chunk * 65536), count: 1) == [1]) }
        #expect(readSinceLast().count == 4)
        for chunk in 0..<4 { #expect(try file.bytes(at: UInt64(chunk * 65536), count: 1) == [1]) }
        #expect(readSinceLast() == [])
        // Not more than four are kept: the fifth takes the place of the first.
        #expect(try file.bytes(at: 10 * 65536, count: 1) == [1])
        #expect(try file.bytes(at: 0, count: 1) == [1])
        #expect(readSinceLast() == [65552, 65552])
    }

    /// A damaged chunk in the middle is found when it is read, and only then.
    @Test func damageInTheMiddle() throws {
        var bytes = try AgeEncryptor.encrypt([UInt8](repeating: 1, count: 4 * 65536), to: [recipient])
        bytes[bytes.count - 2 * 65552 - 1] ^= 1
        let file = try AgeSource(bytes).open([identity])
        #expect(try file.bytes(at: 65535, count: 1) == [1])
        #expect(try file.bytes(at: 2 * 65536, count: 100_000).count == 100_000)
        for (offset, count) in [(65536, 1), (65535, 2), (65536, 65536), (0, 200_000)] {
            expectFailure(.wrongChunk) { try file.bytes(at: UInt64(offset), count: count) }
        }
    }

    /// The source ends, fails or lies after the file was opened.
    @Test func sourcesThatFail() throws {
        struct Unreadable: Error {}
        let bytes = try AgeEncryptor.encrypt([UInt8](repeating: 1, count: 4 * 65536), to: [recipient])
        let answer = Mutex<Int?>(nil)
        let file = try AgeRandomAccessFile(fileSize: UInt64(bytes.count), identities: [identity]) { offset, buffer in
            if let count = answer.withLock({ $0 }) {
                if count == 1 { throw Unreadable() }
                return count
            }
            let rest = bytes[Int(offset)...].prefix(buffer.count)
            buffer.copyBytes(from: rest)
            return rest.count
        }
        for count in [0, -1, 70_000] {
            answer.withLock { $0 = count }
            expectFailure(.truncated) { try file.bytes(at: 0, count: 1) }
        }
        answer.withLock { $0 = 1 }
        #expect(throws: Unreadable.self) { try file.bytes(at: 0, count: 1) }
        answer.withLock { $0 = nil }
        #expect(try file.bytes(at: 0, count: 1) == [1])
    }

    /// A file of 8 PiB, of which chunks are made when they are read: their numbers need more than 32 bits.
    @Test func enormousFile() throws {
        let key = try AgeFileKey.random()
        let nonce = try SecureRandom.bytes(16)
        let beginning =
            try AgeHeader.encode(
                AgeRecipient.stanzas(for: [recipient], fileKey: key), fileKey: key) + nonce
        let shared = Shared(payload: try AgePayload(fileKey: key, nonce: nonce))
        let size = UInt64(beginning.count) + (1 << 37 - 1) * 65552 + 17
        let layout = try AgeLayout(fileSize: size, headerSize: beginning.count - 16)
        #expect(layout.chunkCount == 1 << 37)
        #expect(layout.plaintextSize == (1 << 37 - 1) * 65536 + 1)
        let file = try AgeRandomAccessFile(fileSize: size, identities: [identity]) { offset, buffer in
            guard offset >= UInt64(beginning.count) else {
                let rest = beginning[Int(offset)...].prefix(buffer.count)
                buffer.copyBytes(from: rest)
                return rest.count
            }
            let (number, start) = (offset - UInt64(beginning.count)).quotientAndRemainder(dividingBy: 65552)
            let content = Self.content(number, count: layout.plaintextCount(ofChunk: number))
            var sealed = [UInt8](repeating: 0, count: content.count + 16)
            try content.withUnsafeBytes { content in
                try sealed.withUnsafeMutableBytes {
                    try shared.payload.seal(chunk: number, isLast: number == layout.chunkCount - 1, content, into: $0)
                }
            }
            let rest = sealed.dropFirst(Int(start)).prefix(buffer.count)
            buffer.copyBytes(from: rest)
            return rest.count
        }
        #expect(try file.bytes(at: file.size - 1, count: 2) == [UInt8(truncatingIfNeeded: layout.chunkCount - 1)])
        for number: UInt64 in [0, 1, 255, 256, 1 << 32 - 1, 1 << 32, 1 << 37 - 2] {
            try expectSameBytes(
                file.bytes(at: number * 65536, count: 65536), Self.content(number, count: 65536))
            #expect(try file.bytes(at: number * 65536 + 5, count: 1) == [UInt8(truncatingIfNeeded: number >> 40)])
        }
    }

    private static func content(_ number: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64($0 % 8 * 8)) }
    }

    private final class Shared: Sendable {
        let payload: AgePayload

        init(payload: consuming AgePayload) {
            self.payload = payload
        }
    }

    @Test func sizesThatNoFileHas() throws {
        for (size, code) in [
            (0, CryptographyError.Code.truncated), (100, .truncated), (115, .truncated), (116, .truncated),
            (131, .truncated), (116 + 65552 + 1, .truncated), (116 + 65552 + 15, .truncated),
            (116 + 65552 + 16, .wrongChunk), (116 + 3 * 65552 + 16, .wrongChunk),
        ] { expectFailure(code) { try AgeLayout(fileSize: UInt64(size), headerSize: 100) } }
        for (size, plaintext, chunks) in [
            (132, 0, 1), (133, 1, 1), (116 + 65552, 65536, 1), (116 + 65552 + 17, 65537, 2),
            (116 + 2 * 65552, 131_072, 2),
        ] {
            let layout = try AgeLayout(fileSize: UInt64(size), headerSize: 100)
            #expect(layout.plaintextSize == UInt64(plaintext) && layout.chunkCount == UInt64(chunks))
        }
    }
}
