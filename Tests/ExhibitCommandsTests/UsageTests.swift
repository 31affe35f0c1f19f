import Testing

/// Command lines that cannot be understood cost nothing and say what to write instead.
@Suite(.needsBinary)
struct UsageTests {
    @Test(arguments: [
        (["collect"], "Say what to capture"), (["collect", "pair"], "pod/NAME"), (["collect", "pod/"], "pod/NAME"),
        (["collect", "host", "--deadline", "soon"], "90s"), (["collect", "host", "--since", "0s"], "90s"),
        (["collect", "host", "--concurrency", "0"], "1 to 64"), (["collect", "host", "--tail", "0"], "at least 1"),
        (["collect", "host", "--level", "20"], "1 to 19"),
        (["collect", "host", "--out", "a.tar.gz", "--level", "13"], "1 to 12"),
        (["collect", "host", "--touch", "hard"], "exec"),
        (["collect", "host", "--out", "bundle.zip"], ".tar.zst"), (["collect", "--unheard-of"], "--unheard-of"),
        (["verify"], "bundle"), (["cat", "x.tar"], "path"), (["extract", "x.tar"], "directory"),
        (["unheard-of"], "unheard-of"),
    ])
    func mistakes(arguments: [String], text: String) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.usage, arguments)
        outcome.expectMessage(text)
        #expect(outcome.output.isEmpty)
    }

    @Test(arguments: [
        ["--help"], ["collect", "--help"], ["verify", "--help"], ["inspect", "--help"], ["ls", "--help"], ["--version"],
    ])
    func help(arguments: [String]) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.ok, arguments)
        #expect(!outcome.output.isEmpty)
        #expect(outcome.errors.isEmpty)
        // Off a terminal nothing steers one.
        #expect(!outcome.output.contains(0x1B))
    }

    @Test(.needsTool("sha256sum"), arguments: [["--version"], ["ls", "--version"]])
    func theVersionHasTheProgramsOwnDigest(arguments: [String]) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.ok, arguments)
        let digest = try await Tool.run("sha256sum", [try #require(Requirements.binary)]).text.prefix(64)
        #expect(outcome.text.hasSuffix(" sha256:\(digest)\n"), "\(outcome.text)")
    }

    /// `--output json` holds for a mistake in the command line too, where the parser knows of it.
    @Test
    func nothingIsWrittenByAMistake() async throws {
        try await Scratch.withFolder { folder in
            try await Exhibit.expect(Exhibit.Code.usage, ["collect", "--out", folder + "/x.tar"], folder: folder)
            #expect(try Files.names(in: folder).isEmpty)
        }
    }
}
