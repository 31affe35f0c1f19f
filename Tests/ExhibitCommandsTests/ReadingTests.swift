import Foundation
import Testing

/// `ls`, `cat`, `extract` and `inspect` on a real bundle.
@Suite(.needsBinary, .needsCluster)
struct ReadingTests {
    private static let entry = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs/current.log"

    @Test
    func everythingIsListed() async throws {
        let capture = try await Capture.demo.value
        let listed = try await Exhibit.expect(0, ["ls", capture.path]).text.split(separator: "\n").map(String.init)
        let payload = try capture.paths().filter { $0.hasPrefix("data/") }
        #expect(Set(listed).isSuperset(of: payload))
        for arguments in [["ls", capture.path, "--output", "json"], ["ls", capture.folder, "--output", "json"]] {
            let lines = try await Exhibit.expect(0, arguments).text.split(separator: "\n")
            #expect(lines.count == listed.count)
            for line in lines { _ = try JSONDecoder().decode(AnyAnswer.self, from: Data(line.utf8)) }
        }
    }

    @Test
    func aFolderAndAPatternNarrowTheList() async throws {
        let capture = try await Capture.demo.value
        let pod = try await Exhibit.expect(0, ["ls", capture.path, "namespaces/exhibit-demo/pods/crashloop"]).text
        #expect(pod.split(separator: "\n").allSatisfy { $0.contains("/pods/crashloop/") })
        #expect(pod.contains(Self.entry))
        let current = try await Exhibit.expect(0, ["ls", capture.path, "**/current.log"]).text.split(separator: "\n")
        #expect(current.count >= 3)
        #expect(current.allSatisfy { $0.hasSuffix("/current.log") })
    }

    @Test
    func anEntryIsShownAsCaptured() async throws {
        let capture = try await Capture.demo.value
        let expected = try Files.bytes(capture.folder + "/" + Self.entry)
        for source in [capture.path, capture.folder] {
            for path in [Self.entry, String(Self.entry.dropFirst("data/".count))] {
                #expect(try await Exhibit.expect(0, ["cat", source, path]).output == expected)
            }
        }
        let json = try await Exhibit.expect(0, ["cat", capture.path, Self.entry, "--output", "json"]).output
        let answer = try JSONDecoder().decode([String: JSONText].self, from: Data(json))
        #expect(answer["text"]?.text == String(decoding: expected, as: UTF8.self))
        #expect(answer["path"]?.text == Self.entry)
        let seal = try await Exhibit.expect(0, ["cat", capture.path, "seal.sha256"]).output
        #expect(try seal == Files.bytes(capture.folder + "/seal.sha256"))
    }

    @Test
    func anEntryThatIsNotThereIsSaidAndNearOnesAreNamed() async throws {
        let capture = try await Capture.demo.value
        let outcome = try await Exhibit.expect(
            Exhibit.Code.entryNotFound, ["cat", capture.path, "namespaces/exhibit-demo/pods/crashloop/crashlop.yaml"])
        outcome.expectMessage("crashlop.yaml", "crashloop.yaml")
        #expect(outcome.output.isEmpty)
        try await Exhibit.expect(Exhibit.Code.entryNotFound, ["ls", capture.path, "nothing/like/this"])
        try await Scratch.withFolder { folder in
            try await Exhibit.expect(
                Exhibit.Code.entryNotFound, ["extract", capture.path, "nothing", "-C", folder + "/x"])
            #expect(!Files.exists(folder + "/x"))
        }
    }

    @Test
    func extractedFilesAreTheCapturedOnes() async throws {
        let capture = try await Capture.demo.value
        try await Scratch.withFolder { folder in
            try await Exhibit.expect(0, ["extract", capture.path, "-C", folder + "/all"])
            try await Tool.run("diff", ["-r", capture.folder + "/data", folder + "/all/data"])
            try await Exhibit.expect(0, ["extract", capture.path, "**/current.log", "-C", folder + "/some"])
            let some = try Files.below(folder + "/some")
            #expect(some.count >= 3)
            #expect(some.allSatisfy { $0.hasSuffix("/current.log") })
            // Nothing is ever replaced.
            let again = try await Exhibit.expect(
                Exhibit.Code.outputExists, ["extract", capture.path, "-C", folder + "/all"])
            again.expectMessage(folder + "/all")
        }
    }

    @Test
    func anExtractionThatCannotBeWrittenSaysSo() async throws {
        let capture = try await Capture.signed.value
        let outcome = try await Exhibit.expect(
            Exhibit.Code.outputNotWritable, ["extract", capture.path, "-C", "/dev/null/x"])
        outcome.expectMessage("/dev/null/x")
    }

    @Test
    func theFirstViewSaysWhatMatters() async throws {
        let capture = try await Capture.demo.value
        let outcome = try await Exhibit.expect(0, ["inspect", capture.path, "--expect", capture.sealID])
        for text in [
            String(capture.sealID.prefix(16)), "T-17", "Alice Example", "crashloop", "CrashLoopBackOff", "imagepull",
            "ImagePullBackOff",
            "OOMKilled",
        ] {
            #expect(outcome.text.contains(text), "\(text)")
        }
        let whole = try await Exhibit.expect(0, ["inspect", capture.path, "--expect", capture.sealID, "--all"])
        for text in ["NoTools", "FailedScheduling", "COLLECTOR"] { #expect(whole.text.contains(text), "\(text)") }
        try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["inspect", capture.folder])
        let json = try await Exhibit.expect(
            Exhibit.Code.consistentNotAuthenticated, ["inspect", capture.path, "--output", "json"])
        _ = try json.json(AnyAnswer.self)
    }

    /// The content of an altered entry is not passed off as what was captured.
    @Test
    func anAlteredEntryIsShownWithAWarning() async throws {
        let capture = try await Capture.signed.value
        let entry = "data/namespaces/exhibit-demo/pods/pair/first/first/logs/current.log"
        try await Scratch.withFolder { folder in
            var archive = try TarArchive(try Files.bytes(capture.path))
            archive.entries[try #require(archive.index(of: entry))].content[0] ^= 1
            try Files.write(archive.file, to: folder + "/edited.tar")
            let outcome = try await Exhibit.expect(
                Exhibit.Code.integrityFailed, ["cat", folder + "/edited.tar", entry])
            outcome.expectMessage(entry)
            let extracted = try await Exhibit.expect(
                Exhibit.Code.integrityFailed, ["extract", folder + "/edited.tar", "-C", folder + "/x"])
            #expect((extracted.text + extracted.errors).contains(entry))
            #expect(!Files.exists(folder + "/x/" + entry))
        }
    }

    /// `exhibit ls FILE | head -n 1`
    @Test(arguments: ["ls", "verify", "inspect"])
    func aReaderThatGoesAwayIsNoFailure(command: String) async throws {
        let capture = try await Capture.demo.value
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let program = try Exhibit.start(
            [command, capture.path] + (command == "ls" ? [] : ["--expect", capture.sealID]),
            output: pipe.fileHandleForWriting)
        let outcome = try await program.outcome()
        #expect(!outcome.hung)
        #expect(outcome.status == 0, "\(outcome.summary)")
        #expect(outcome.errors.isEmpty, "\(outcome.summary)")
    }

    @Test
    func aFullOutputIsSaid() async throws {
        let capture = try await Capture.demo.value
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let outcome = try await Exhibit.start(["ls", capture.path], output: full).outcome()
        #expect(outcome.status == Exhibit.Code.diskFull, "\(outcome.summary)")
        outcome.expectMessage("No space left on device")
    }
}

/// A member of an answer: its text, if it is one.
private struct JSONText: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
        text = try? decoder.singleValueContainer().decode(String.self)
    }
}
