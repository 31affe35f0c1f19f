import Foundation
import Glibc
import Testing

/// Parameters of collectors, from the command line into commands and into the bundle.
@Suite(.needsBinary)
struct ParameterTests {
    private static let own = """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: own, title: Mine, references: [x]}
        scope: local
        volatility: 9
        parameters:
          word: {type: text, title: A word}
          count: {type: integer, range: [1, 9], default: 3, title: How many}
        steps:
          - command: {argv: [sh, -c, 'printf "%s|%s" "$1" "$2"', sh, {parameter: word}, {parameter: count}]}
            output: out.txt

        """

    private static func profile(_ name: String, _ rest: String) -> String {
        "apiVersion: exhibit/v1\nkind: Profile\nmetadata: {name: \(name), title: x}\n\(rest)\n"
    }

    @Test(.needsTool("python3"), .needsTool("sha256sum"))
    func valuesGoIntoCommandsAndIntoTheBundle() async throws {
        let word = #"a b;$(id) "x" {} é=."#
        try await LocalBundle.with(["own.yaml": Self.own], ["--with", "own", "--set", "own.word=\(word)"]) { bundle in
            #expect(bundle.outcome.status == Exhibit.Code.ok, "\(bundle.outcome.summary)")
            #expect(try await bundle.text("local/own/out.txt") == "\(word)|3")
            // What was there, byte for byte, and beside it what was given.
            #expect(try await bundle.text("meta/definitions/own.yaml") == Self.own)
            let parameters = try await bundle.object("meta/bundle.json")["parameters"] as? [String: [String: String]]
            #expect(parameters == ["own": ["word": word, "count": "3"]])

            let custody = try await bundle.lines("meta/custody.jsonl")
            #expect(custody.map { $0["action"] as? String } == ["opened", "command", "closed"])
            let line = custody[1]
            #expect((line["target"] as? [String: String]) == ["kind": "Local"])
            let detail = try #require(line["detail"] as? [String: Any])
            #expect((detail["argv"] as? [String])?.suffix(2) == [word, "3"])
            let path = try #require(detail["path"] as? String)
            #expect(path.hasPrefix("/") && path.hasSuffix("/sh"))
            let digest = try await Tool.run("sha256sum", [path]).text.prefix(64)
            #expect(detail["sha256"] as? String == String(digest))

            try await Exhibit.expect(
                Exhibit.Code.consistentNotAuthenticated, ["verify", "b.tar"], folder: bundle.folder)
            let other = try await Tool.run(
                "python3", ["-B", IndependentVerifier.script, bundle.folder + "/b.tar"], mayFail: true)
            #expect(other.status == Exhibit.Code.consistentNotAuthenticated, "\(other.summary)")
        }
    }

    /// Nothing is made, and what was given is not repeated: it may be a secret.
    @Test(arguments: [
        ([], "collector own needs word (A word): --set own.word=VALUE", Exhibit.Code.usage),
        (["--set", "own.word"], "--set wants COLLECTOR.NAME=VALUE", Exhibit.Code.usage),
        (["--set", "own.word=-sesame"], "must not begin with -", Exhibit.Code.usage),
        (["--set", "own.word=https://a:sesame@b"], "with a user or password", Exhibit.Code.usage),
        (["--set", "own.word=host=b password=sesame"], "as if a secret were in it", Exhibit.Code.usage),
        (["--set", "own.word=x", "--set", "own.count=sesame"], "from 1 to 9", Exhibit.Code.usage),
        (["--set", "own.password=sesame"], "has no parameter password", Exhibit.Code.usage),
        (["--set", "own.word=sesame", "--set", "own.word=sesame"], "word is set twice", Exhibit.Code.usage),
        (["--set", "wrangler.worker=sesame"], "is not part of this run: --with wrangler", Exhibit.Code.usage),
        (
            ["--set", "wranglr.worker=sesame"], "there is no collector wranglr; did you mean wrangler?",
            Exhibit.Code.noSuchCollector
        ),
    ])
    func whatCannotBeIsSaidBeforeAnything(_ arguments: [String], _ says: String, _ code: Int32) async throws {
        for more in [[], ["--dry-run"]] {
            try await LocalBundle.with(["own.yaml": Self.own], ["--with", "own"] + arguments + more) { bundle in
                #expect(bundle.outcome.status == code && !bundle.isSealed, "\(bundle.outcome.summary)")
                bundle.outcome.expectMessage(says)
                #expect(!bundle.outcome.errors.contains("sesame") && !bundle.outcome.text.contains("sesame"))
            }
        }
    }

    @Test
    func aProfileSetsWhatTheCommandLineDoesNot() async throws {
        let files = [
            "own.yaml": Self.own,
            "profiles/mine.yaml": Self.profile("mine", "collectors: [own]\nset: {own: {word: mine, count: 7}}"),
        ]
        for (arguments, expected) in [([], "mine|7"), (["--set", "own.word=yours"], "yours|7")] {
            try await LocalBundle.with(files, ["--profile", "mine"] + arguments) { bundle in
                let text = try await bundle.text("local/own/out.txt")
                #expect(text == expected)
            }
        }
    }

    /// A folder that somebody sent could otherwise say where what the operator names is to go.
    @Test
    func aProfileThatTakesTheNameOfAnotherSetsNothingHere() async throws {
        let files = [
            "own.yaml": Self.own,
            "profiles/minimal.yaml": Self.profile("minimal", "collectors: [host-mounts]\nset: {own: {word: theirs}}"),
        ]
        try await LocalBundle.with(files, ["--profile", "minimal", "--with", "own"]) { bundle in
            #expect(bundle.outcome.status == Exhibit.Code.usage && !bundle.isSealed, "\(bundle.outcome.summary)")
            bundle.outcome.expectMessage("give the profile a name of its own")
        }
    }

    @Test(arguments: [
        ("set: {own: {password: x}}", "own.password looks like a secret"),
        ("set: {own: {word: 'u://a:b@c'}}", "with a user or password"), ("set: {own: [x]}", "must be a mapping"),
        ("set: {own: {word: [x]}}", "must be text"),
    ])
    func whatAProfileMustNotSet(_ set: String, _ says: String) async throws {
        let files = ["own.yaml": Self.own, "profiles/mine.yaml": Self.profile("mine", "collectors: [own]\n\(set)")]
        try await LocalBundle.with(files, ["--profile", "mine"]) { bundle in
            #expect(bundle.outcome.status == Exhibit.Code.badCollector && !bundle.isSealed)
            bundle.outcome.expectMessage(says)
        }
    }

    @Test
    func aTrialTakesValues() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/own.yaml"
            try Files.write(Self.own, to: path)
            chmod(path, 0o644)
            let good = try await Exhibit.expect(
                Exhibit.Code.ok, ["collectors", "test", path, "--set", "own.word=x y", "--output", "json"])
            #expect(try good.json(CollectorTrialTests.Trial.self).attempts.first?.outputs.first?.beginning == "x y|3")
            try await Exhibit.expect(Exhibit.Code.usage, ["collectors", "test", path])
                .expectMessage("collector own needs word")
        }
    }

    @Test
    func lintSaysWhatIsNotUsed() async throws {
        try await Scratch.withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/profiles", withIntermediateDirectories: true)
            chmod(folder + "/profiles", 0o755)
            let unused = "  count: {type: integer, title: How many}\n  other: {type: text, title: x}\n"
            let text = Self.own.replacing(
                "  count: {type: integer, range: [1, 9], default: 3, title: How many}\n", with: unused)
            try #require(text != Self.own)
            let set = "set: {own: {wrod: x, count: many}, onw: {a: b}}"
            let files = ["own.yaml": text, "profiles/mine.yaml": Self.profile("mine", "collectors: [own]\n\(set)")]
            for (name, text) in files {
                try Files.write(text, to: folder + "/" + name)
                chmod(folder + "/" + name, 0o644)
            }
            let outcome = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "lint", folder])
            for says in [
                "own.yaml:9: warning: no step uses the parameter other",
                "mine.yaml:5: warning: set: there is no collector onw",
                "set: own has no parameter wrod; did you mean word?",
                "set: own.count must be a whole number",
            ] { #expect(outcome.text.contains(says), "\(outcome.text)") }
        }
    }
}
