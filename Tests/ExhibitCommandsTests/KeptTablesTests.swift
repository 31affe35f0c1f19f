import Foundation
import Testing

/// Tables that are kept of bundles, where there is no room for them, or no right.
@Suite(.needsBinary)
struct KeptTablesTests {
    private static let question = "SELECT count(*) FROM entries WHERE path LIKE 'data/%'"

    private func answers(_ bundle: LocalBundle, cache: String, _ arguments: [String] = []) async throws {
        for _ in 1...2 {
            let outcome = try await Exhibit.expect(
                0, ["query", "b.tar", Self.question, "--output", "csv"] + arguments,
                environment: ["XDG_CACHE_HOME": cache], folder: bundle.folder)
            let count = outcome.text.split(whereSeparator: \.isNewline).last.flatMap { Int($0) } ?? 0
            #expect(count > 0, "\(outcome.summary)")
        }
    }

    private func kept(_ cache: String) -> [String] {
        (FileManager.default.subpaths(atPath: cache) ?? []).filter { $0.contains(".sqlite") }.sorted()
    }

    @Test
    func theyAreKeptOnceAndNotWhenThatIsNotWanted() async throws {
        try await LocalBundle.with([:], []) { bundle in
            try await answers(bundle, cache: bundle.folder + "/none", ["--no-cache"])
            #expect(!Files.exists(bundle.folder + "/none"))
            try await answers(bundle, cache: bundle.folder + "/cache")
            #expect(kept(bundle.folder + "/cache").count == 2, "\(kept(bundle.folder + "/cache"))")
        }
    }

    @Test
    func whereTheyCannotBeKeptTheAnswerIsTheSame() async throws {
        try await LocalBundle.with([:], []) { bundle in
            try Files.write("no folder", to: bundle.folder + "/file")
            for cache in ["/dev/null", bundle.folder + "/file", "/proc", "relative", "/no/such/place/at/all"] {
                try await answers(bundle, cache: cache)
            }
            #expect(!Files.exists("/no"))
        }
    }

    @Test(.needsMounting, arguments: [4, 64, 256])
    func onAFullDiskNothingIsLeft(kibibytes: Int) async throws {
        try await LocalBundle.with([:], []) { bundle in
            try await SmallDisk.with(kibibytes: kibibytes) { disk in
                try await answers(bundle, cache: disk)
                #expect(kept(disk) == [])
            }
        }
    }

    /// What a kill leaves is no answer, and goes away.
    @Test
    func halfAFileIsNoTable() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let cache = bundle.folder + "/cache"
            try await answers(bundle, cache: cache)
            let file = try #require(kept(cache).first { $0.hasSuffix(".sqlite") })
            let bytes = try Files.bytes(cache + "/" + file)
            try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: cache + "/" + file))
            let left = cache + "/exhibit/tables/x.sqlite.1.1.part"
            try Data(bytes.prefix(100)).write(to: URL(fileURLWithPath: left))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7_200)], ofItemAtPath: left)
            try await answers(bundle, cache: cache)
            #expect(try Files.bytes(cache + "/" + file).count == bytes.count)
            #expect(!Files.exists(left))
        }
    }

    @Test
    func nothingIsKeptOfWhatIsEncrypted() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let folder = bundle.folder
            try Files.write("correct horse\n", to: folder + "/p")
            chmod(folder + "/p", 0o600)
            try await Exhibit.expect(
                0, ["encrypt", "b.tar", "--out", "b.tar.age", "--passphrase-file", "p"], folder: folder)
            for command in [
                ["query", "b.tar.age", Self.question], ["findings", "b.tar.age"],
                ["hunt", "b.tar.age", "--indicator", "string:nowhere-to-be-found"], ["timeline", "b.tar.age"],
            ] {
                let outcome = try await Exhibit.run(
                    command + ["--passphrase-file", "p"], environment: ["XDG_CACHE_HOME": folder + "/cache"],
                    folder: folder)
                #expect([0, Exhibit.Code.nothingFound].contains(outcome.status), "\(outcome.summary)")
            }
            #expect(kept(folder + "/cache") == [])
        }
    }

    @Test(.needsMounting)
    func aReportThatDoesNotFitLeavesNothing() async throws {
        try await LocalBundle.with([:], []) { bundle in
            try await SmallDisk.with(kibibytes: 8) { disk in
                try await Exhibit.expect(
                    Exhibit.Code.diskFull, ["report", bundle.folder + "/b.tar", "-o", disk + "/r.html"])
                #expect(try Files.names(in: disk) == [])
            }
        }
    }
}
