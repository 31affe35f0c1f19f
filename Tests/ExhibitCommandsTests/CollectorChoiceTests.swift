import Foundation
import Testing

/// Which collectors a run has: profiles, names on the command line, and folders of one's own.
@Suite(.needsBinary)
struct CollectorChoiceTests {
    private static let mounts = """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: my-mounts, title: Mounts again}
        scope: host
        volatility: 6
        steps:
          - mounts: {}

        """
    private static let profile = """
        apiVersion: exhibit/v1
        kind: Profile
        metadata: {name: tiny, title: Next to nothing}
        collectors: [my-mounts]
        limits: {deadline: 77s, maxSize: 5MiB}

        """

    private static func own(_ folder: String) throws -> String {
        let own = folder + "/own"
        try FileManager.default.createDirectory(atPath: own + "/profiles", withIntermediateDirectories: true)
        for path in [folder, own, own + "/profiles"] { chmod(path, 0o755) }
        try Files.write(mounts, to: own + "/my-mounts.yaml")
        try Files.write(profile, to: own + "/profiles/tiny.yaml")
        try Files.write("no collector", to: own + "/README.md")
        for path in ["/my-mounts.yaml", "/profiles/tiny.yaml"] { chmod(own + path, 0o644) }
        return own
    }

    private static func text(_ entry: String, _ folder: String) async throws -> String {
        try await Exhibit.expect(Exhibit.Code.ok, ["cat", "b.tar", entry], folder: folder).text
    }

    private static func collectors(_ folder: String) async throws -> Set<String> {
        Set(
            try await text("meta/ledger.jsonl", folder).split(separator: "\n").compactMap { line in
                (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["collector"] as? String
            })
    }

    @Test
    func ownCollectorsRunAndAreInTheBundle() async throws {
        try await Scratch.withFolder { folder in
            let own = try Self.own(folder)
            try await Exhibit.expect(
                Exhibit.Code.ok, ["collect", "host", "--collectors", own, "--profile", "tiny", "--out", "b.tar"],
                folder: folder)
            #expect(try await Self.collectors(folder) == ["my-mounts"])
            // The text that was read, byte for byte, and nothing of what was not asked for.
            #expect(try await Self.text("meta/definitions/my-mounts.yaml", folder) == Self.mounts)
            #expect(try await Self.text("meta/definitions/profile.tiny.yaml", folder) == Self.profile)
            let names = try await Exhibit.expect(Exhibit.Code.ok, ["ls", "b.tar"], folder: folder).text
            #expect(names.split(separator: "\n").filter { $0.hasPrefix("meta/definitions/") }.count == 2)
            let opening = try #require(
                try JSONSerialization.jsonObject(with: Data(try await Self.text("meta/bundle.json", folder).utf8))
                    as? [String: Any])
            #expect(opening["profile"] as? String == "tiny")
            let limits = try #require(opening["limits"] as? [String: Any])
            #expect(limits["deadlineSeconds"] as? Int == 77)
            #expect(limits["maxBytes"] as? Int == 5 << 20)
        }
    }

    @Test
    func whatTheCommandLineSaysGoesBeforeTheProfile() async throws {
        try await Scratch.withFolder { folder in
            let own = try Self.own(folder)
            try await Exhibit.expect(
                Exhibit.Code.ok,
                [
                    "collect", "host", "--collectors", own, "--profile", "tiny", "--with", "host-id*", "--deadline",
                    "99s",
                    "--out", "b.tar",
                ], folder: folder)
            #expect(try await Self.collectors(folder) == ["my-mounts", "host-identity"])
            #expect(try await Self.text("meta/bundle.json", folder).contains("\"deadlineSeconds\":99"))
        }
    }

    /// A collector that runs something on this machine runs only when its whole name was given by the operator.
    @Test(arguments: [
        (["--with", "who"], true), (["--profile", "mine"], true), ([], false), (["--with", "*h*"], false),
        (["--profile", "all"], false), (["--profile", "full"], false), (["--with", "who", "--without", "who"], false),
    ])
    func whatRunsHereIsNamed(_ arguments: [String], _ runs: Bool) async throws {
        try await Scratch.withFolder { folder in
            let own = try Self.own(folder)
            try Files.write(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: who, title: Who captures}
                scope: local
                volatility: 0
                steps:
                  - command: {argv: [sh, -c, "echo $0 $EXHIBIT_TEST_WHO", "a b"], env: [EXHIBIT_TEST_WHO]}
                    output: who.txt

                """, to: own + "/who.yaml")
            for (name, list) in [("mine", "[who, my-mounts]"), ("all", "['*']")] {
                try Files.write(
                    Self.profile.replacing("name: tiny", with: "name: \(name)").replacing("[my-mounts]", with: list),
                    to: own + "/profiles/\(name).yaml")
            }
            for path in ["/who.yaml", "/profiles/mine.yaml", "/profiles/all.yaml"] { chmod(own + path, 0o644) }
            let outcome = try await Exhibit.run(
                ["collect", "host", "--collectors", own, "--out", "b.tar", "--without", "host-journal"]
                    + ["--without", "host-changes"] + arguments, environment: ["EXHIBIT_TEST_WHO": "me"], folder: folder
            )
            let codes = Exhibit.Code.sealed.union([Exhibit.Code.sealedAtMaxSize])
            #expect(codes.contains(outcome.status), "\(outcome.summary)")
            #expect(try await Self.collectors(folder).contains("who") == runs)
            guard runs else { return }
            #expect(try await Self.text("local/who/who.txt", folder) == "a b me\n")
            // Last, whatever its rank says.
            let ledger = try await Self.text("meta/ledger.jsonl", folder).split(separator: "\n")
            #expect(ledger.last?.contains("\"source\":\"local\"") == true)
            try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", "b.tar"], folder: folder)
        }
    }

    @Test
    func aPatternThatFitsOnlyWhatMustBeNamedSaysSo() async throws {
        let outcome = try await Exhibit.expect(
            Exhibit.Code.noSuchCollector, ["collect", "host", "--with", "wrang*", "--out", "never.tar"])
        outcome.expectMessage("--with wrang* does not name wrangler", "--with wrangler")
    }

    @Test
    func theDefaultIsIncident() async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.run(
                ["collect", "host", "--without", "host-journal", "--without", "host-changes", "--out", "b.tar"],
                folder: folder)
            let codes = Exhibit.Code.sealed.union([Exhibit.Code.sealedAtMaxSize])
            #expect(codes.contains(outcome.status), "\(outcome.summary)")
            #expect(try await Self.text("meta/bundle.json", folder).contains("\"profile\":\"incident\""))
            let collectors = try await Self.collectors(folder)
            #expect(collectors.isSuperset(of: ["host-sockets", "host-processes", "host-identity"]))
            #expect(collectors.isDisjoint(with: ["host-journal", "host-changes"]))
        }
    }

    /// What is asked for, and what is said.
    @Test(arguments: [
        (["--profile", "incidnt"], "did you mean incident?"), (["--with", "host-mount"], "did you mean host-mounts?"),
        (["--without", "x*"], "there is no collector x*"), (["--collectors", "/nonexistent"], "cannot be opened"),
    ])
    func whatIsNotThereIsNamed(_ arguments: [String], _ says: String) async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.expect(
                arguments[0] == "--collectors" ? Exhibit.Code.usage : Exhibit.Code.noSuchCollector,
                ["collect", "host", "--out", "b.tar"] + arguments, folder: folder)
            outcome.expectMessage(says)
            #expect(try Files.names(in: folder).isEmpty)
        }
    }

    @Test(arguments: [["--without", "pods"], ["--without", "pods", "--with", "pods"]])
    func whatFindsThePodsIsNotLeftOut(_ arguments: [String]) async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.expect(
                Exhibit.Code.usage, ["collect", "host", "--out", "b.tar"] + arguments, folder: folder)
            outcome.expectMessage("pods cannot be left out: it finds the targets")
            #expect(try Files.names(in: folder).isEmpty)
        }
    }

    @Test(arguments: [
        ("file", "others can write to it"), ("folder", "others can write to its folder"),
        ("fifo", "not a regular file"),
        ("large", "more than"), ("binary", "not UTF-8"),
        ("bidi", #"no key \u{202e}x"#), ("finder", "pods is what finds the pods"),
        ("profile", "maxSize must be a size of"),
        ("wrong", "own/my-mounts.yaml:5: the file has no key volatilty"),
        ("empty", "no file there ends in .yaml"), ("aliases", "aliases"),
    ])
    func whatCannotBeTrustedOrReadIsRefused(_ how: String, _ says: String) async throws {
        try await Scratch.withFolder { folder in
            let own = try Self.own(folder)
            let file = own + "/my-mounts.yaml"
            switch how {
            case "file": chmod(file, 0o666)
            case "folder": chmod(own, 0o777)
            case "fifo":
                try FileManager.default.removeItem(atPath: file)
                mkfifo(file, 0o644)
            case "large": try Files.write(Self.mounts + "#" + String(repeating: "x", count: 1 << 20), to: file)
            case "binary": try Files.write([0xFF, 0xFE, 0x00], to: file)
            case "wrong":
                try Files.write(Self.mounts.split(separator: "volatility").joined(separator: "volatilty"), to: file)
            case "bidi": try Files.write(Self.mounts + "\"\\u202ex\": 1\n", to: file)
            case "finder":
                try Files.write(Self.mounts.split(separator: "my-mounts").joined(separator: "pods"), to: file)
            case "profile":
                try Files.write(
                    Self.profile.split(separator: "5MiB").joined(separator: "1MiB"), to: own + "/profiles/tiny.yaml")
            case "aliases": try Files.write("a: &a [x]\nb: *a\n", to: file)
            default:
                try FileManager.default.removeItem(atPath: file)
                try FileManager.default.removeItem(atPath: own + "/profiles")
            }
            let outcome = try await Exhibit.expect(
                how == "empty" ? Exhibit.Code.usage : Exhibit.Code.badCollector,
                ["collect", "host", "--collectors", own, "--out", "b.tar"], folder: folder)
            outcome.expectMessage(says)
            #expect(!Files.exists(folder + "/b.tar"))
        }
    }

    @Test
    func takingThePlaceOfAnotherIsSaid() async throws {
        try await Scratch.withFolder { folder in
            let own = try Self.own(folder)
            try Files.write(
                Self.mounts.split(separator: "my-mounts").joined(separator: "host-mounts"), to: own + "/other.yaml")
            chmod(own + "/other.yaml", 0o644)
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok,
                [
                    "collect", "host", "--collectors", own, "--profile", "tiny", "--with", "host-mounts", "--out",
                    "b.tar",
                ],
                folder: folder)
            #expect(outcome.errors.contains("takes the place of the collector host-mounts"))
            #expect(try await Self.text("meta/definitions/host-mounts.yaml", folder).contains("Mounts again"))
        }
    }
}
