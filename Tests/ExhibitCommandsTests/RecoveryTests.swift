import Foundation
import Glibc
import Testing

/// `exhibit recover`: what a killed capture leaves behind.
@Suite(.needsBinary)
struct RecoveryTests {
    /// Of what `recover --output json` says.
    private struct Report: Decodable {
        var sealID: String
        var checkpoint: Int?
        var wasSealed: Bool
        var exitCode: Int32
    }

    /// A capture of this host that was killed so long after its file appeared; nil when it was quicker.
    private func killed(_ folder: String, after delay: Duration) async throws -> String? {
        let path = "\(folder)/host.tar.zst"
        let program = try Exhibit.start(["collect", "host", "--since", "1m", "--out", path])
        while program.isRunning, (try? Files.bytes(path + ".partial"))?.isEmpty != false {
            try await Task.sleep(for: .milliseconds(1))
        }
        try await Task.sleep(for: delay)
        program.signal(SIGKILL)
        _ = try await program.outcome()
        return Files.exists(path + ".partial") ? path : nil
    }

    @Test func killedAtAnyMoment() async throws {
        var recovered = 0
        for milliseconds in stride(from: 0, to: 600, by: 60) {
            try await Scratch.withFolder { folder in
                let path = try await Turns.during { try await killed(folder, after: .milliseconds(milliseconds)) }
                guard let path else { return }
                let before = try Files.bytes(path + ".partial")
                let outcome = try await Exhibit.run(["recover", path + ".partial", "--output", "json"])
                #expect(try Files.bytes(path + ".partial") == before)
                if outcome.status == Exhibit.Code.notRecoverable { return }
                let report = try outcome.json(Report.self)
                #expect(outcome.status == (report.wasSealed ? Exhibit.Code.ok : Exhibit.Code.sealedRecovered))
                #expect(report.exitCode == outcome.status)
                recovered += 1
                let verified = try await Exhibit.expect(
                    Exhibit.Code.ok, ["verify", path, "--expect", report.sealID, "--deep"])
                #expect(report.wasSealed || verified.text.contains("its writer was killed"))
            }
        }
        #expect(recovered > 0)
    }

    @Test func nothingIsReplacedAndNothingIsLeft() async throws {
        try await Scratch.withFolder { folder in
            // A capture may be sealed before it is killed: then there is another, elsewhere.
            var path: String?
            for number in 0..<20 where path == nil {
                let place = "\(folder)/\(number)"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
                path = try await Turns.during { try await killed(place, after: .milliseconds(30)) }
            }
            let partial = try #require(path) + ".partial"
            try Files.write("precious", to: "\(folder)/there.tar")
            var outcome = try await Exhibit.expect(
                Exhibit.Code.outputExists, ["recover", partial, "--out", "\(folder)/there.tar"])
            outcome.expectMessage("there.tar", "nothing is ever replaced")
            #expect(try Files.text("\(folder)/there.tar") == "precious")
            try Files.write(Files.bytes(partial).prefix(50), to: "\(folder)/cut.tar.zst.partial")
            let names = try Files.names(in: folder)
            outcome = try await Exhibit.expect(
                Exhibit.Code.notRecoverable, ["recover", "\(folder)/cut.tar.zst.partial"])
            outcome.expectMessage("no checkpoint", "cut.tar.zst.partial")
            #expect(try Files.names(in: folder) == names)
            try await Exhibit.expect(Exhibit.Code.notABundle, ["recover", "\(folder)/none.partial"])
        }
    }

    @Test(arguments: [["x"], ["x.partial", "--out", "y"], [".partial"], []])
    func namesMustSayWhatIsMeant(arguments: [String]) async throws {
        try await Exhibit.expect(Exhibit.Code.usage, ["recover"] + arguments)
    }
}
