import Foundation
import Testing

/// `grep` on a real bundle, against grep(1) on the same bundle unpacked.
@Suite(.needsBinary, .needsCluster)
struct GrepCommandTests {
    @Test(arguments: [
        [], ["-i"], ["-n"], ["-o"], ["-w"], ["-l"], ["-c"], ["-F"], ["-i", "-n", "-w"], ["-m", "2"], ["-n", "-A", "1"],
        ["-n", "-B", "1"], ["-n", "-C", "2"],
    ])
    func linesAreThoseThatGrepFinds(options: [String]) async throws {
        let capture = try await Capture.demo.value
        for pattern in ["crashloop", "boom", "Back-off"] {
            let stock = try await Tool.run(
                "grep", ["-r", "-a"] + (options.contains("-F") ? [] : ["-P"]) + options + ["-e", pattern, "data"],
                folder: capture.folder, mayFail: true)
            let found = try await Exhibit.expect(0, ["grep", capture.path, "-a"] + options + ["-e", pattern])
            // Files come in another order, so that groups are parted elsewhere.
            func sorted(_ text: String) -> [Substring] {
                text.split(separator: "\n").filter { $0 != "--" && !(options.contains("-c") && $0.hasSuffix(":0")) }
                    .sorted()
            }
            #expect(sorted(found.text) == sorted(stock.text), "\(options) \(pattern)")
        }
    }

    @Test
    func howItEndsSaysWhetherSomethingWasFound() async throws {
        let capture = try await Capture.demo.value
        try await Exhibit.expect(Exhibit.Code.nothingFound, ["grep", capture.path, "there is no such line anywhere"])
        try await Exhibit.expect(64, ["grep", capture.path, "("])
        try await Exhibit.expect(Exhibit.Code.entryNotFound, ["grep", capture.path, "x", "nothing/like/this"])
        let logs = try await Exhibit.expect(0, ["grep", capture.path, "boom", "--logs", "--pod", "crashloop", "-l"])
        #expect(logs.text.split(separator: "\n").allSatisfy { $0.contains("/pods/crashloop/") && $0.hasSuffix(".log") })
        try await Exhibit.expect(
            Exhibit.Code.nothingFound, ["grep", capture.path, "boom", "--logs", "--until", "2020-01-01T00:00:00Z"])
        let json = try await Exhibit.expect(0, ["grep", capture.path, "boom", "--logs", "--output", "json"])
        for line in json.text.split(separator: "\n") {
            _ = try JSONDecoder().decode(AnyAnswer.self, from: Data(line.utf8))
        }
    }

    @Test
    func logsThatWerePutAsideCompressedAreSearched() async throws {
        // `one`, then `to 203.0.113.7`, by gzip(1).
        let compressed: [UInt8] = [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0xCF, 0x4B, 0xE5, 0x2A, 0xC9, 0x57, 0x30,
            0x32, 0x30, 0xD6, 0x33, 0xD0, 0x33, 0x34, 0x34, 0xD6, 0x33, 0xE7, 0x02, 0x00, 0x8F, 0x73, 0x2A, 0x6A, 0x13,
            0x00, 0x00, 0x00,
        ]
        try await Scratch.withFolder { folder in
            let logs = folder + "/inspect.local.1/namespaces/prod/pods/api/main/main/logs/rotated"
            try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
            try Files.write(compressed, to: logs + "/0.log.20261130-070000.gz")
            try Files.write(compressed, to: folder + "/inspect.local.1/namespaces/prod/notes.gz")
            try Files.write("kind: Namespace\n", to: folder + "/inspect.local.1/namespaces/prod/prod.yaml")
            let found = try await Exhibit.expect(0, ["grep", folder + "/inspect.local.1", "-n", "203", "--logs"])
            #expect(found.text.hasSuffix("/0.log.20261130-070000.gz:2:to 203.0.113.7\n"))
            #expect(!found.errors.contains("compressed"))
            try await Exhibit.expect(0, ["grep", folder + "/inspect.local.1", "203"])
                .expectMessage("not searched: what is inside of 1 compressed file")
        }
    }

    @Test
    func anEncryptedBundleIsSearchedWithItsIdentity() async throws {
        let capture = try await Capture.demo.value
        try await Scratch.withFolder { folder in
            try await Tool.run("age-keygen", ["-o", folder + "/id"], folder: folder)
            let recipient = try await Tool.run("age-keygen", ["-y", folder + "/id"], folder: folder).text
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let locked = folder + "/locked.tar.zst.age"
            try await Exhibit.expect(0, ["encrypt", capture.path, "--to", recipient, "--out", locked])
            let open = try await Exhibit.expect(0, ["grep", capture.path, "boom", "--logs"])
            let found = try await Exhibit.expect(
                0, ["grep", locked, "boom", "--logs", "-i", "--identity", folder + "/id"])
            #expect(Set(open.text.split(separator: "\n")).isSubset(of: Set(found.text.split(separator: "\n"))))
            try await Exhibit.expect(Exhibit.Code.cannotDecrypt, ["grep", locked, "boom"])
            // And by SQL.
            let sql = "SELECT count(*) FROM pods WHERE name = 'crashloop'"
            let rows = try await Exhibit.expect(
                0, ["query", locked, sql, "--output", "csv", "--identity", folder + "/id"])
            #expect(rows.text.split(whereSeparator: \.isNewline).last == "1")
        }
    }

    @Test
    func whatIsDamagedIsSaid() async throws {
        let capture = try await Capture.demo.value
        let log = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs/current.log"
        try await capture.withChanged(log, { $0[30] ^= 1 }) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["grep", copy, "boom", "--logs"]).expectMessage(log)
        }
        // An index that was emptied hides everything, and is no answer.
        try await capture.withChanged("meta/index.jsonl", { $0 = [] }) { copy in
            for arguments in [["grep", copy, "boom"], ["ls", copy]] {
                try await Exhibit.expect(Exhibit.Code.integrityFailed, arguments).expectMessage("meta/index.jsonl")
            }
        }
    }
}
