import Foundation
import Testing

/// `exhibit verify` on bundles that nobody touched: what vouches for them decides.
@Suite(.needsBinary, .needsCluster)
struct VerificationTests {
    @Test
    func nothingFromOutsideVouches() async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            let outcome = try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", capture.path])
            #expect(outcome.text.contains("not authenticated"))
            #expect(outcome.text.contains(capture.sealID))
        }
    }

    @Test
    func theSealIDFromTheTicketVouches() async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID])
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID, "--deep"])
        }
    }

    @Test
    func anotherSealIDDoesNot() async throws {
        let capture = try await Capture.demo.value
        let other = try await Capture.signed.value.sealID
        let outcome = try await Exhibit.expect(
            Exhibit.Code.identityFailed, ["verify", capture.path, "--expect", other])
        #expect(outcome.text.contains(other))
        #expect(outcome.text.contains(capture.sealID))
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64)])
    func whatIsNoSealIDIsAMistakeOfTheCaller(text: String) async throws {
        let outcome = try await Exhibit.expect(
            Exhibit.Code.usage, ["verify", try await Capture.demo.value.path, "--expect=\(text)"])
        outcome.expectMessage("Seal ID")
    }

    @Test(.needsTool("ssh-keygen"))
    func anAllowedSignerVouches() async throws {
        let capture = try await Capture.signed.value
        for options in ["", #"namespaces="exhibit-bundle@v1""#, #"valid-after="20200101",valid-before="20991231""#] {
            let signers = try await SigningKey.alice.value.allowedSigners(options: options)
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok, ["verify", capture.path, "--allowed-signers", signers])
            #expect(outcome.text.contains("alice@example.org"))
            try await Exhibit.expect(
                Exhibit.Code.ok,
                ["verify", capture.path, "--allowed-signers", signers, "--require-signer", "alice@example.org"])
        }
    }

    @Test(.needsTool("ssh-keygen"))
    func aSignerWhoIsNotAllowedDoesNot() async throws {
        let capture = try await Capture.signed.value
        let mallory = try await SigningKey.mallory.value.allowedSigners()
        try await Exhibit.expect(Exhibit.Code.identityFailed, ["verify", capture.path, "--allowed-signers", mallory])
        for options in [
            #"valid-before="20200101""#, #"valid-after="20990101""#, #"namespaces="file""#,
        ] {
            let signers = try await SigningKey.alice.value.allowedSigners(options: options)
            try await Exhibit.expect(
                Exhibit.Code.identityFailed, ["verify", capture.path, "--allowed-signers", signers])
        }
        let alice = try await SigningKey.alice.value.allowedSigners()
        try await Exhibit.expect(
            Exhibit.Code.identityFailed,
            ["verify", capture.path, "--allowed-signers", alice, "--require-signer", "bob@example.org"])
        // A key made for the run is nobody's.
        let unsigned = try await Capture.demo.value
        try await Exhibit.expect(Exhibit.Code.identityFailed, ["verify", unsigned.path, "--allowed-signers", alice])
    }

    @Test
    func anAllowedSignersFileMustBeOne() async throws {
        let capture = try await Capture.demo.value
        try await Scratch.withFolder { folder in
            try Files.write("this is no key\n", to: folder + "/signers")
            let outcome = try await Exhibit.expect(
                Exhibit.Code.badKey, ["verify", capture.path, "--allowed-signers", folder + "/signers"])
            outcome.expectMessage("reading the allowed signers file", folder + "/signers")
            try await Exhibit.expect(
                Exhibit.Code.badKey, ["verify", capture.path, "--allowed-signers", folder + "/not-there"])
        }
    }

    @Test
    func theUnpackedFolderIsAsGood() async throws {
        for capture in [try await Capture.demo.value, try await Capture.signed.value] {
            try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", capture.folder])
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.folder, "--expect", capture.sealID])
        }
    }

    @Test
    func theAnswerIsAlsoJSON() async throws {
        struct Answer: Decodable {
            struct Part: Decodable {
                let state: String
            }

            let verdict: String
            let exitCode: Int32
            let sealID: String
            let integrity: Part
            let completeness: Part
            let identity: Part
            let time: Part
        }

        let capture = try await Capture.demo.value
        let outcome = try await Exhibit.expect(
            Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID, "--output", "json"])
        let answer = try outcome.json(Answer.self)
        #expect(answer.exitCode == 0)
        #expect(answer.sealID == capture.sealID)
        #expect([answer.integrity, answer.completeness, answer.identity].allSatisfy { $0.state == "passed" })
        #expect(answer.time.state == "notChecked")
        let plain = try await Exhibit.run(["verify", capture.path, "--output", "json"]).json(Answer.self)
        #expect(plain.exitCode == Exhibit.Code.consistentNotAuthenticated)
        #expect(plain.identity.state == "notChecked")
    }
}
