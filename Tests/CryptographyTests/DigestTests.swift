import Cryptography
import TestSupport
import Testing

func hexBytes(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples (NIST CSRC), and the hash of nothing.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func examples(message: String, expected: String) {
        #expect(SHA256.digest(of: message).hex == expected)
        #expect(SHA256.digest(of: Array(message.utf8)).description == expected)
    }

    @Test func aMillionLetters() {
        var hasher = SHA256()
        for _ in 0..<1000 { hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(hasher.count == 1_000_000)
        #expect(hasher.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func anyCutIntoPiecesGivesTheSameDigest() {
        var random = SeededGenerator(seed: 7)
        for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000] {
            let message = random.bytes(length)
            let whole = SHA256.digest(of: message)
            for _ in 0..<20 {
                var hasher = SHA256()
                var rest = message[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(Int.random(in: 1...80, using: &random))
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: hasher.update(piece)
                    case 1: hasher.update(Array(piece))
                    case 2: hasher.update(piece.span.bytes)
                    default: for byte in piece { hasher.update(byte) }
                    }
                    rest = rest.dropFirst(piece.count)
                }
                #expect(hasher.finalize() == whole)
            }
        }
    }

    @Test func aSnapshotDoesNotDisturbTheHash() {
        var hasher = SHA256()
        hasher.update("ab")
        #expect(hasher.digestSoFar() == SHA256.digest(of: "ab"))
        #expect(hasher.digestSoFar() == SHA256.digest(of: "ab"))
        hasher.update("c")
        #expect(hasher.finalize() == SHA256.digest(of: "abc"))
    }

    @Test func shapesOfTreesAreConcatenations() {
        let left = SHA256.digest(of: "left")
        let right = SHA256.digest(of: "right")
        #expect(SHA256.digest(prefix: 1, left, right) == SHA256.digest(of: [1] + left.bytes + right.bytes))
        #expect(SHA256.digest(prefix: 4, left, suffix: 9) == SHA256.digest(of: [4] + left.bytes + [9]))
        for length in [0, 1, 23, 200] {
            let text = [UInt8](repeating: 5, count: length)
            let expected = SHA256.digest(of: [0] + left.bytes + text)
            #expect(SHA256.digest(prefix: 0, left, text) == expected)
            #expect(SHA256.digest(prefix: 0, left, text[...]) == expected)
            #expect(SHA256.digest(prefix: 0, left, text.span.bytes) == expected)
        }
    }
}

@Suite struct SHA256DigestTests {
    @Test func textIsStrict() throws {
        let digest = SHA256.digest(of: "x")
        let hex = digest.hex
        #expect(SHA256Digest(hex: hex) == digest)
        #expect(SHA256Digest(hex: Array(hex.utf8)[...]) == digest)
        for bad in [
            hex.uppercased(), String(hex.dropLast()), hex + "0", " " + hex.dropFirst(), "g" + hex.dropFirst(), "",
        ] {
            #expect(SHA256Digest(hex: bad) == nil)
        }
        var line: [UInt8] = [UInt8(ascii: ">")]
        digest.appendHex(to: &line)
        #expect(line == Array((">" + hex).utf8))
    }

    @Test func everyOtherByteAtEveryPlaceIsRefused() {
        let good = Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".utf8)
        for place in good.indices {
            var text = good
            var accepted: [UInt8] = []
            for byte in UInt8.min...UInt8.max {
                text[place] = byte
                guard let digest = SHA256Digest(hex: text) else { continue }
                accepted.append(byte)
                #expect(Array(digest.hex.utf8) == text)
            }
            #expect(accepted == Array("0123456789abcdef".utf8))
        }
    }

    @Test func bytesAreExactlyThirtyTwo() {
        let bytes = [UInt8](0..<32)
        #expect(SHA256Digest(bytes: bytes)?.bytes == bytes)
        #expect(SHA256Digest(bytes: bytes.dropLast()) == nil)
        #expect(SHA256Digest(bytes: bytes + [0]) == nil)
        #expect(SHA256Digest.zero.hex == String(repeating: "0", count: 64))
    }

    @Test func orderIsThatOfTheText() {
        let digests = (0..<200).map { SHA256.digest(of: "\($0)") }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
        let tail = SHA256Digest(bytes: [UInt8](repeating: 0, count: 31) + [1])
        #expect(tail.map { SHA256Digest.zero < $0 } == true)
    }
}

@Suite struct HMACAndOtherDigestTests {
    /// RFC 4231, test cases 1 to 4, 6 and 7.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b65"
                + "79202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func hmac(key: String, message: String, expected: String) {
        #expect(HMACSHA256.authenticationCode(of: hexBytes(message), key: hexBytes(key)).hex == expected)
    }

    @Test func hmacUnderADigestIsHMACUnderItsBytes() {
        let key = SHA256.digest(of: "key")
        #expect(
            HMACSHA256.authenticationCode(of: [1, 2], key: key)
                == HMACSHA256.authenticationCode(of: [1, 2], key: key.bytes))
        // A key of exactly one block is used as it is; one byte more is hashed first.
        let block = [UInt8](repeating: 3, count: 65)
        #expect(
            HMACSHA256.authenticationCode(of: [], key: block)
                == HMACSHA256.authenticationCode(of: [], key: SHA256.digest(of: block).bytes))
    }

    /// FIPS 180-4 examples for SHA-512.
    @Test func sha512() {
        #expect(
            hexText(SHA512.digest(of: Array("abc".utf8)))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
        #expect(
            hexText(SHA512.digest(of: []))
                == "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")
    }

    @Test func randomBytesDiffer() throws {
        let first = try SecureRandom.bytes(32)
        #expect(first.count == 32)
        #expect(try first != SecureRandom.bytes(32))
        #expect(try SecureRandom.bytes(0) == [])
        #expect(throws: CryptographyError.self) { try SecureRandom.bytes(-1) }
    }

    @Test func constantTimeEqualityIsEquality() {
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 2, 3]))
        #expect(ConstantTime.areEqual([], []))
        #expect(ConstantTime.areEqual(SHA256Digest.zero, .zero))
        #expect(!ConstantTime.areEqual(SHA256Digest.zero, SHA256.digest(of: "")))
    }
}
