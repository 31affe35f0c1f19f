import Foundation
import Glibc
import TestSupport
import Testing

private typealias Authority = TimestampAuthorityProcess

/// Ana, by a certificate authority that openssl makes.
private struct Ana {
    let folder: String
    var certificate: String { folder + "/ana.pem" }
    var key: String { folder + "/ana.key" }
    var root: String { folder + "/root.pem" }

    init() async throws {
        folder = try Scratch.folder()
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
        try Files.write(
            "keyUsage=critical,digitalSignature\nsubjectAltName=email:ana@example.org\n", to: folder + "/ext")
        for command in [
            "req -x509 \(key)root.key -out root.pem -subj /CN=Root -days 3650",
            "req \(key)ana.key -out ana.csr -subj /O=Org/CN=Ana",
            "x509 -req -in ana.csr -CA root.pem -CAkey root.key -CAcreateserial -out ana.pem -days 3650 -extfile ext",
        ] {
            try await Tool.run("openssl", command.split(separator: " ").map(String.init), folder: folder)
        }
    }
}

/// Signing with a key and a certificate, time stamps, and holding a bundle against each.
@Suite(.needsTool("python3"), .needsTool("openssl"), .needsTool("ssh-keygen"))
struct TrustTests {
    private struct Report: Decodable {
        struct Signature: Decodable {
            struct Timestamp: Decodable {
                var lacking: String?
                var service: String?
            }
            var file: String
            var isOwnKey: Bool
            var timestamp: Timestamp?
        }
        struct Failed: Decodable {
            var fingerprint: String
        }
        var sealID: String
        var signatures: [Signature]
        var failedSigners: [Failed]
    }

    private func collect(_ arguments: [String], to path: String) async throws -> Report {
        let outcome = try await Exhibit.run(
            ["collect"] + Capture.ofThisHost + ["--out", path, "--output", "json"] + arguments)
        #expect(Exhibit.Code.sealed.contains(outcome.status), "\(outcome.summary)")
        return try outcome.json(Report.self)
    }

    @Test func aKeyACertificateAndATimestamp() async throws {
        let authority = try Authority()
        let ana = try await Ana()
        let alice = try await SigningKey.alice.value
        let path = try Scratch.folder() + "/b.tar"
        let report = try await collect(
            [
                "--key", alice.path, "--certificate", ana.certificate, "--certificate-key", ana.key, "--tsa",
                authority.url + "nonce", "--tsa", authority.url + "good",
            ], to: path)
        #expect(report.signatures.map(\.file) == ["sig/seal.1.ssh.sig", "sig/seal.2.cms.p7s"])
        #expect(report.signatures.allSatisfy { $0.timestamp?.service == authority.url + "good" && !$0.isOwnKey })

        let folder = try await Capture.unpack(path)
        let allowed = try alice.allowedSigners()
        try await Tool.run(
            "ssh-keygen",
            [
                "-Y", "verify", "-n", "exhibit-bundle@v1", "-f", allowed, "-I", "alice@example.org", "-s",
                folder + "/sig/seal.1.ssh.sig",
            ], input: folder + "/seal.sha256")
        for command in [
            "cms -verify -cades -binary -purpose any -inform DER -in sig/seal.2.cms.p7s -content seal.sha256 -CAfile "
                + ana.root,
            "ts -verify -in sig/seal.1.tsr -data sig/seal.1.ssh.sig -untrusted sig/seal.1.tsa.pem -CAfile "
                + authority.root,
            "ts -verify -in sig/seal.2.tsr -data sig/seal.2.cms.p7s -untrusted sig/seal.2.tsa.pem -CAfile "
                + authority.root,
        ] {
            try await Tool.run("openssl", command.split(separator: " ").map(String.init), folder: folder)
        }

        let name = ["--require-signer", "email:ana@example.org"]
        let verdicts: [(Int32, [String])] = [
            (Exhibit.Code.ok, ["--allowed-signers", allowed]), (Exhibit.Code.ok, ["--ca", ana.root] + name),
            (Exhibit.Code.ok, ["--allowed-signers", allowed, "--ca", ana.root, "--tsa-ca", authority.root] + name),
            (Exhibit.Code.ok, ["--expect", report.sealID, "--tsa-ca", authority.root]),
            (Exhibit.Code.consistentNotAuthenticated, []),
            (Exhibit.Code.consistentNotAuthenticated, ["--ca", ana.root]),
            (Exhibit.Code.consistentNotAuthenticated, ["--tsa-ca", authority.root]),
            (Exhibit.Code.identityFailed, name), (Exhibit.Code.identityFailed, ["--ca", authority.root] + name),
            (Exhibit.Code.identityFailed, ["--ca", ana.root, "--require-signer", "Ana"]),
            (Exhibit.Code.timeFailed, ["--expect", report.sealID, "--tsa-ca", ana.root]),
            (Exhibit.Code.usage, ["--require-signer", "email:ana"]), (Exhibit.Code.usage, ["--require-timestamp"]),
        ]
        for (code, anchors) in verdicts {
            for bundle in [path, folder] { try await Exhibit.expect(code, ["verify", bundle] + anchors) }
        }
    }

    /// The commands of docs/verify-by-hand.md, as they stand there, on a good bundle and on changed ones.
    @Test(.needsTool("zstd")) func theGuideToCheckingByHandHolds() async throws {
        let authority = try Authority()
        let ana = try await Ana()
        let alice = try await SigningKey.alice.value
        let folder = try Scratch.folder()
        let report = try await collect(
            [
                "--key", alice.path, "--certificate", ana.certificate, "--certificate-key", ana.key, "--tsa",
                authority.url + "good",
            ], to: folder + "/bundle.tar.zst")
        let guide = try Files.text(
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("docs/verify-by-hand.md").path)
        let blocks = guide.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count == 7)
        for (from, to) in [
            (try alice.allowedSigners(), "allowed_signers"), (ana.root, "root.pem"), (authority.root, "tsa-root.pem"),
        ] {
            try FileManager.default.copyItem(atPath: from, toPath: "\(folder)/\(to)")
        }
        func check(_ change: String = ":", sealID: String? = nil) async throws -> Int32 {
            try? FileManager.default.removeItem(atPath: folder + "/by-hand")
            let script =
                "set -eu\nSEAL_ID=\(sealID ?? report.sealID) SIGNER=alice@example.org\n" + blocks[0] + change + "\n"
                + blocks.dropFirst().joined()
            try Files.write(script, to: folder + "/script")
            return try await Tool.run("sh", [folder + "/script"], folder: folder, mayFail: true).status
        }
        #expect(try await check() == 0)
        #expect(try await check(sealID: String(repeating: "0", count: 64)) != 0)
        for change in [
            "echo x >> data/version", "echo x > data/more", "ln -s /etc/passwd data/link", "rm data/version",
            "sed -i s/closed/opened/ meta/custody.jsonl", "echo x > meta/more", "printf x >> sig/seal.1.tsr",
            "cp sig/seal.2.tsr sig/seal.1.tsr", "printf x >> seal.sha256",
        ] {
            #expect(try await check(change) != 0, "\(change)")
        }
    }

    @Test func anAuthorityThatDoesNotAnswerCostsTheTimestamp() async throws {
        let authority = try Authority()
        let path = try Scratch.folder() + "/b.tar"
        let report = try await collect(["--tsa", authority.url + "refused", "--tsa", "http://127.0.0.1:1/"], to: path)
        let reason = try #require(report.signatures.first?.timestamp?.lacking)
        #expect(reason.contains("gave no time stamp") && reason.contains("nothing listens"), "\(reason)")
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", path, "--expect", report.sealID])
        try await Exhibit.expect(
            Exhibit.Code.timeFailed, ["verify", path, "--expect", report.sealID, "--tsa-ca", authority.root])
        // Which were to be asked is sealed in.
        let opening = try Files.text(try await Capture.unpack(path) + "/meta/bundle.json")
        #expect(opening.contains(#""timestampAuthorities":["\#(authority.url)refused","http://127.0.0.1:1/"]"#))
    }

    @Test func theConfigurationIsForWhatIsNotTyped() async throws {
        let alice = try await SigningKey.alice.value
        let home = try Scratch.folder()
        let folder = home + "/.config/exhibit"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let config = folder + "/config.yaml"
        func set(_ text: String) throws {
            try Files.write(text, to: config)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: config)
        }
        let allowed = "alice@example.org \(alice.publicKey)\n"
        try Files.write(allowed, to: folder + "/allowed")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder + "/allowed")
        try set("operator: Alice\nsign-key: \(alice.path)\nallowed-signers: allowed\n")
        let path = try Scratch.folder() + "/b.tar"
        let outcome = try await Exhibit.run(
            ["collect"] + Capture.ofThisHost + ["--out", path, "--output", "json"], environment: ["HOME": home])
        let report = try outcome.json(Report.self)
        #expect(report.signatures.map(\.isOwnKey) == [false])
        func verify(_ code: Int32, _ arguments: [String] = []) async throws -> Program.Outcome {
            try await Exhibit.expect(code, ["verify", path] + arguments, environment: ["HOME": home])
        }
        let verdict = try await verify(Exhibit.Code.ok)
        #expect(verdict.text.contains(config) && verdict.text.contains("alice@example.org"))
        _ = try await verify(Exhibit.Code.consistentNotAuthenticated, ["--no-config"])
        // A flag switches all of it off.
        let mallory = try await SigningKey.mallory.value.allowedSigners()
        _ = try await verify(Exhibit.Code.identityFailed, ["--allowed-signers", mallory])
        #expect(try await verify(Exhibit.Code.ok, ["--expect", report.sealID]).text.contains(config) == false)
        try set("alowed-signers: allowed\n")
        try await verify(Exhibit.Code.badKey).expectMessage("line 1", "did you mean allowed-signers?")
        try set("allowed-signers: allowed\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: folder + "/allowed")
        try await verify(Exhibit.Code.badKey).expectMessage("others can write")
    }

    @Test(.needsTool("ssh-agent"), .needsTool("ssh-add"))
    func aKeyOfAnAgentAndAnAgentThatGoesAway() async throws {
        let alice = try await SigningKey.alice.value
        let folder = try Scratch.folder()
        let socket = folder + "/agent"
        // In the foreground: a daemon keeps what tells Foundation that a process has ended.
        let agent = try Program("ssh-agent", ["-D", "-a", socket], environment: ["PATH": Tool.path])
        defer { agent.signal(SIGKILL) }
        while !Files.exists(socket), agent.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        let environment = ["SSH_AUTH_SOCK": socket]
        try await Tool.run("ssh-add", ["-q", alice.path], environment: environment)
        try Files.write(alice.publicKey + "\n", to: folder + "/alice.pub")
        let allowed = try alice.allowedSigners()
        func arguments(_ key: String, _ name: String, of target: [String] = Capture.ofThisHost) -> [String] {
            ["collect"] + target + ["--out", "\(folder)/\(name).tar", "--output", "json", "--agent", key]
        }
        for (index, key) in ["only", folder + "/alice.pub"].enumerated() {
            let outcome = try await Exhibit.run(arguments(key, "\(index)"), environment: environment)
            #expect(try outcome.json(Report.self).signatures.map(\.isOwnKey) == [false])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", "\(folder)/\(index).tar", "--allowed-signers", allowed])
        }
        try await Exhibit.expect(Exhibit.Code.badKey, arguments("nobody", "n"), environment: environment)
        try await Exhibit.expect(Exhibit.Code.badKey, arguments("only", "n"), environment: ["SSH_AUTH_SOCK": ""])

        // It certifies the run's key, and is gone when the seal is to be signed.
        let program = try Exhibit.start(
            arguments("only", "gone", of: ["host", "--since", "1m", "--deadline", "3s"]), environment: environment)
        while !Files.exists("\(folder)/gone.tar.partial"), program.isRunning {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await Task.sleep(for: .milliseconds(500))
        agent.signal(SIGKILL)
        let report = try await program.outcome().json(Report.self)
        #expect(report.signatures.map(\.isOwnKey) == [true] && report.failedSigners.count == 1)
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", "\(folder)/gone.tar", "--expect", report.sealID])
        try await Exhibit.expect(
            Exhibit.Code.identityFailed, ["verify", "\(folder)/gone.tar", "--allowed-signers", allowed])
    }
}
