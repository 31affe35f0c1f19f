import Foundation
import Glibc
import TestSupport
import Testing

/// Commands that write a file of their own, or add to one: cut off, told twice, with names that are taken, and with nobody
/// who can read what they say.
@Suite(.needsBinary, .needsTool("age"), .needsTool("ssh-keygen"))
struct WritingFaultTests {
    private static let host = Shared {
        try await Capture.collect(Capture.ofThisHost, name: "host.tar.zst", within: .seconds(120))
    }

    /// A copy of the captured bundle in a folder of its own.
    private func with(_ body: (_ folder: String, _ bundle: String, _ sealID: String) async throws -> Void) async throws
    {
        let capture = try await Self.host.value
        try await Scratch.withFolder { folder in
            let bundle = folder + "/case.tar.zst"
            try FileManager.default.copyItem(atPath: capture.path, toPath: bundle)
            try await body(folder, bundle, capture.sealID)
        }
    }

    private func key(_ folder: String) async throws -> String {
        try await Exhibit.expect(Exhibit.Code.ok, ["keygen", "--out", folder + "/key"])
        return folder + "/key"
    }

    /// A file that takes long enough to be interrupted; decrypting looks at nothing but the encryption.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalLeavesNothingOfWhatWasBeingDecrypted(number: Int32) async throws {
        try await Scratch.withFolder { folder in
            let key = try await key(folder)
            try await Tool.run("truncate", ["-s", "500M", folder + "/large"])
            try await Tool.run("age", ["-R", key + ".pub", "-o", folder + "/x.tar.age", folder + "/large"])
            let before = try Files.names(in: folder)
            // On a busy machine it may be over before the signal comes; then it is tried again.
            for attempt in 1...10 {
                let program = try Exhibit.start(["decrypt", folder + "/x.tar.age", "--identity", key])
                while !Files.exists(folder + "/x.tar.partial"), program.isRunning {
                    try await Task.sleep(for: .milliseconds(1))
                }
                program.signal(number)
                let outcome = try await program.outcome(within: .seconds(30))
                if outcome.status == Exhibit.Code.ok, attempt < 10 {
                    try FileManager.default.removeItem(atPath: folder + "/x.tar")
                    try FileManager.default.removeItem(atPath: folder + "/x.tar.sha256")
                    continue
                }
                #expect(outcome.status == Exhibit.Code.interrupted, "\(outcome.summary)")
                #expect(try Files.names(in: folder) == before)
                break
            }
        }
    }

    /// What is beside a new name would be taken for its own.
    @Test(arguments: [".attest", ".sha256"])
    func whatStandsBesideANewNameIsNotAdopted(suffix: String) async throws {
        try await with { folder, bundle, _ in
            let key = try await key(folder)
            try await Exhibit.expect(
                Exhibit.Code.ok, ["encrypt", bundle, "--to", key + ".pub", "--out", folder + "/e.tar.zst.age"])
            for (name, arguments) in [
                ("c.tar.zst", ["collect", "host", "--since", "1m"]), ("r.tar.gz", ["repack", bundle]),
                ("n.tar.zst.age", ["encrypt", bundle, "--to", key + ".pub"]),
                ("d.tar.zst", ["decrypt", folder + "/e.tar.zst.age", "--identity", key]),
            ] {
                try Files.write("old\n", to: "\(folder)/\(name)\(suffix)")
                let outcome = try await Exhibit.expect(
                    Exhibit.Code.outputExists, arguments + ["--out", "\(folder)/\(name)"])
                outcome.expectMessage(suffix)
                #expect(!Files.exists("\(folder)/\(name)") && !Files.exists("\(folder)/\(name).partial"))
            }
        }
    }

    @Test func whatIsDemandedTwiceIsNotDropped() async throws {
        try await with { folder, bundle, sealID in
            let other = String(repeating: "0", count: 64)
            for seals in [[other, sealID], [sealID, other], [sealID, sealID]] {
                let arguments = seals.flatMap { ["--expect", $0] }
                try await Exhibit.expect(Exhibit.Code.usage, ["verify", bundle] + arguments)
            }
            let key = try await key(folder)
            try Files.write("ana \(try Files.text(key + ".pub"))", to: folder + "/allowed")
            try await Exhibit.expect(
                Exhibit.Code.usage,
                ["verify", bundle, "--allowed-signers", folder + "/allowed", "--allowed-signers", folder + "/allowed"])
        }
    }

    /// What was done is done, whether it can be said or not.
    @Test func aReportThatCannotBePrintedIsNoFailure() async throws {
        try await with { folder, bundle, _ in
            let key = try await key(folder)
            for (arguments, made) in [
                (["note", bundle, "seen"], bundle + ".attest"),
                (
                    ["encrypt", bundle, "--to", key + ".pub", "--out", folder + "/e.tar.zst.age"],
                    folder + "/e.tar.zst.age"
                ),
                (["repack", bundle, "--out", folder + "/r.tar"], folder + "/r.tar"),
                (["keygen", "--out", folder + "/second"], folder + "/second"),
            ] {
                let outcome = try await Exhibit.run(arguments, through: ["/bin/sh", "-c", #""$0" "$@" >/dev/full"#])
                #expect(outcome.status == Exhibit.Code.ok, "\(arguments[0]): \(outcome.summary)")
                #expect(outcome.errors.contains("cannot be printed"), "\(outcome.summary)")
                #expect(Files.exists(made))
            }
        }
    }

    /// A bundle does not go where the first file that is opened happens to be.
    @Test func aClosedStandardOutputGetsNoBundle() async throws {
        let outcome = try await Exhibit.run(
            ["collect", "host", "--since", "1m", "--out", "-"], through: ["/bin/sh", "-c", #""$0" "$@" >&-"#])
        #expect(outcome.status == Exhibit.Code.outputNotWritable, "\(outcome.summary)")
    }

    @Test func encryptionSaysThatRecordsStayBehind() async throws {
        try await with { folder, bundle, _ in
            let key = try await key(folder)
            try await Exhibit.expect(Exhibit.Code.ok, ["note", bundle, "seen"])
            let outcome = try await Exhibit.expect(Exhibit.Code.ok, ["encrypt", bundle, "--to", key + ".pub"])
            outcome.expectMessage("case.tar.zst.attest", "repack")
        }
    }

    @Test func recordsThatAreNoFileAreNoFaultOfTheBundle() async throws {
        try await with { folder, bundle, _ in
            #expect(mkfifo(bundle + ".attest", 0o600) == 0)
            try await Exhibit.expect(Exhibit.Code.recordsFailed, ["note", bundle, "seen"])
            try await Exhibit.expect(Exhibit.Code.recordsFailed, ["repack", bundle, "--out", folder + "/r.tar"])
            #expect(!Files.exists(folder + "/r.tar"))
        }
    }

    /// Records folded into an encrypted bundle are known to whoever can open it.
    @Test func custodyOfAnEncryptedBundleContinuesItsRecords() async throws {
        try await with { folder, bundle, sealID in
            let key = try await key(folder)
            try await Exhibit.expect(Exhibit.Code.ok, ["note", bundle, "seen"])
            let folded = folder + "/f.tar.zst.age"
            try await Exhibit.expect(
                Exhibit.Code.ok, ["repack", bundle, "--encrypt-to", key + ".pub", "--out", folded])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["custody", "add", folded, "--action", "copied", "--identity", key])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", folded, "--identity", key, "--expect", sealID])
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok, ["custody", "log", folded, "--identity", key, "--expect", sealID])
            #expect(outcome.text.contains("seen") && outcome.text.contains("copied"))
            // Whatever an encrypted file is called.
            let plainly = folder + "/plain.tar.zst"
            try FileManager.default.copyItem(atPath: folded, toPath: plainly)
            try await Exhibit.expect(
                Exhibit.Code.usage, ["note", plainly, "x", "--entry", "data/version", "--identity", key])
        }
    }

    /// A signal while time stamps are waited for ends the waiting, and nothing else.
    @Test(.needsTool("python3"), .needsTool("openssl"))
    func aSignalEndsTheWaitingForTimestamps() async throws {
        let authority = try TimestampAuthorityProcess()
        try await Scratch.withFolder { folder in
            let path = folder + "/x.tar"
            let program = try Exhibit.start([
                "collect", "host", "--since", "1m", "--out", path, "--tsa", authority.url + "silent", "--output",
                "json",
            ])
            while !Files.exists(authority.folder + "/asked"), program.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            program.signal(SIGINT)
            let outcome = try await program.outcome(within: .seconds(30))
            #expect(outcome.status == Exhibit.Code.sealedWithoutTimestamp, "\(outcome.summary)")
            // Not the ten seconds that an authority has.
            #expect(!(outcome.text + outcome.errors).contains("did not answer within"), "\(outcome.summary)")
            try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", path])
        }
    }
}
