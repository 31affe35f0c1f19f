import Foundation
import Testing

/// `exhibit repack`: another container, the same bundle.
@Suite(.needsBinary, .needsTool("zstd"), .needsTool("gzip"))
struct RepackTests {
    private struct Answer: Decodable {
        var sealID: String?
        var bundle: String?
    }

    @Test func theSealAndTheStreamStay() async throws {
        let capture = try await Capture.collect(Capture.ofThisHost, name: "host.tar", within: .seconds(120))
        try await Scratch.withFolder { folder in
            var source = capture.path
            for name in ["a.tar.gz", "b.tar.zst", "c.tar.gz", "d.tar"] {
                let path = "\(folder)/\(name)"
                let outcome = try await Exhibit.expect(0, ["repack", source, "--out", path, "--output", "json"])
                #expect(try outcome.json(Answer.self).sealID == capture.sealID)
                try await Exhibit.expect(Exhibit.Code.ok, ["verify", "--expect", capture.sealID, path])
                try await Tool.run("sh", ["-c", "cd \"$1\" && sha256sum --quiet -c \"$2.sha256\"", "sh", folder, name])
                source = path
            }
            #expect(try Files.bytes(folder + "/d.tar") == Files.bytes(capture.path))
            // What is there is not replaced, what is no bundle is said to be none, and a cut one is not repacked.
            try await Exhibit.expect(Exhibit.Code.outputExists, ["repack", source, "--out", folder + "/a.tar.gz"])
            try await Exhibit.expect(Exhibit.Code.usage, ["repack", source, "--out", folder + "/a.zip"])
            try await Exhibit.expect(
                Exhibit.Code.usage, ["repack", source, "--out", folder + "/e.tar.gz", "--level", "13"])
            try Files.write("no bundle", to: folder + "/text.tar.gz")
            try await Exhibit.expect(
                Exhibit.Code.notABundle, ["repack", folder + "/text.tar.gz", "--out", folder + "/e.tar"])
            let cut = try Files.bytes(folder + "/a.tar.gz")
            try Data(cut.prefix(cut.count / 2)).write(to: URL(fileURLWithPath: folder + "/cut.tar.gz"))
            try await Exhibit.expect(
                Exhibit.Code.incomplete, ["repack", folder + "/cut.tar.gz", "--out", folder + "/e.tar"])
            #expect(!Files.exists(folder + "/e.tar") && !Files.exists(folder + "/e.tar.partial"))
        }
    }
}
