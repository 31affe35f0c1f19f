import Foundation
import TestSupport
import Testing

/// `report` as a command: which file it writes, when it refuses, and what it says of whom to believe.
@Suite(.needsBinary, .needsTool("python3"))
struct ReportCommandTests {
    private struct Verdict: Decodable {
        let sealID: String
    }

    private func text(_ path: String) throws -> String { try ParsedPage(try Files.bytes(path)).text }

    @Test
    func aBundleIsReportedAsItIsVerified() async throws {
        try await LocalBundle.with([:], ["--case", "INC-7"]) { bundle in
            let folder = bundle.folder
            try await Exhibit.expect(
                Exhibit.Code.consistentNotAuthenticated, ["report", "b.tar", "-o", "r.html"], folder: folder
            ).expectMessage("consistent, not authenticated")
            let seal = try await Exhibit.run(["verify", "b.tar", "--output", "json"], folder: folder).json(Verdict.self)
                .sealID
            let page = try text(folder + "/r.html")
            #expect(page.contains("Case INC-7"))
            #expect(page.contains("Verdict: consistent, not authenticated"))
            #expect(page.contains("exhibit verify b.tar --expect \(seal)"))
            try await Exhibit.expect(
                Exhibit.Code.ok, ["report", "b.tar", "-o", "known.html", "--expect", seal, "--title", "Mine"],
                folder: folder)
            let known = try text(folder + "/known.html")
            #expect(known.contains("Verdict: authentic"))
            #expect(known.hasPrefix("\nMine") || known.contains("Mine"))
        }
    }

    @Test
    func theSameBundleGivesTheSameBytesWhereverTheyGo() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let folder = bundle.folder
            let code = Exhibit.Code.consistentNotAuthenticated
            try await Exhibit.expect(code, ["report", "b.tar", "-o", "r.html"], folder: folder)
            let bytes = try Files.bytes(folder + "/r.html")
            #expect(try await Exhibit.expect(code, ["report", folder + "/b.tar", "-o", "-"]).output == bytes)
            #expect(try Files.names(in: folder).filter { $0.contains("partial") } == [])
        }
    }

    @Test
    func nothingIsReplacedUnasked() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let folder = bundle.folder
            try Files.write("mine", to: folder + "/r.html")
            try await Exhibit.expect(Exhibit.Code.outputExists, ["report", "b.tar", "-o", "r.html"], folder: folder)
                .expectMessage("r.html", "--force")
            #expect(try Files.text(folder + "/r.html") == "mine")
            let code = Exhibit.Code.consistentNotAuthenticated
            try await Exhibit.expect(code, ["report", "b.tar", "-o", "r.html", "--force"], folder: folder)
            #expect(try Files.text(folder + "/r.html").hasPrefix("<!DOCTYPE html>"))
            try FileManager.default.createDirectory(atPath: folder + "/d", withIntermediateDirectories: false)
            try await Exhibit.expect(
                Exhibit.Code.outputExists, ["report", "b.tar", "-o", "d", "--force"], folder: folder)
            try await Exhibit.expect(
                Exhibit.Code.outputNotWritable, ["report", "b.tar", "-o", "no/r.html"], folder: folder
            )
            .expectMessage("no/r.html")
            try await Exhibit.expect(Exhibit.Code.usage, ["report", "b.tar", "-o", ""], folder: folder)
                .expectMessage("names no file")
        }
    }

    @Test
    func aBundleThatWasAlteredIsReportedAsThat() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let path = bundle.folder + "/b.tar"
            var bytes = try Files.bytes(path)
            let place = try #require(bytes.firstRange(of: Array("data/version".utf8)))
            // Its content begins with the block behind its header.
            let content = place.lowerBound / 512 * 512 + 512 + 3
            bytes[content] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["report", path, "-o", bundle.folder + "/r.html"])
            #expect(try text(bundle.folder + "/r.html").contains("Verdict: FAILED"))
            // What is hardly there any more has its verdict, too.
            try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: path))
            let outcome = try await Exhibit.run(["report", path, "-o", bundle.folder + "/half.html"])
            #expect(
                [Exhibit.Code.incomplete, Exhibit.Code.integrityFailed].contains(outcome.status), "\(outcome.summary)")
            #expect(try text(bundle.folder + "/half.html").contains("Verdict: "))
        }
    }

    @Test
    func anEncryptedBundleIsReportedByWhoCanOpenIt() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let folder = bundle.folder
            try Files.write("correct horse\n", to: folder + "/p")
            chmod(folder + "/p", 0o600)
            try await Exhibit.expect(
                Exhibit.Code.ok,
                ["encrypt", "b.tar", "--out", "b.tar.age", "--passphrase-file", "p"], folder: folder)
            try await Exhibit.expect(
                Exhibit.Code.consistentNotAuthenticated,
                ["report", "b.tar.age", "-o", "r.html", "--passphrase-file", "p"], folder: folder)
            #expect(try text(folder + "/r.html").contains("Verdict: consistent"))
            try Files.write("wrong\n", to: folder + "/w")
            chmod(folder + "/w", 0o600)
            try await Exhibit.expect(
                Exhibit.Code.cannotDecrypt, ["report", "b.tar.age", "-o", "w.html", "--passphrase-file", "w"],
                folder: folder)
            #expect(!Files.exists(folder + "/w.html"))
        }
    }

    @Test
    func nothingVouchesForWhatAnotherToolMade() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/r.html"
            try await Exhibit.expect(Exhibit.Code.ok, ["report", try HostileCapture.write(in: folder), "-o", path])
                .expectMessage("nothing vouches for it")
            let page = try text(path)
            #expect(page.contains("Verdict: nothing vouches for it"))
            #expect(page.contains("a ledger of what was asked for and not had"))
            #expect(!page.contains("exhibit verify"))
            try await Exhibit.expect(Exhibit.Code.notABundle, ["report", path, "-o", folder + "/no.html"])
            #expect(!Files.exists(folder + "/no.html"))
        }
    }

    @Test
    func severityLeavesOutWhatIsLess() async throws {
        try await Scratch.withFolder { folder in
            let capture = try HostileCapture.write(in: folder)
            try await Exhibit.expect(Exhibit.Code.ok, ["report", capture, "-o", folder + "/all.html"])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["report", capture, "-o", folder + "/few.html", "--severity", "critical"])
            let (all, few) = (try Files.bytes(folder + "/all.html"), try Files.bytes(folder + "/few.html"))
            #expect(few.count <= all.count)
            let badges = try ParsedPage(few).elements.filter { $0.name == "article" }
            #expect(badges.allSatisfy { $0.value("class") == "finding bad" })
        }
    }
}
