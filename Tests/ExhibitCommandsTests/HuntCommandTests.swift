import Foundation
import Testing

/// `hunt`, as people and scripts see it.
@Suite(.needsBinary)
struct HuntCommandTests {
    private static let log = "namespaces/prod/pods/api/main/main/logs/current.log"

    /// A must-gather whose log steers terminals.
    private func mustGather(in folder: String) throws -> String {
        let root = folder + "/inspect.local.1"
        let parent = root + "/" + Self.log.dropLast("/current.log".count)
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Files.write(
            "one\n\u{1B}[31mcall 203.0.113.7 now\u{202E}\nGET http://x.evil.example/\n", to: root + "/" + Self.log)
        try Files.write("kind: Namespace\n", to: root + "/namespaces/prod/prod.yaml")
        return root
    }

    @Test
    func whatIsFoundIsShownWithWhereItStandsAndNothingSteersATerminal() async throws {
        try await Scratch.withFolder { folder in
            let root = try mustGather(in: folder)
            try Files.write("203[.]0[.]113[.]7\nevil.example # c2\nsha256:zz\n", to: folder + "/iocs.txt")
            let found = try await Exhibit.expect(0, ["hunt", root, folder + "/iocs.txt"])
            #expect(found.text.contains("ip 203.0.113.7"))
            #expect(found.text.contains("\(Self.log):2"))
            #expect(found.text.contains("prod/api main"))
            #expect(found.text.contains("a subdomain of it"))
            #expect(!found.text.contains("\u{1B}[31m") && !found.text.contains("\u{202E}"))
            found.expectMessage("not understood", "iocs.txt:3", "nothing vouches for it")
            let json = try await Exhibit.expect(0, ["hunt", root, folder + "/iocs.txt", "--output", "json"])
            #expect(json.text.split(separator: "\n").count == 2)
            #expect(json.text.contains(#""line":2"#) && json.text.contains(#""listLine":1"#))
            try await Exhibit.expect(0, ["hunt", root, folder + "/iocs.txt", "-n", "pr*", "--pod", "api"])
            for (flag, name, near) in [("-n", "prd", "-n prod"), ("--pod", "apo", "--pod api")] {
                let none = try await Exhibit.expect(
                    Exhibit.Code.entryNotFound, ["hunt", root, folder + "/iocs.txt", flag, name])
                none.expectMessage("nothing was captured of", name, near)
                #expect(none.text.isEmpty)
            }
        }
    }

    @Test
    func howItEndsSaysWhetherSomethingWasFound() async throws {
        try await Scratch.withFolder { folder in
            let root = try mustGather(in: folder)
            try await Exhibit.expect(0, ["hunt", root, "--indicator", "evil.example"])
            let none = try await Exhibit.expect(
                Exhibit.Code.nothingFound, ["hunt", root, "--indicator", "198.51.100.1"])
            #expect(none.text.contains("no proof that all is well"))
            try await Exhibit.expect(64, ["hunt", root])
            try await Exhibit.expect(64, ["hunt", root, "--indicator", "ip:x"]).expectMessage("no IP address")
            try await Exhibit.expect(64, ["hunt", root, folder + "/none"]).expectMessage("list of indicators", "/none")
            try Files.write("text", to: folder + "/text")
            try await Exhibit.expect(
                Exhibit.Code.notABundle, ["hunt", folder + "/text", "--indicator", "evil.example"])
            // A bundle in the place of a list.
            try Data([0x50, 0x4B, 3, 4, 0, 0]).write(to: URL(fileURLWithPath: folder + "/b.zip"))
            try await Exhibit.expect(Exhibit.Code.usage, ["hunt", "--check", folder + "/b.zip"])
                .expectMessage("the bundle is named first")
            let check = try await Exhibit.expect(
                0, ["hunt", "--check", "--indicator", "evil.sh", "--indicator", "10.0.0.0/8"])
            #expect(check.text.contains("name    evil.sh") && check.text.contains("1 cidr"))
        }
    }

    @Test(.needsCluster)
    func aBundleIsHuntedInByItsTablesAndItsFiles() async throws {
        let capture = try await Capture.demo.value
        let rows = try await Exhibit.expect(
            0,
            [
                "query", capture.path, "SELECT sha256 FROM entries WHERE path LIKE '%/crashloop.yaml' LIMIT 1",
                "--output", "csv",
            ])
        let hash = try #require(rows.text.split(whereSeparator: \.isNewline).last.map(String.init))
        let found = try await Exhibit.expect(0, ["hunt", capture.path, "--indicator", hash, "--output", "json"])
        #expect(found.text.contains(#""what":"captured file""#))
        #expect(found.text.contains(#""source":""#))
        // What a log says, by its line.
        // Between two runs of the container there may be only the previous log.
        let logs = try await Exhibit.expect(
            0,
            [
                "query", capture.path,
                "SELECT DISTINCT entry FROM log_lines WHERE pod = 'crashloop' AND message LIKE '%boom%' LIMIT 1",
                "--output",
                "csv",
            ])
        let log = try #require(logs.text.split(whereSeparator: \.isNewline).dropFirst().last.map(String.init))
        let text = try await Exhibit.expect(
            0, ["hunt", capture.path, "--indicator", "string:boom", "--pod", "crashloop", "--output", "json"])
        #expect(text.text.contains(log))
        try await capture.withChanged(log, { $0[30] ^= 1 }) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["hunt", copy, "--indicator", "string:boom"])
                .expectMessage(log)
        }
    }
}
