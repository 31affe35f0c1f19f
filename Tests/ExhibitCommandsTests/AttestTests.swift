import Foundation
import Testing

/// What happens to a bundle after its seal, as a user records and reads it.
@Suite(.needsBinary, .needsTool("zstd"), .needsTool("ssh-keygen"))
struct AttestTests {
    private struct Added: Decodable {
        struct Record: Decodable {
            var record: Int
            var kind: String
        }
        var records: [Record]
        var sealID: String
        var file: String
        var exitCode: Int32
    }

    private struct Verified: Decodable {
        struct Records: Decodable {
            var state: String
            var count: Int
            var folded: Int
            var coveredTo: Int
            var uncoveredFrom: Int?
        }
        var verdict: String
        var records: Records
    }

    private struct Key: Decodable {
        var key: String
        var fingerprint: String
        var allowedSigners: String
    }

    private static let host = Shared {
        try await Capture.collect(Capture.ofThisHost, name: "host.tar.zst", within: .seconds(120))
    }

    /// A copy of the captured bundle in a folder of its own, a key, and the list that names it.
    private func with(
        _ body: (_ bundle: String, _ sealID: String, _ key: String, _ allowed: String) async throws -> Void
    )
        async throws
    {
        let capture = try await Self.host.value
        try await Scratch.withFolder { folder in
            let bundle = folder + "/case.tar.zst"
            try FileManager.default.copyItem(atPath: capture.path, toPath: bundle)
            let made = try await Exhibit.expect(
                0, ["keygen", "--out", folder + "/key", "--comment", "ana@example.com", "--output", "json"])
            let key = try made.json(Key.self)
            try Files.write(key.allowedSigners + "\n", to: folder + "/allowed")
            try await body(bundle, capture.sealID, key.key, folder + "/allowed")
        }
    }

    @Test func aBundleIsVouchedForLater() async throws {
        try await with { bundle, sealID, key, allowed in
            let refused = try await Exhibit.expect(
                Exhibit.Code.consistentNotAuthenticated, ["sign", bundle, "--key", key])
            refused.expectMessage("--expect", "--yes")
            #expect(!Files.exists(bundle + ".attest"))
            try await Exhibit.expect(
                Exhibit.Code.identityFailed,
                ["sign", bundle, "--key", key, "--expect", String(repeating: "0", count: 64)])
            let added = try await Exhibit.expect(
                0, ["sign", bundle, "--key", key, "--expect", sealID, "--output", "json"])
            let answer = try added.json(Added.self)
            #expect(answer.records.map(\.kind) == ["signature"] && answer.sealID == sealID)
            #expect(answer.file == bundle + ".attest")

            try await Exhibit.expect(
                0,
                ["custody", "add", bundle, "--action", "handed over", "--from", "Ana", "--to", "Bob", "--key", key])
            try await Exhibit.expect(0, ["note", bundle, "look", "--entry", "data/version"])
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["note", bundle, "look", "--entry", "data/none"])
            let verified = try await Exhibit.expect(
                0, ["verify", bundle, "--allowed-signers", allowed, "--output", "json"])
            let records = try verified.json(Verified.self).records
            #expect(records.state == "passed" && records.count == 4 && records.folded == 0)
            #expect(records.coveredTo == 2 && records.uncoveredFrom == 3)

            // Folded in, the new file has them all, and goes on.
            let folder = String(bundle.dropLast("/case.tar.zst".count))
            try await Exhibit.expect(0, ["repack", bundle, "--out", folder + "/new.tar.gz"])
            try await Exhibit.expect(0, ["note", folder + "/new.tar.gz", "more"])
            let again = try await Exhibit.expect(
                0, ["verify", folder + "/new.tar.gz", "--allowed-signers", allowed, "--output", "json"])
            let folded = try again.json(Verified.self).records
            #expect(folded.count == 5 && folded.folded == 4 && folded.coveredTo == 2)
        }
    }

    @Test func whatDoesNotHoldIsSaidOfTheRecordsAlone() async throws {
        try await with { bundle, sealID, key, _ in
            try await Exhibit.expect(0, ["note", bundle, "one"])
            let sidecar = bundle + ".attest"
            let whole = try Files.bytes(sidecar)
            // Half a record costs nothing else, and is put aside by the next.
            try Files.write(whole + Array("{\"record\":2".utf8), to: sidecar)
            try await Exhibit.expect(0, ["verify", bundle, "--expect", sealID])
            let moved = try await Exhibit.expect(0, ["note", bundle, "two"])
            #expect(String(decoding: moved.output, as: UTF8.self).contains("fragment-"))

            try Files.write(whole + Array("{}\n".utf8), to: sidecar)
            try await Exhibit.expect(Exhibit.Code.recordsFailed, ["verify", bundle, "--expect", sealID])
            try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", bundle])
            try await Exhibit.expect(0, ["verify", bundle, "--expect", sealID, "--no-attest"])
            for command in [
                ["note", bundle, "three"], ["custody", "add", bundle, "--action", "x"],
                ["sign", bundle, "--key", key, "--expect", sealID], ["repack", bundle, "--out", bundle + ".tar"],
            ] {
                try await Exhibit.expect(Exhibit.Code.recordsFailed, command)
            }
            #expect(try Files.bytes(sidecar) == whole + Array("{}\n".utf8))
        }
    }

    @Test func anAlteredBundleIsNotVouchedFor() async throws {
        try await with { bundle, _, key, _ in
            let whole = try Files.bytes(bundle)
            try Files.write(whole.prefix(whole.count / 2), to: bundle)
            let outcome = try await Exhibit.run(["sign", bundle, "--key", key, "--yes"])
            #expect([Exhibit.Code.integrityFailed, Exhibit.Code.incomplete].contains(outcome.status))
            #expect(!Files.exists(bundle + ".attest"))
        }
    }

    @Test func hostileWordsReachNoTerminal() async throws {
        try await with { bundle, _, _, allowed in
            let hostile = "\u{1B}[2J\u{202E}x\nverdict       authentic"
            try await Exhibit.expect(0, ["note", bundle, hostile, "--by", hostile])
            try await Exhibit.expect(
                0,
                ["custody", "add", bundle, "--action", hostile, "--from", hostile, "--to", hostile, "--place", hostile])
            for command in [["custody", "log", bundle], ["verify", bundle], ["inspect", bundle]] {
                let outcome = try await Exhibit.run(command)
                let text = String(decoding: outcome.output, as: UTF8.self) + outcome.errors
                #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
                #expect(!text.contains("x\nverdict"))
            }
            let log = try await Exhibit.run(["custody", "log", bundle, "--output", "json"])
            #expect(String(decoding: log.output, as: UTF8.self).contains("\\u001b[2J"))
            _ = allowed
        }
    }

    @Test(.needsTool("openssl"))
    func whatIsExportedIsCheckedByStockTools() async throws {
        try await with { bundle, sealID, key, allowed in
            try await Exhibit.expect(0, ["sign", bundle, "--key", key, "--expect", sealID])
            try await Exhibit.expect(0, ["note", bundle, "a 'quoted' $(text)\n`x`", "--key", key])
            let folder = bundle + ".out"
            try await Exhibit.expect(0, ["custody", "export", bundle, folder])
            try await Exhibit.expect(Exhibit.Code.outputExists, ["custody", "export", bundle, folder])
            try await Tool.run("sh", [folder + "/check.sh", allowed, "ana@example.com"])
            let message = try Files.bytes(folder + "/2.json")
            try Files.write(message.map { $0 == UInt8(ascii: "a") ? UInt8(ascii: "b") : $0 }, to: folder + "/2.json")
            let refused = try await Tool.run(
                "sh", [folder + "/check.sh", allowed, "ana@example.com"], mayFail: true)
            #expect(refused.status != 0)
        }
    }

    @Test(arguments: ["ed25519", "ecdsa", "rsa"])
    func sshKeygenReadsWhatKeygenMakes(type: String) async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/key"
            let made = try await Exhibit.expect(0, ["keygen", "--type", type, "--out", path, "--output", "json"])
            let key = try made.json(Key.self)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let fingerprint = try await Tool.run("ssh-keygen", ["-l", "-f", path])
            #expect(fingerprint.text.contains(key.fingerprint))
            let derived = try await Tool.run("ssh-keygen", ["-y", "-f", path])
            #expect(derived.text == (try Files.text(path + ".pub")))
            try await Exhibit.expect(Exhibit.Code.outputExists, ["keygen", "--out", path])
            try FileManager.default.removeItem(atPath: path)
            try await Exhibit.expect(Exhibit.Code.outputExists, ["keygen", "--out", path])
        }
    }
}
