import Foundation
import Glibc
import Testing

/// Encrypted bundles: collected, read, encrypted and decrypted, with the keys of the stock programs.
@Suite(.needsBinary, .needsTool("age"), .needsTool("ssh-keygen"), .serialized)
struct EncryptionTests {
    /// Keys in a folder: `id` and `id.pub` of age, `ssh` and `ssh.pub`, `passphrase`.
    private struct Keys {
        let folder: String
        let recipient: String

        init(_ folder: String) async throws {
            self.folder = folder
            try await Tool.run("age-keygen", ["-o", folder + "/id"])
            recipient = try await Tool.run("age-keygen", ["-y", folder + "/id"]).text
                .trimmingCharacters(in: .whitespacesAndNewlines)
            try Files.write(recipient + "\n", to: folder + "/id.pub")
            try await Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", folder + "/ssh"])
            try Files.write("correct horse\n", to: folder + "/passphrase")
            for name in ["id", "passphrase"] { chmod("\(folder)/\(name)", 0o600) }
        }

        var id: String { folder + "/id" }
        var ssh: String { folder + "/ssh" }
        var passphrase: String { folder + "/passphrase" }
    }

    private struct Answer: Decodable {
        var sealID: String?
        var recipients: [String]?
        var wasSealed: Bool?
    }

    @Test func aCaptureForTwo() async throws {
        try await Scratch.withFolder { folder in
            let keys = try await Keys(folder)
            let path = folder + "/host.tar.zst.age"
            let outcome = try await Exhibit.run(
                ["collect"] + Capture.ofThisHost + [
                    "--out", path, "--encrypt-to", keys.recipient, "--encrypt-to", keys.ssh + ".pub", "--output",
                    "json",
                ], within: .seconds(120))
            let answer = try outcome.json(Answer.self)
            let sealID = try #require(answer.sealID, "\(outcome.summary)")
            #expect(answer.recipients?.count == 2)
            #expect(
                try Files.names(in: folder).filter { $0.hasPrefix("host") } == [
                    "host.tar.zst.age", "host.tar.zst.age.sha256",
                ])
            try await Tool.run("sha256sum", ["-c", "--quiet", "host.tar.zst.age.sha256"], folder: folder)
            for key in [keys.id, keys.ssh] {
                try await Exhibit.expect(
                    Exhibit.Code.ok, ["verify", path, "--expect", sealID, "--identity", key, "--deep"])
                let listed = try await Exhibit.expect(Exhibit.Code.ok, ["ls", path, "--identity", key])
                #expect(listed.text.contains("data/version"))
                let shown = try await Exhibit.expect(Exhibit.Code.ok, ["cat", path, "version", "--identity", key])
                #expect(shown.text.hasPrefix("exhibit\n"))
                let out = folder + "/" + (key == keys.id ? "by-age" : "by-ssh")
                try await Tool.run("age", ["-d", "-i", key, "-o", out + ".tar.zst", path])
                try await Exhibit.expect(Exhibit.Code.ok, ["verify", out + ".tar.zst", "--expect", sealID])
                try await Exhibit.expect(Exhibit.Code.ok, ["extract", path, "version", "-C", out, "--identity", key])
            }
            let missing = try await Exhibit.expect(Exhibit.Code.cannotDecrypt, ["verify", path])
            missing.expectMessage("1 key of age (X25519), 1 key of SSH (ssh-ed25519)", "--identity FILE")
            let inspected = try await Exhibit.expect(
                Exhibit.Code.consistentNotAuthenticated, ["inspect", path, "--identity", keys.id])
            #expect(inspected.text.contains("host"))

            // In another container, for the same two; then for one other.
            try await Exhibit.expect(
                Exhibit.Code.ok, ["repack", path, "--identity", keys.ssh, "--out", folder + "/b.tar.gz.age"])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", folder + "/b.tar.gz.age", "--expect", sealID, "--identity", keys.id])
            let plain = try await Exhibit.expect(
                Exhibit.Code.usage, ["repack", path, "--identity", keys.ssh, "--out", folder + "/c.tar.gz"])
            plain.expectMessage("--decrypt")
            try await Exhibit.expect(
                Exhibit.Code.ok, ["repack", path, "--identity", keys.ssh, "--out", folder + "/c.tar.gz", "--decrypt"])
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", folder + "/c.tar.gz", "--expect", sealID])
        }
    }

    @Test func encryptAndDecrypt() async throws {
        try await Scratch.withFolder { folder in
            let keys = try await Keys(folder)
            let capture = try await Capture.collect(Capture.ofThisHost, name: "host.tar", within: .seconds(120))
            let path = folder + "/p.tar.age"
            let encrypted = try await Exhibit.expect(
                Exhibit.Code.ok, ["encrypt", capture.path, "--passphrase-file", keys.passphrase, "-o", path])
            #expect(encrypted.text.contains("passphrase"))
            let noTerminal = try await Exhibit.run(["verify", path], through: ["/usr/bin/setsid", "--wait"])
            #expect(noTerminal.status == Exhibit.Code.cannotDecrypt)
            noTerminal.expectMessage("--passphrase-file")
            try await Exhibit.expect(
                Exhibit.Code.ok,
                ["verify", path, "--passphrase-file", keys.passphrase, "--expect", capture.sealID])
            let decrypted = try await Exhibit.expect(
                Exhibit.Code.ok,
                ["decrypt", path, "--passphrase-file", keys.passphrase, "--out", folder + "/back.tar"])
            #expect(decrypted.text.contains("the encryption alone"))
            #expect(try Files.bytes(folder + "/back.tar") == Files.bytes(capture.path))
            // By age for us, with the file of a public key.
            try await Tool.run("age", ["-R", keys.ssh + ".pub", "-o", folder + "/t.age", capture.path])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", folder + "/t.age", "--identity", keys.ssh, "--expect", capture.sealID])
        }
    }

    /// What the terminal shows goes to a file, too; a line is typed when that has one more question.
    private static let typing = #"""
        set -o pipefail
        log=$1 command=$2 count=0
        shift 2
        : >"$log"
        {
            for line; do
                ((count += 1))
                until (($(grep -oiE '(passphrase|again)[^:]*: ' "$log" | wc -l) >= count)) || [[ -e $log.end ]]; do sleep 0.05; done
                printf '%s\n' "$line"
            done
            until [[ -e $log.end ]]; do sleep 0.05; done
        } | { status=0; script -qec "$command" /dev/null || status=$?; : >"$log.end"; exit "$status"; } | tee "$log"
        """#

    @Test(.needsTool("script"), .needsTool("bash")) func aPassphraseIsAskedForOnTheTerminalAndNotShown() async throws {
        try await Scratch.withFolder { folder in
            let keys = try await Keys(folder)
            let capture = try await Capture.collect(Capture.ofThisHost, name: "host.tar", within: .seconds(120))
            let path = folder + "/p.tar.age"
            // Each line when it is asked for: what was typed before that does not count.
            func typed(_ lines: [String], _ arguments: [String]) async throws -> Program.Outcome {
                let binary = try #require(Requirements.binary)
                let command = ([binary] + arguments).joined(separator: " ")
                let log = "\(folder)/\(UUID().uuidString)"
                return try await Tool.run("bash", ["-c", Self.typing, "bash", log, command] + lines, mayFail: true)
            }
            let made = try await typed(
                ["correct horse", "correct horse"], ["encrypt", capture.path, "--passphrase", "-o", path])
            #expect(made.status == Exhibit.Code.ok, "\(made.summary)")
            #expect(made.text.contains("New passphrase:"))
            #expect(!made.text.contains("correct"))
            let right = try await typed(["correct horse"], ["verify", path, "--expect", capture.sealID])
            #expect(right.status == Exhibit.Code.ok, "\(right.summary)")
            #expect(!right.text.contains("correct horse"))
            let wrong = try await typed(["wrong"], ["verify", path])
            #expect(wrong.status == Exhibit.Code.cannotDecrypt, "\(wrong.summary)")
            try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", path, "--passphrase-file", keys.passphrase, "--expect", capture.sealID])
        }
    }

    @Test func refusals() async throws {
        try await Scratch.withFolder { folder in
            let keys = try await Keys(folder)
            try Files.write("no bundle", to: folder + "/text")
            let usage: [[String]] = [
                ["collect", "host", "--out", folder + "/a.tar", "--encrypt-to", keys.recipient],
                ["collect", "host", "--out", folder + "/a.tar.age"],
                ["collect", "host", "--encrypt-to", keys.recipient, "--encrypt-passphrase"],
                ["encrypt", folder + "/text"], ["encrypt", folder + "/text", "--to", keys.recipient, "-o", "x.tar"],
                ["decrypt", folder + "/text"], ["decrypt", folder + "/x.age", "--out", folder + "/y.age"],
            ]
            for arguments in usage { try await Exhibit.expect(Exhibit.Code.usage, arguments) }
            try await Exhibit.expect(
                Exhibit.Code.notABundle, ["encrypt", folder + "/text", "--to", keys.recipient])
            for recipient in ["age1nothing", "ssh-rsa AAAA", folder + "/none", folder + "/text", keys.id] {
                let outcome = try await Exhibit.expect(
                    Exhibit.Code.badKey, ["encrypt", folder + "/text", "--to", recipient])
                #expect(!outcome.errors.contains("AGE-SECRET-KEY"), "\(outcome.summary)")
            }
            chmod(keys.id, 0o644)
            let open = try await Exhibit.expect(
                Exhibit.Code.badKey, ["decrypt", folder + "/text", "--out", folder + "/x", "--identity", keys.id])
            open.expectMessage("others can read it", "chmod 600")
            #expect(try Files.names(in: folder).allSatisfy { !$0.hasPrefix("a.tar") && !$0.hasSuffix(".partial") })
        }
    }

    /// A capture of this host that is killed leaves no plaintext, and is recovered for the same recipients.
    @Test func killedAndRecovered() async throws {
        var recovered = 0
        for milliseconds in stride(from: 0, to: 500, by: 100) {
            try await Scratch.withFolder { folder in
                let keys = try await Keys(folder)
                let place = folder + "/place"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
                let path = place + "/host.tar.zst.age"
                let left = try await Turns.during {
                    let program = try Exhibit.start([
                        "collect", "host", "--since", "1m", "--out", path, "--encrypt-to", keys.recipient, "--purpose",
                        "purple elephants",
                    ])
                    while program.isRunning, (try? Files.bytes(path + ".partial"))?.isEmpty != false {
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    try await Task.sleep(for: .milliseconds(milliseconds))
                    program.signal(SIGKILL)
                    _ = try await program.outcome()
                    return Files.exists(path + ".partial")
                }
                guard left else { return }
                for name in try Files.below(place) {
                    let text = String(decoding: try Files.bytes("\(place)/\(name)"), as: UTF8.self)
                    for marker in ["purple elephants", "host-processes", "bagit", "data/"] {
                        #expect(!text.contains(marker), "\(name) has \(marker)")
                    }
                }
                try await Exhibit.expect(Exhibit.Code.cannotDecrypt, ["recover", path + ".partial"])
                let outcome = try await Exhibit.run(
                    ["recover", path + ".partial", "--identity", keys.id, "--output", "json"])
                if outcome.status == Exhibit.Code.notRecoverable { return }
                let report = try outcome.json(Answer.self)
                #expect(outcome.status == (report.wasSealed == true ? Exhibit.Code.ok : Exhibit.Code.sealedRecovered))
                recovered += 1
                try await Exhibit.expect(
                    Exhibit.Code.ok,
                    ["verify", path, "--expect", try #require(report.sealID), "--identity", keys.id, "--deep"])
            }
        }
        #expect(recovered > 0)
    }
}
