import Archive
import Testing

struct StrictTarTests {
    @Test func headerHasTheBytesOfTheSpecification() throws {
        let header = try StrictTar.header(path: "b/bagit.txt", size: 55, modificationTime: 1_790_000_000)
        var expected = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            expected.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        put("b/bagit.txt", at: 0)
        put("0000644\0" + "0000000\0" + "0000000\0" + "00000000067\0" + "15254235600\0", at: 100)
        put("000000\0 0", at: 148)
        put("ustar\u{0}00", at: 257)
        put("0000000\0" + "0000000\0", at: 329)
        let sum = expected.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        put(String(repeating: "0", count: 6 - String(sum, radix: 8).count) + String(sum, radix: 8), at: 148)
        #expect(header == expected)
    }

    @Test(arguments: [100, 101, 102, 255, 600, 1_256])
    func extendedHeaderExactlyWhenThePathIsLong(length: Int) throws {
        var path = ""
        while path.count < length { path += String(repeating: "p", count: min(200, length - path.count)) + "/" }
        path = String(path.prefix(length))
        if path.hasSuffix("/") { path = path.dropLast() + "x" }
        let header = try StrictTar.header(path: path, size: 1, modificationTime: 1)
        #expect((header.count > 512) == (length > 100))
        #expect(UInt64(header.count) + 512 == StrictTar.entryBytes(path: path, size: 1))
        if length > 100 {
            #expect(header[0..<10].elementsEqual("PaxHeader\0".utf8))
            #expect(header[156] == UInt8(ascii: "x"))
            let record = String(decoding: header[512..<(header.count - 512)].prefix { $0 != 0 }, as: UTF8.self)
            #expect(record == "\(record.utf8.count) path=\(path)\n")
        }
    }

    @Test func largeSizesGoToTheExtendedHeader() throws {
        let below = try StrictTar.header(path: "a", size: (1 << 33) - 1, modificationTime: 0)
        #expect(below.count == 512)
        #expect(below[124..<136].elementsEqual("77777777777\0".utf8))
        let above = try StrictTar.header(path: "a", size: 1 << 33, modificationTime: 0)
        #expect(above.count == 1536)
        #expect(above[512..<532].elementsEqual("19 size=8589934592\n\0".utf8))
        #expect(above[(1024 + 124)..<(1024 + 136)].elementsEqual("00000000000\0".utf8))
    }

    @Test func lengthOfARecordIsTheShortest() {
        // 97 bytes beside the length: both 99 and 100 count themselves.
        let record = StrictTar.record("path", [UInt8](repeating: 0x61, count: 90))
        #expect(record.count == 99)
        #expect(record.starts(with: "99 path=".utf8))
        #expect(StrictTar.record("path", [UInt8](repeating: 0x61, count: 91)).count == 101)
    }

    @Test func valuesBeyondTheFormatAreRefused() {
        #expect(throws: ArchiveError.self) {
            try StrictTar.header(path: "a", size: (1 << 56) + 1, modificationTime: 0)
        }
        #expect(throws: ArchiveError.self) { try StrictTar.header(path: "a", size: 0, modificationTime: 1 << 33) }
    }

    @Test(arguments: [
        "a", "a/b", "=20", "=FF=00", "a=2Fb", "=2E", "=2E.", "=2E/x", "...", ".hidden", "a..b", "a=~0123456789abcdef",
        "=~0123456789abcdef", "a/=~0123456789abcdef/b", "a=~0123456789abcdef=~fedcba9876543210",
        "a:b@c,d;e!f#g$h&i(j)k+l[m]^{n}~",
        "=2E=~0123456789abcdef", "pods=~e484f91100d7da20.yaml", "a=~0123456789abcdef.tar.gz", "=~0123456789abcdef.log",
    ])
    func pathsOfTheRules(path: String) throws {
        _ = try StrictTar.header(path: path, size: 0, modificationTime: 0)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a b", "a\tb", "a\u{7F}", "ä", "a%20", "a\\b",
        "a\"b", "a'b", "a`b", "a*", "a?", "a<b", "a>b", "a|b",
        "=", "a=2", "a=", "=2f", "=41", "a=2E", "=2Ea", "=2E..", "=2E=2E",
        ".=2E",
        "=~0123", "=~0123456789ABCDEF", "a=~", "a\nb",
        "a\0b", "=7E", "=GG", "=2E=20",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 700) + "a",
    ])
    func pathsOutsideTheRules(path: String) {
        #expect(throws: ArchiveError.self) { try StrictTar.header(path: path, size: 0, modificationTime: 0) }
    }

    @Test func locatorRoundTrip() {
        let locator = Locator(indexOffset: 1, indexSize: 1 << 40, tarLength: .max, entries: 7)
        #expect(locator.encoded.count == Locator.encodedBytes)
        #expect(Locator(decoding: locator.encoded) == locator)
        for index in Array(0..<16) + Array(48..<64) {
            var damaged = locator.encoded
            damaged[index] ^= 1
            #expect(Locator(decoding: damaged) == nil)
        }
        #expect(Locator(decoding: locator.encoded.dropLast()) == nil)
    }
}
