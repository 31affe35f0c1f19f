import Cryptography
import TestSupport
import Testing

@Suite struct AgePayloadTests {
    static let sizes = [0, 1, 15, 65535, 65536, 65537, 131_071, 131_072, 131_073, 200_000]
    private let identity: AgeIdentity
    private let recipient: AgeRecipient

    init() throws {
        identity = try AgeIdentity.generate()
        recipient = try #require(identity.recipient)
    }

    @Test(arguments: sizes)
    func anyPiecesGiveTheSame(size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size) + 1)
        let plaintext = random.bytes(size)
        for largest in [1000, 70_000, 300_000] {
            var encryptor = try AgeEncryptor(recipients: [recipient])
            var file: [UInt8] = []
            for piece in random.pieces(of: plaintext, largest: largest) { file += try encryptor.update(piece) }
            file += try encryptor.finish()
            let header = try #require(try AgeHeader.parse(prefix: file))
            let layout = try AgeLayout(fileSize: UInt64(file.count), headerSize: header.size)
            #expect(layout.plaintextSize == UInt64(size))
            #expect(layout.sealedRange(ofChunk: layout.chunkCount - 1).upperBound == UInt64(file.count))

            var decryptor = AgeDecryptor(identities: [identity])
            var output: [UInt8] = []
            for piece in random.pieces(of: file, largest: largest) { output += try decryptor.update(piece) }
            output += try decryptor.finish()
            expectSameBytes(output, plaintext)
        }
    }

    @Test func noTwoFilesAreAlike() throws {
        let files = try (0..<2).map { _ in try AgeEncryptor.encrypt([1, 2, 3], to: [recipient]) }
        #expect(files[0] != files[1])
        let headers = try files.map { try #require(try AgeHeader.parse(prefix: $0)) }
        #expect(files[0].suffix(19) != files[1].suffix(19) && headers[0].stanzas != headers[1].stanzas)
    }

    @Test func everyBitCounts() throws {
        let other = try #require(try AgeIdentity.generate().recipient)
        let ssh = try AgeIdentity(sshKey: SSHPrivateKey.generateEd25519())
        let file = try AgeEncryptor.encrypt(
            [UInt8](repeating: 7, count: 50), to: [other, recipient, try #require(ssh.recipient)])
        for position in file.indices {
            for bit in 0..<8 {
                var changed = file
                changed[position] ^= 1 << bit
                // By one way with either identity.
                #expect(throws: CryptographyError.self, "bit \(bit) of byte \(position)") {
                    try AgeDecryptor.decrypt(changed, identities: [ssh])
                }
                #expect(throws: CryptographyError.self, "bit \(bit) of byte \(position)") {
                    try AgeSource(changed).open([identity])
                }
            }
        }
    }

    @Test(arguments: [0, 100])
    func everyTruncationOfASmallFile(size: Int) throws {
        let file = try AgeEncryptor.encrypt([UInt8](repeating: 7, count: size), to: [recipient])
        for count in file.indices { expectRefusal(Array(file[..<count]), identity, "\(count) bytes") }
        for more in 1...40 { expectRefusal(file + [UInt8](repeating: 0, count: more), identity, "\(more) bytes more") }
    }

    /// Around the borders of chunks, and anywhere.
    @Test(arguments: [65536, 131_072, 200_000])
    func truncationsOfALargeFile(size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        let file = try AgeEncryptor.encrypt(random.bytes(size), to: [recipient])
        let header = try #require(try AgeHeader.parse(prefix: file))
        let layout = try AgeLayout(fileSize: UInt64(file.count), headerSize: header.size)
        var counts = (0..<50).map { _ in Int.random(in: 0..<file.count, using: &random) }
        for chunk in 0..<layout.chunkCount {
            let range = layout.sealedRange(ofChunk: chunk)
            for border in [Int(range.lowerBound), Int(range.upperBound)] { counts += (border - 20)...(border + 20) }
        }
        for count in Set(counts) where count < file.count {
            expectRefusal(Array(file[..<count]), identity, "\(count) bytes")
        }
        let whole = Int(layout.sealedRange(ofChunk: 0).upperBound)
        for more in [1, 15, 16, 17, 65552] {
            expectRefusal(file + [UInt8](repeating: 0, count: more), identity, "\(more) bytes more")
            expectRefusal(
                file + file[(whole - 65552)...].prefix(more), identity, "\(more) bytes of the first chunk more")
        }
        if whole < file.count {
            expectFailure(.truncated) { try AgeDecryptor.decrypt(Array(file[..<whole]), identities: [identity]) }
            expectFailure(.truncated) { try AgeSource(Array(file[..<whole])).open([identity]) }
        }
    }

    @Test func chunksHaveTheirPlace() throws {
        var random = SeededGenerator(seed: 3)
        let plaintext = random.bytes(3 * 65536 + 10)
        let file = try AgeEncryptor.encrypt(plaintext, to: [recipient])
        let start = try #require(try AgeHeader.parse(prefix: file)).size + 16
        let chunks = (0..<4).map { Array(file[(start + $0 * 65552)...].prefix(65552)) }
        for order in [
            [1, 0, 2, 3], [0, 2, 1, 3], [0, 2, 3], [1, 2, 3], [0, 0, 1, 2, 3], [0, 1, 2, 3, 3], [3], [0, 3],
        ] {
            expectRefusal(Array(file[..<start]) + order.flatMap { chunks[$0] }, identity, "\(order)")
        }
        // What came before is given out, whole chunks at a time.
        var decryptor = AgeDecryptor(identities: [identity])
        var output: [UInt8] = []
        let swapped = Array(file[..<start]) + [0, 2, 1, 3].flatMap { chunks[$0] }
        for _ in 0..<2 {
            do throws(CryptographyError) {
                try swapped.span.bytes.withUnsafeBytes { bytes throws(CryptographyError) in
                    try decryptor.update(bytes, appendingTo: &output)
                }
                Issue.record("nothing was thrown")
            } catch {
                #expect(error.code == .wrongChunk && error.subject == "chunk 1")
            }
        }
        expectSameBytes(output, Array(plaintext[..<65536]))
    }

    /// A file of which nobody else has the key, made as no writer makes it.
    @Test func theLastChunkIsEmptyOnlyIfAlone() throws {
        let key = try AgeFileKey.random()
        let stanzas = try AgeRecipient.stanzas(for: [recipient], fileKey: key)
        let nonce = try SecureRandom.bytes(16)
        let payload = try AgePayload(fileKey: key, nonce: nonce)
        let beginning = try AgeHeader.encode(stanzas, fileKey: key) + nonce
        func chunk(_ number: UInt64, _ count: Int, isLast: Bool) throws -> [UInt8] {
            let plaintext = [UInt8](repeating: 1, count: count)
            var sealed = [UInt8](repeating: 0, count: count + 16)
            try plaintext.withUnsafeBytes { plaintext in
                try sealed.withUnsafeMutableBytes {
                    try payload.seal(chunk: number, isLast: isLast, plaintext, into: $0)
                }
            }
            return sealed
        }
        let full = try chunk(0, 65536, isLast: false)
        let good = try beginning + full + chunk(1, 1, isLast: true)
        #expect(try AgeDecryptor.decrypt(good, identities: [identity]).count == 65537)
        #expect(try AgeDecryptor.decrypt(beginning + chunk(0, 0, isLast: true), identities: [identity]) == [])
        for bad in [
            full + (try chunk(1, 0, isLast: true)), try chunk(0, 5, isLast: false), try chunk(1, 5, isLast: true),
            try chunk(0, 65536, isLast: true) + chunk(1, 1, isLast: true),
            try chunk(0, 65536, isLast: true) + chunk(1, 65536, isLast: true),
            try chunk(0, 65536, isLast: true) + chunk(1, 65536, isLast: false) + chunk(2, 1, isLast: true),
            try chunk(0, 100, isLast: false) + chunk(1, 1, isLast: true), full + (try chunk(2, 1, isLast: true)),
        ] { expectRefusal(beginning + bad, identity, "\(bad.count) bytes of chunks") }
    }

    /// Every byte of its number, and whether it is the last, tell chunks apart.
    @Test func chunksAreNumbered() throws {
        let payload = try AgePayload(fileKey: AgeFileKey.random(), nonce: SecureRandom.bytes(16))
        let numbers = [0] + (0..<64).map { UInt64(1) << $0 }
        let plaintext = [UInt8](repeating: 1, count: 65536)
        for isLast in [false, true] {
            for number in numbers.indices {
                var sealed = [UInt8](repeating: 0, count: 65552)
                try plaintext.withUnsafeBytes { plaintext in
                    try sealed.withUnsafeMutableBytes {
                        try payload.seal(chunk: numbers[number], isLast: isLast, plaintext, into: $0)
                    }
                }
                func opens(_ number: UInt64, isLast: Bool) throws -> Bool {
                    var output = [UInt8](repeating: 0xEE, count: 65536)
                    let isOpen = try sealed.withUnsafeBytes { sealed in
                        try output.withUnsafeMutableBytes {
                            try payload.open(chunk: number, isLast: isLast, sealed, into: $0)
                        }
                    }
                    expectSameBytes(output, isOpen ? plaintext : [UInt8](repeating: 0, count: 65536))
                    return isOpen
                }
                #expect(try opens(numbers[number], isLast: isLast))
                #expect(try !opens(numbers[number], isLast: !isLast))
                for other in [number - 1, number + 1, 0] where other != number && numbers.indices.contains(other) {
                    #expect(try !opens(numbers[other], isLast: isLast), "chunk \(numbers[number])")
                }
            }
        }
    }

    /// What a file lacks when it ends with what was given out so far: the full chunks and the tail are everything.
    @Test func whatIsNotSealedYetIsLent() throws {
        var random = SeededGenerator(seed: 8)
        let plaintext = random.bytes(250_000)
        var encryptor = try AgeEncryptor(recipients: [recipient])
        var file: [UInt8] = []
        var taken = 0
        for piece in random.pieces(of: plaintext, largest: 40_000) {
            file += try encryptor.update(piece)
            taken += piece.count
            let tail = encryptor.withUnsealed { Array($0) }
            #expect(tail.count <= 65536)
            var decryptor = AgeDecryptor(identities: [identity])
            let sealed = try decryptor.update(file)
            expectSameBytes(sealed + tail, Array(plaintext[..<taken]))
        }
    }

    /// Whoever writes a file can read it back, whoever its recipients are: this file, and no other.
    @Test func theWriterOpensItsOwnFile() throws {
        let passphrase = try AgeRecipient.passphrase(Array("secret".utf8), workFactor: 2)
        for recipients in [[recipient], [passphrase]] {
            let encryptor = try AgeEncryptor(recipients: recipients)
            let own = encryptor.identity
            let file = try encryptor.finish()
            #expect(try AgeDecryptor.decrypt(file, identities: [own]) == [])
            let other = try AgeEncryptor.encrypt([1], to: recipients)
            expectFailure(.badMAC) { try AgeDecryptor.decrypt(other, identities: [own]) }
            #expect(own.recipient == nil && !own.isPassphrase)
        }
    }

    /// Cut anywhere, a file gives its whole chunks; whole, all of it.
    @Test func remainsGiveTheirWholeChunks() throws {
        var random = SeededGenerator(seed: 9)
        for size in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let plaintext = random.bytes(size)
            let file = try AgeEncryptor.encrypt(plaintext, to: [recipient])
            let header = try #require(try AgeHeader.parse(prefix: file)).size
            let cuts = [0, 1, header - 1, header, header + 15, header + 16, header + 17, header + 32, file.count - 1]
            let boundaries = (0...4).flatMap { chunk in [-1, 0, 1].map { header + 16 + chunk * 65_552 + $0 } }
            for cut in Set(cuts + boundaries + [file.count]) where cut <= file.count {
                let bytes = Array(file.prefix(cut))
                func open() throws -> AgeRandomAccessFile {
                    try AgeRandomAccessFile(remainsOfSize: UInt64(cut), identities: [identity]) { offset, buffer in
                        let piece = bytes.dropFirst(Int(offset)).prefix(buffer.count)
                        buffer.copyBytes(from: piece)
                        return piece.count
                    }
                }
                guard cut >= header + 16 else {
                    expectFailure(.truncated) { try open() }
                    continue
                }
                let remains = try open()
                #expect(remains.isWhole == (cut == file.count), "\(size), \(cut)")
                let chunks = (cut - header - 16) / 65_552
                let expected = cut == file.count ? plaintext : Array(plaintext.prefix(chunks * 65_536))
                expectSameBytes(try remains.everything(), expected, "\(size), \(cut)")
            }
        }
    }

    private func expectRefusal(
        _ file: [UInt8], _ identity: AgeIdentity, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: CryptographyError.self, Comment(rawValue: what), sourceLocation: sourceLocation) {
            try AgeDecryptor.decrypt(file, identities: [identity])
        }
        #expect(throws: CryptographyError.self, Comment(rawValue: what), sourceLocation: sourceLocation) {
            try AgeSource(file).open([identity]).everything()
        }
    }
}

extension SeededGenerator {
    mutating func pieces(of bytes: [UInt8], largest: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            pieces.append(Array(rest.prefix(Int.random(in: 0...largest, using: &self))))
            rest = rest.dropFirst(pieces.last?.count ?? 0)
        }
        return pieces
    }
}
