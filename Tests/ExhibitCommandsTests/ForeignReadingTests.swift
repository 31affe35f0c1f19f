import Foundation
import Testing

/// What the commands that read a bundle do with what another tool made.
@Suite(.needsBinary)
struct ForeignReadingTests {
    private static let log = "namespaces/prod/pods/api/main/main/logs/current.log"

    /// A must-gather with a log that steers terminals and a link, as a folder `inspect.local.1`.
    private func mustGather(in folder: String) async throws -> String {
        let root = folder + "/inspect.local.1"
        let parent = root + "/" + Self.log.dropLast("/current.log".count)
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Files.write("one\n\u{1B}[31mtwo\n", to: root + "/" + Self.log)
        try Files.write("kind: Namespace\n", to: root + "/namespaces/prod/prod.yaml")
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "/etc/passwd")
        return root
    }

    @Test
    func itHasAFirstViewThatHidesNothing() async throws {
        try await Scratch.withFolder { folder in
            let path = try await mustGather(in: folder)
            let inspect = try await Exhibit.expect(Exhibit.Code.ok, ["inspect", path])
            #expect(inspect.text.contains("nothing vouches for it"), "\(inspect.text)")
            #expect(inspect.text.contains("CAPTURED  2 entries") && inspect.text.contains("FINDINGS  "))
            #expect(inspect.text.contains("link: it is a symbolic link") && !inspect.text.contains("VERDICT"))
            try await Exhibit.expect(
                Exhibit.Code.notABundle, ["inspect", path, "--expect", String(repeating: "0", count: 64)]
            ).expectMessage("a must-gather", "nothing to hold against it")
        }
    }

    @Test(arguments: ["", "tar", "tar.gz", "tar.xz", "tar.zst"])
    func aMustGatherIsListedAndShown(ending: String) async throws {
        try await Scratch.withFolder { folder in
            var path = try await mustGather(in: folder)
            if !ending.isEmpty {
                try await Tool.run("tar", ["-caf", folder + "/a." + ending, "inspect.local.1"], folder: folder)
                path = folder + "/a." + ending
            }
            let prefix = ending.isEmpty ? "" : "inspect.local.1/"
            let listed = try await Exhibit.expect(Exhibit.Code.ok, ["ls", path])
            #expect(
                Set(listed.text.split(separator: "\n").map(String.init)) == [
                    prefix + Self.log, prefix + "namespaces/prod/prod.yaml",
                ])
            listed.expectMessage(
                "a must-gather", "nothing vouches for it", "a seal", "not listed: \(prefix)link: it is a symbolic link")
            let part = try await Exhibit.expect(Exhibit.Code.ok, ["ls", path, "namespaces/prod/pods", "-l"])
            #expect(part.text.hasSuffix(" log      \(prefix)\(Self.log)\n"), "\(part.text)")
            let shown = try await Exhibit.expect(Exhibit.Code.ok, ["cat", path, Self.log])
            #expect(shown.text == "one\n\u{1B}[31mtwo\n")
            shown.expectMessage("nothing vouches for it")
            let json = try await Exhibit.expect(Exhibit.Code.ok, ["cat", path, "prod.yaml", "--output", "json"])
            #expect(json.text.contains(#""text":"kind: Namespace\n""#), "\(json.text)")
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["cat", path, "link"])
                .expectMessage("it is a symbolic link")
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["ls", path, "namespaces/prod/prod.yml"])
                .expectMessage("prod.yaml")
        }
    }

    @Test
    func listsForProgramsSayWhatAFileHoldsAndWhatIsMissing() async throws {
        try await Scratch.withFolder { folder in
            let path = try await mustGather(in: folder)
            let listed = try await Exhibit.expect(Exhibit.Code.ok, ["ls", path, "--output", "json"])
            #expect(
                listed.text.contains(
                    #"{"path":"\#(Self.log)","size":13,"holds":"log","namespace":"prod","pod":"api","container":"main","#
                        + #""stream":"current"}"#), "\(listed.text)")
            #expect(
                listed.text.contains(#"{"path":"link","problem":"it is a symbolic link, which is not followed"}"#),
                "\(listed.text)")
        }
    }

    @Test
    func whatNeedsASealSaysWhatItIs() async throws {
        try await Scratch.withFolder { folder in
            let path = try await mustGather(in: folder)
            try await Exhibit.expect(Exhibit.Code.notABundle, ["verify", path])
                .expectMessage("it is a must-gather, which has no seal", "cannot be verified")
            try await Exhibit.expect(Exhibit.Code.notABundle, ["extract", path, "-C", folder + "/out"])
                .expectMessage("it is a must-gather, which has no seal", "cannot be extracted and checked")
            #expect(!Files.exists(folder + "/out"))
        }
    }

    @Test
    func aCutArchiveIsNotPresentedAsWhole() async throws {
        try await Scratch.withFolder { folder in
            let root = try await mustGather(in: folder)
            let large = (0..<200_000).map { "line \($0 &* 2_654_435_761)" }.joined(separator: "\n")
            try Files.write(large, to: root + "/" + Self.log)
            try await Tool.run("tar", ["-czf", "a.tar.gz", "inspect.local.1"], folder: folder)
            let whole = try Files.bytes(folder + "/a.tar.gz")
            try Files.write(whole.prefix(whole.count / 2), to: folder + "/cut.tar.gz")
            try await Exhibit.expect(Exhibit.Code.incomplete, ["ls", folder + "/cut.tar.gz"])
                .expectMessage("truncated gzip")
            let shown = try await Exhibit.expect(
                Exhibit.Code.incomplete, ["cat", folder + "/cut.tar.gz", "current.log"])
            shown.expectMessage("this is not the whole file")
            #expect(!shown.output.isEmpty)
            try await Exhibit.expect(Exhibit.Code.incomplete, ["grep", folder + "/cut.tar.gz", "line 0"])
                .expectMessage("truncated gzip")
            let cut = folder + "/cut.tar.gz"
            for arguments in [
                ["inspect", cut], ["findings", cut], ["query", cut, "SELECT 1"], ["logs", cut, "-A"],
                ["hunt", cut, "--indicator", "line 0"], ["diff", cut, cut], ["report", cut, "-o", folder + "/a.html"],
            ] {
                try await Exhibit.expect(Exhibit.Code.incomplete, arguments).expectMessage("truncated gzip")
            }
        }
    }

    @Test(arguments: ["", "tar.gz"])
    func linesOfItAreSearched(ending: String) async throws {
        try await Scratch.withFolder { folder in
            var path = try await mustGather(in: folder)
            try Files.write("two\n", to: path + "/namespaces/prod/notes.txt")
            if !ending.isEmpty {
                try await Tool.run("tar", ["-caf", folder + "/a." + ending, "inspect.local.1"], folder: folder)
                path = folder + "/a." + ending
            }
            let prefix = ending.isEmpty ? "" : "inspect.local.1/"
            let all = try await Exhibit.expect(Exhibit.Code.ok, ["grep", path, "two", "-l"])
            all.expectMessage("nothing vouches for it", "could not be searched")
            #expect(
                Set(all.text.split(separator: "\n").map(String.init)) == [
                    prefix + Self.log, prefix + "namespaces/prod/notes.txt",
                ])
            for options in [["--logs"], ["--pod", "a*"], ["--namespace", "prod", "--container", "main"]] {
                let logs = try await Exhibit.expect(Exhibit.Code.ok, ["grep", path, "two", "-l"] + options)
                #expect(logs.text == prefix + Self.log + "\n", "\(options)")
            }
            for options in [["--namespace", "dev"], ["--pod", "b"], ["--logs", "--container", "side"]] {
                try await Exhibit.expect(Exhibit.Code.entryNotFound, ["grep", path, "two"] + options)
                    .expectMessage("nothing was captured of")
            }
            try await Exhibit.expect(Exhibit.Code.nothingFound, ["grep", path, "three", "--pod", "api"])
            let named = try await Exhibit.expect(
                Exhibit.Code.ok, ["grep", path, "two", "namespaces/prod/notes.txt", "-n"])
            #expect(named.text == "\(prefix)namespaces/prod/notes.txt:1:two\n")
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["grep", path, "two", "namespaces/prod/notes.tx"])
                .expectMessage("notes.txt")
            try await Exhibit.expect(64, ["grep", path, "two", "--since", "5m"]).expectMessage("nothing says when")
        }
    }

    /// One object with a time to come does not move the time from which all is counted.
    @Test(arguments: ["2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    func timesAreCountedFromTheNewestThatIsPast(future: String) async throws {
        try await Scratch.withFolder { folder in
            let path = try await mustGather(in: folder)
            try Files.write(
                "2020-05-01T08:00:00.000000000Z old\n2020-05-01T11:58:00.000000000Z new\n", to: path + "/" + Self.log)
            let items = ["2020-05-01T12:00:00Z", future].enumerated().map { number, time in
                "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c\(number), namespace: prod, creationTimestamp: '\(time)'}}\n"
            }
            try FileManager.default.createDirectory(
                atPath: path + "/namespaces/prod/core", withIntermediateDirectories: true)
            try Files.write(
                "apiVersion: v1\nkind: ConfigMapList\nitems:\n" + items.joined(),
                to: path + "/namespaces/prod/core/configmaps.yaml")
            let logs = try await Exhibit.expect(Exhibit.Code.ok, ["logs", path, "api", "--since", "5m"])
            #expect(logs.text == "new\n")
            logs.expectMessage("counted from the newest time in it, 2020-05-01T12:00:00.000Z", "are passed over")
        }
    }

    @Test
    func whatIsNothingIsStillNoBundle() async throws {
        try await Scratch.withFolder { folder in
            try Files.write("text", to: folder + "/a.txt")
            for command in [["ls"], ["cat"], ["verify"]] {
                let more = command == ["cat"] ? ["x"] : []
                try await Exhibit.expect(Exhibit.Code.notABundle, command + [folder + "/a.txt"] + more)
                    .expectMessage("it begins like none of")
            }
        }
    }

    @Test(.needsCluster)
    func aBundleThatOthersPackedIsNoMustGather() async throws {
        let capture = try await Capture.demo.value
        try await Scratch.withFolder { folder in
            try await Tool.run("tar", ["-czf", folder + "/again.tar.gz", "-C", capture.folder, "."])
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["ls", folder + "/again.tar.gz"])
                .expectMessage("the opening record of a bundle of Exhibit")
        }
    }
}
