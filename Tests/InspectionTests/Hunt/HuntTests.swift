import Foundation
import Inspection
import Testing

/// What is found in captures, and what is not.
struct HuntTests {
    private static let log = "namespaces/prod/pods/web/main/main/logs/current.log"

    /// Hunts in a folder laid out as a must-gather.
    private static func hunt(
        _ files: [String: [UInt8]], _ indicators: [String], most: Int = 20, place: CapturePlace = CapturePlace()
    ) async throws -> HuntReport {
        let folder = try TestFolder()
        try folder.write("kind: Namespace\n", to: "case/namespaces/prod/prod.yaml")
        for (path, bytes) in files {
            try folder.write("", to: "case/" + path)
            try Data(bytes).write(to: URL(fileURLWithPath: folder.file("case/" + path)))
        }
        defer { withExtendedLifetime(folder) {} }
        var list = IndicatorList()
        for (index, text) in indicators.enumerated() {
            list.add(text, at: IndicatorPlace(list: "test", line: index + 1))
        }
        #expect(list.remainders.isEmpty)
        var options = HuntOptions()
        options.most = most
        options.place = place
        return try await Hunt(
            try await EvidenceDatabase(try await ForeignCapture(path: folder.file("case"))), list, options
        ).run()
    }

    private static func isFound(_ indicator: String, in line: String) async throws -> Bool {
        let report = try await hunt([log: Array("first\n\(line)\n".utf8)], [indicator])
        #expect(report.found.allSatisfy { $0.count == 1 && $0.hits.first?.line == 2 })
        return !report.found.isEmpty
    }

    @Test(arguments: [
        ("10.0.0.1", "from 10.0.0.1:443"), ("10.0.0.1", "10.0.0.1"), ("10.0.0.1", #"{"m":"a\n10.0.0.1\n"}"#),
        ("10.0.0.1", "at 10.0.0.1."),
        ("2001:db8::1", "[2001:0DB8:0:0::1]:443"), ("2001:db8::1", "to 2001:db8::1: refused"),
        ("10.0.0.0/8", "peer=10.200.3.4"), ("2001:db8::/32", "2001:db8:77::9"),
        ("evil.com", "GET http://EVIL.com/x"), ("evil.com", "a.b.evil.com"), ("evil.com", "host=evil.com."),
        ("evil.com", "url=http%3A%2F%2Fevil.com"), ("http://evil.com/a", "curl HTTP://Evil.com/a?b"),
        ("evil.com/a", "https://x.evil.com/a"), ("http://evil.com", "http://evil.com:80/"),
        ("/tmp/kinsing", "exec /proc/7/root/tmp/kinsing -d"), ("name:kinsing", "run ./kinsing &"),
        ("drop.sh", #"["sh","/x/drop.sh"]"#), ("kdevtmpfsi", "xkdevtmpfsix"),
        (String(repeating: "ab", count: 32), "sha256:" + String(repeating: "AB", count: 32)),
    ])
    func wholeOnesAreFound(indicator: String, line: String) async throws {
        #expect(try await Self.isFound(indicator, in: line))
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.11"), ("10.0.0.1", "110.0.0.1"), ("10.0.0.1", "1.10.0.0.1"), ("10.0.0.1", "10.0.0.1.5"),
        ("10.0.0.1", "10.0.0.1a"), ("10.0.0.0/8", "11.0.0.1 and 10.0.0"), ("10.0.0.0/8", "10.256.0.1"),
        ("2001:db8::1", "2001:db8::11"), ("2001:db8::1", "f2001:db8::1"), ("::1", "std::1 12:34:56"),
        ("db8::1", "2001:db8::1"), ("evil.com", "notevil.com"), ("evil.com", "evil.com.au"),
        ("evil.com", "evil.company"),
        ("evil.com", "not-evil.com"), ("http://evil.com/a", "http://evil.com/ab"),
        ("http://evil.com/a", "http://evil.com/A"),
        ("http://evil.com", "http://evil.com.au/"), ("/tmp/kinsing", "/tmp/kinsing2"), ("/tmp/kinsing", "/tmp/Kinsing"),
        ("name:kinsing", "akinsing kinsing.log .kinsing"), ("drop.sh", "raindrop.sh"), ("kdevtmpfsi", "KDEVTMPFSI"),
        (String(repeating: "ab", count: 16), String(repeating: "ab", count: 32)),
    ])
    func partsOfOthersAreNot(indicator: String, line: String) async throws {
        #expect(try await !Self.isFound(indicator, in: line))
    }

    @Test
    func whatIsBelowADomainAndInANetworkSaysSo() async throws {
        let report = try await Self.hunt(
            [Self.log: Array("a.evil.com 10.1.1.1\nevil.com\n".utf8)], ["evil.com", "10.0.0.0/8"])
        #expect(report.found.map(\.count) == [2, 1])
        #expect(report.found[0].hits.map(\.note) == ["a subdomain of it", nil])
        #expect(report.found[1].hits.map(\.note) == ["an address in it"])
        #expect(report.found[1].hits.first?.owner.pod == "web")
        #expect(report.found[1].hits.first?.excerpt == "a.evil.com 10.1.1.1")
    }

    /// Where pieces and stretches end must not matter: a needle is put at every kind of place.
    @Test
    func nothingIsMissedWhereAPieceEnds() async throws {
        let needles = ["203.0.113.77", "needle-in-the-hay", "sub.evil.example", "2001:db8::77"]
        var text: [UInt8] = []
        var lines: [Int] = []
        var line = 1
        var generator = SystemRandomNumberGenerator()
        while text.count < 3 << 20 {
            if lines.count < 400, text.count > lines.count * 7_000 {
                text += Array("x \(needles[lines.count % needles.count]) y\n".utf8)
                lines.append(line)
            } else {
                text += Array(repeating: UInt8(ascii: "h"), count: Int.random(in: 0...300, using: &generator)) + [0x0A]
            }
            line += 1
        }
        let report = try await Self.hunt(
            [Self.log: text], ["203.0.113.77", "needle-in-the-hay", "evil.example", "2001:db8::/32"], most: 500)
        #expect(report.found.map(\.count) == [100, 100, 100, 100])
        #expect(report.found.flatMap { $0.hits.compactMap(\.line) }.sorted() == lines)
        #expect(report.bytes >= UInt64(text.count))
    }

    /// `one`, then `to 203.0.113.7`, by gzip(1).
    private static let compressed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0xCF, 0x4B, 0xE5, 0x2A, 0xC9, 0x57, 0x30,
        0x32, 0x30, 0xD6, 0x33, 0xD0, 0x33, 0x34, 0x34, 0xD6, 0x33, 0xE7, 0x02, 0x00, 0x8F, 0x73, 0x2A, 0x6A, 0x13,
        0x00, 0x00, 0x00,
    ]

    @Test
    func whatGzipCompressedIsLookedInto() async throws {
        let rotated = "namespaces/prod/pods/web/main/main/logs/rotated/0.log.20261130-070000.gz"
        let report = try await Self.hunt(
            [
                rotated: Self.compressed, "namespaces/prod/notes.txt.gz": Self.compressed,
                "namespaces/prod/cut.gz": Self.compressed.dropLast(12),
                "namespaces/prod/plain.gz": Array("at 203.0.113.7".utf8), "namespaces/prod/a.xz": [1],
            ], ["203.0.113.7"])
        let hits = try #require(report.found.first).hits
        #expect(
            hits.map { "\($0.what) \($0.line ?? 0) \($0.entry?.split(separator: "/").last ?? "")" }.sorted() == [
                "line of a file 1 plain.gz", "line of a file, unpacked 2 notes.txt.gz",
                "log 2 0.log.20261130-070000.gz",
            ])
        #expect(hits.first { $0.what == "log" }?.owner.pod == "web")
        #expect(report.files == 6)
        // One is cut, one is no gzip, one is of another kind.
        #expect(report.compressed == 3)
    }

    @Test
    func binariesAreSearchedWithUTF16AndHashed() async throws {
        let wide = "http://evil.example/x".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let binary = [0x7F, 0x45, 0x4C, 0x46, 0, 1] + Array("pool.evil.example".utf8) + [0] + wide + [0, 0, 7]
        // By sha256sum(1), sha1sum(1) and md5sum(1).
        let text = Array("hello\n".utf8)
        let report = try await Self.hunt(
            ["namespaces/prod/pods/web/main/files/a.bin": binary, "namespaces/prod/pods/web/main/files/hello": text],
            [
                "pool.evil.example", "http://evil.example/x",
                "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
                "f572d396fae9206628714fb2ce00f72e94f2258f", "b1946ac92492d2347c6235b4d2611184",
            ])
        let hits = Dictionary(uniqueKeysWithValues: report.found.map { ($0.place.line, $0.hits) })
        #expect(hits[1]?.map(\.offset) == [6])
        #expect(hits[2]?.map(\.offset) == [24])
        #expect(hits[2]?.map(\.note) == ["in UTF-16"])
        for number in 3...5 {
            #expect(hits[number]?.map(\.entry) == ["namespaces/prod/pods/web/main/files/hello"])
            #expect(hits[number]?.map(\.rank) == [.file])
        }
        // What a file is comes before what a file says.
        #expect(report.found.map(\.place.line) == [3, 4, 5, 1, 2])
    }

    @Test
    func objectsAreFoundAndNarrowedByNamespace() async throws {
        let digest = String(repeating: "cd", count: 32)
        let pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: web, namespace: prod, uid: 1}
            spec: {containers: [{name: main, image: "nginx:1"}]}
            status: {podIP: 10.9.9.9, containerStatuses: [{name: main, imageID: "docker.io/x@sha256:\(digest)"}]}
            """
        let files = [
            "namespaces/prod/pods/web/web.yaml": Array(pod.utf8), Self.log: Array("10.9.9.9\n".utf8),
            "namespaces/dev/pods/b/main/main/logs/current.log": Array("10.9.9.9\n".utf8),
        ]
        let report = try await Self.hunt(files, ["10.9.9.9", digest])
        #expect(report.found.map(\.count) == [4, 2])
        #expect(report.found[0].hits.map(\.rank) == [.object, .content, .log, .log])
        #expect(report.found[0].hits.first?.what == "pod")
        #expect(report.found[1].hits.first?.excerpt.hasPrefix("digest it runs by: ") == true)
        #expect(report.found[1].hits.first?.owner.container == "main")
        let narrow = try await Self.hunt(files, ["10.9.9.9"], place: CapturePlace(namespace: "d*"))
        #expect(narrow.found.first?.hits.map(\.owner.namespace) == ["dev"])
        #expect(narrow.found.first?.count == 1)
    }

    @Test
    func aFolderOfTheCaptureIsNoFileOfTheContainer() async throws {
        let files = ["namespaces/prod/pods/web/kinsing/files/tmp/drop.sh": Array("x\n".utf8)]
        let report = try await Self.hunt(files, ["name:kinsing", "/tmp/drop.sh", "drop.sh"])
        #expect(report.found.map(\.place.line) == [2, 3])
        #expect(report.found.flatMap { $0.hits.map(\.what) } == ["captured file", "captured file"])
    }

    /// A file that consists of nothing but hits costs no more memory than any other.
    @Test
    func whatIsKeptIsBoundedAndAllIsCounted() async throws {
        let text = Array(String(repeating: "evil.example 203.0.113.7\n", count: 50_000).utf8)
        let report = try await Self.hunt([Self.log: text], ["evil.example", "203.0.113.7"], most: 3)
        #expect(report.found.map(\.count) == [50_000, 50_000])
        #expect(report.found.map { $0.hits.map(\.line) } == [[1, 2, 3], [1, 2, 3]])
        #expect(report.hits == 100_000)
        // One line without end.
        let long = Array(String(repeating: "evil.example ", count: 100_000).utf8)
        let one = try await Self.hunt([Self.log: long], ["evil.example"])
        #expect(one.found.map(\.count) == [1])
        #expect(one.found[0].hits[0].excerpt.utf8.count <= 300)
    }

    @Test(.enabled(if: Fixtures.areThere))
    func capturesOfOthersAreHuntedIn() async throws {
        let folder = Fixtures.folder
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        var opened = 0
        var list = IndicatorList()
        list.read(Array("0.0.0.0/0\n::/0\nstring:the\n".utf8), named: "list")
        for name in names {
            guard let capture = try? await ForeignCapture(path: folder + "/" + name) else { continue }
            opened += 1
            let report = try await Hunt(try await EvidenceDatabase(capture), list).run()
            #expect(report.files == capture.fileCount)
            #expect(!report.found.isEmpty, "\(name)")
        }
        #expect(opened > 0)
    }
}
