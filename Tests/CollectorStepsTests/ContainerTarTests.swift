import CollectorSteps
import Foundation
import Testing

/// What becomes of a tar stream from a container, whoever wrote it and in whatever pieces it comes.
struct ContainerTarTests {
    struct Member: Equatable {
        var path: [UInt8]
        var size: Int
        var content: [UInt8] = []
        var isWhole = false
    }

    struct Read: Equatable {
        var members: [Member] = []
        var links: [[[UInt8]]] = []
        var bad: String?
        var mayEnd = false

        subscript(_ path: String) -> [UInt8]? { members.first { $0.path == Array(path.utf8) && $0.isWhole }?.content }
    }

    private static func read(_ bytes: [UInt8], pieces: [Range<Int>]? = nil) -> Read {
        var tar = ContainerTar()
        var read = Read()
        for range in pieces ?? [0..<bytes.count] {
            do {
                try tar.take(bytes[range]) { piece in
                    switch piece {
                    case .begin(let path, let size): read.members.append(Member(path: path, size: size))
                    case .bytes(let part): read.members[read.members.count - 1].content += part
                    case .end: read.members[read.members.count - 1].isWhole = true
                    case .link(let path, let target): read.links.append([path, target])
                    }
                }
            } catch {
                read.bad = error.reason
                return read
            }
        }
        read.mayEnd = tar.mayEnd
        return read
    }

    // MARK: Made by hand

    /// A header with the checksum that it should have.
    private static func header(
        _ name: String, size: Int = 0, type: Character = "0", sizeField: [UInt8]? = nil, link: String = "",
        magic: String = "ustar\u{0}00"
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], _ at: Int) { block.replaceSubrange(at..<(at + bytes.count), with: bytes) }
        put(Array(name.utf8), 0)
        let octal = String(size, radix: 8)
        put(sizeField ?? Array((String(repeating: "0", count: 11 - octal.count) + octal).utf8), 124)
        put(Array(String(type).utf8), 156)
        put(Array(link.utf8), 157)
        put(Array(magic.utf8), 257)
        put([UInt8](repeating: 0x20, count: 8), 148)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0, 0x20], 148)
        return block
    }

    private static func padded(_ content: [UInt8]) -> [UInt8] {
        content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private static func file(_ name: String, _ content: String) -> [UInt8] {
        header(name, size: content.utf8.count) + padded(Array(content.utf8))
    }

    private static func attributes(_ records: [String]) -> [UInt8] {
        let text = records.reduce(into: "") { text, record in
            var length = record.utf8.count + 3
            while "\(length) \(record)\n".utf8.count != length { length = "\(length) \(record)\n".utf8.count }
            text += "\(length) \(record)\n"
        }
        return header("x", size: text.utf8.count, type: "x") + padded(Array(text.utf8))
    }

    private static let end = [UInt8](repeating: 0, count: 1_024)

    // MARK: Real archives

    struct Maker: Sendable, CustomTestStringConvertible {
        var argv: [String]
        var testDescription: String { argv.joined(separator: " ") }
    }

    private static let makers = [
        Maker(argv: ["/usr/bin/tar"]), Maker(argv: ["/usr/bin/busybox", "tar"]),
        Maker(argv: ["/usr/bin/tar", "--format=pax"]), Maker(argv: ["/usr/bin/tar", "--format=ustar"]),
    ]

    /// Every way to cut the stream in two, and into single bytes, says the same.
    @Test(arguments: makers)
    func theSameAtEveryBoundary(_ maker: Maker) async throws {
        try #require(FileManager.default.isExecutableFile(atPath: maker.argv[0]))
        try await withFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: 90) + "/" + String(repeating: "e", count: 90)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            let names =
                ["a", "b", "-rf", "two\nlines", "ünï", "empty", "exact"].map { folder + "/" + $0 } + [deep + "/f"]
            for (number, name) in names.enumerated() {
                let length = name.hasSuffix("empty") ? 0 : name.hasSuffix("exact") ? 512 : 300 * number + 1
                _ = FileManager.default.createFile(
                    atPath: name, contents: Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 + number) }))
            }
            try FileManager.default.linkItem(atPath: folder + "/a", toPath: folder + "/hard")
            try FileManager.default.createSymbolicLink(atPath: folder + "/soft", withDestinationPath: folder + "/b")
            let archive = folder + "/out.tar"
            let made = try await Command.run(
                maker.argv + ["-chf", archive, folder + "/soft", folder + "/hard"] + names)
            #expect(made.status == 0, "\(made.errors)")
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: archive)))
            let whole = Self.read(bytes)
            #expect(whole.bad == nil && whole.mayEnd, "\(whole.bad ?? "")")
            for name in names where !["/a", "/b"].contains(where: name.hasSuffix) {
                #expect(whole[name] == Array(try Data(contentsOf: URL(fileURLWithPath: name))), "\(name)")
            }
            // A hard link and a link that is followed are members themselves, or say of which other.
            let known = Set(whole.members.map(\.path) + whole.links.map { $0[0] })
            for name in ["/a", "/b", "/hard", "/soft"] { #expect(known.contains(Array((folder + name).utf8))) }
            #expect(
                whole.links.contains { $0[0] == Array((folder + "/a").utf8) && $0[1] == Array((folder + "/hard").utf8) }
            )
            for cut in stride(from: 1, to: bytes.count, by: 1) where cut < 6_000 || cut % 97 == 0 {
                let parts = Self.read(bytes, pieces: [0..<cut, cut..<bytes.count])
                if parts != whole { Issue.record("cut at \(cut)") }
            }
            #expect(Self.read(bytes, pieces: bytes.indices.map { $0..<($0 + 1) }) == whole)
            // Several archives, one after another, as find makes them of many files.
            let twice = Self.read(bytes + bytes)
            #expect(twice.bad == nil && twice.mayEnd && twice.members.count == 2 * whole.members.count)
            // A stream that was cut off never looks whole.
            let length = bytes.count - bytes.reversed().prefix { $0 == 0 }.count
            for cut in stride(from: 1, to: length, by: 61) {
                let part = Self.read(Array(bytes[..<cut]))
                #expect(part.bad == nil && !part.mayEnd, "cut off at \(cut)")
            }
        }
    }

    @Test
    func gnuSparseFilesEndIt() async throws {
        try await withFolder { folder in
            let made = try await Command.run([
                "/bin/sh", "-c",
                "cd \(folder) && truncate -s 3M s && echo x >> s && for f in gnu pax; do tar -S --format=$f -cf $f.tar s; done",
            ])
            #expect(made.status == 0, "\(made.errors)")
            for format in ["gnu", "pax"] {
                let read = Self.read(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(format).tar"))))
                #expect(read.bad != nil && read.members.isEmpty, "\(format)")
            }
        }
    }

    // MARK: Forged ones

    @Test
    func aContentIsNeverAHeader() {
        let inner = Self.file("etc/passwd", "forged") + Self.end
        let text = inner + inner
        let bytes =
            Self.header("var/log/x", size: text.count) + Self.padded(text) + Self.file("var/log/y", "y") + Self.end
        let read = Self.read(bytes)
        #expect(read.members.map { String(decoding: $0.path, as: UTF8.self) } == ["/var/log/x", "/var/log/y"])
        #expect(read["/var/log/x"] == text && read.mayEnd)
    }

    @Test
    func sizesInBase256() {
        func field(_ bytes: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: 12 - bytes.count) + bytes }
        var size = field([0x02, 0x01])
        size[0] = 0x80
        let content = [UInt8](repeating: 7, count: 513)
        let good = Self.read(Self.header("a", sizeField: size) + Self.padded(content) + Self.end)
        #expect(good["/a"] == content && good.mayEnd)
        for bad: [UInt8] in [
            [0xFF] + [UInt8](repeating: 0xFF, count: 11), [0x80] + [UInt8](repeating: 0xFF, count: 11),
            [0x80, 0, 0, 0, 0x40] + [UInt8](repeating: 0, count: 7), [0x81] + [UInt8](repeating: 0, count: 11),
        ] {
            let read = Self.read(Self.header("a", sizeField: bad) + Self.end)
            #expect(read.bad != nil && read.members.isEmpty, "\(bad)")
        }
        for bad in ["0000000000x", "-0000000001", "+0000000001", "99999999999", "           "] {
            #expect(Self.read(Self.header("a", sizeField: Array(bad.utf8)) + Self.end).bad != nil, "\(bad)")
        }
    }

    @Test(arguments: ["S", "M", "V", "D", "N", "A", "Z", "8"] as [Character])
    func whoseExtentIsNotCertainEndsIt(_ type: Character) {
        let read = Self.read(
            Self.file("a", "a") + Self.header("b", size: 512, type: type) + Self.file("c", "c") + Self.end)
        #expect(read.bad != nil && read["/a"] == Array("a".utf8) && read["/c"] == nil)
    }

    @Test(arguments: ["1", "2", "3", "4", "5", "6"] as [Character])
    func linksAndFoldersHaveNoContent(_ type: Character) {
        let good = Self.read(Self.header("b", type: type, link: "a") + Self.file("c", "c") + Self.end)
        #expect(good["/c"] != nil && good.members.count == 1 && good.bad == nil)
        #expect(good.links.count == (type == "1" ? 1 : 0))
        #expect(Self.read(Self.header("b", size: 512, type: type) + Self.file("c", "c") + Self.end).bad != nil)
    }

    @Test
    func namesAndAttributes() {
        let long = Self.header("././@LongLink", size: 6, type: "L") + Self.padded(Array("long/n".utf8))
        #expect(Self.read(long + Self.file("short", "x") + Self.end)["/long/n"] == [0x78])
        let path = Self.attributes(["mtime=1.5", "path=o/p"])
        #expect(Self.read(path + Self.file("short", "x") + Self.end)["/o/p"] == [0x78])
        let size = Self.attributes(["size=3"]) + Self.header("s") + Self.padded([1, 2, 3]) + Self.end
        #expect(Self.read(size)["/s"] == [1, 2, 3])
        let next = Self.read(path + Self.file("short", "x") + Self.file("plain", "y") + Self.end)
        #expect(next["/plain"] != nil, "attributes are of one member")
        for (name, bad) in [
            ("both names", long + path + Self.file("a", "x")), ("other way round", path + long + Self.file("a", "x")),
            ("twice", long + long + Self.file("a", "x")), ("attributes twice", path + path + Self.file("a", "x")),
            ("a name and no member", long + Self.end), ("attributes and no member", path + Self.end),
            ("sparse", Self.attributes(["GNU.sparse.major=1"]) + Self.file("a", "x")),
            ("no size", Self.attributes(["size=x"]) + Self.file("a", "x")),
            ("negative", Self.attributes(["size=-1"]) + Self.file("a", "x")),
            ("too large", Self.attributes(["size=99999999999999999999"]) + Self.file("a", "x")),
            ("a name of 9 KiB", Self.header("l", size: 9 << 10, type: "L")),
            ("attributes of 9 KiB", Self.header("l", size: 9 << 10, type: "x")),
            ("an empty name", Self.header("l", size: 1, type: "L") + Self.padded([0]) + Self.file("a", "x")),
            ("a record of no length", Self.header("x", size: 4, type: "x") + Self.padded(Array("0 a=".utf8))),
            ("a record too long", Self.header("x", size: 7, type: "x") + Self.padded(Array("99 a=b\n".utf8))),
            ("a size for all", Self.header("x", size: 9, type: "g") + Self.padded(Array("9 size=1\n".utf8))),
        ] {
            let read = Self.read(bad)
            #expect(read.bad != nil && read["/a"] == nil, "\(name)")
        }
    }

    @Test
    func whatIsNoTar() {
        #expect(Self.read(Array("not a tar at all".utf8)).mayEnd == false)
        #expect(Self.read([UInt8](repeating: 0x41, count: 512)).bad != nil)
        var damaged = Self.file("a", "x")
        damaged[0] = 0x62
        #expect(Self.read(damaged).bad != nil)
        #expect(Self.read(Self.header("a", magic: "rusta")).bad != nil)
        #expect(Self.read([]).mayEnd, "nothing at all is nothing")
        let zeros = Self.read([UInt8](repeating: 0, count: 3 << 20))
        #expect(zeros.bad != nil, "zeros must end")
        let empty = (0..<100_001).flatMap { _ in Self.header("d", type: "5") }
        #expect(Self.read(empty).bad != nil, "folders must end")
    }
}
