import Cryptography
import TestSupport
import Testing

/// 2024-06-15 12:00:00 UTC
private let noon: Int64 = 1_718_452_800
private let noonText = "20240615120000Z"

@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct AllowedSignersAgreementTests {
    /// `KEY` stands for the signer's key, `OTHER` for somebody else's. Each file is put to ssh-keygen and to us, for
    /// several names.
    static let files: [String] = [
        "ana@example.com KEY",
        "ana@example.com,bob@example.com KEY comment here",
        "*@example.com KEY",
        "*@example.com,!ana@example.com KEY",
        "!ana@example.com,*@example.com KEY",
        "!eve@example.com KEY",
        "a?a@example.com KEY",
        "ANA@example.com KEY",
        "* KEY",
        "*a*a*@*e* KEY",
        "ana@example.com OTHER\nbob@example.com KEY",
        "# comment\n\n   \t\nana@example.com KEY\n",
        "   ana@example.com\t KEY",
        "\"ana@example.com\" KEY",
        "\"ana@example.com,bob@example.com\"KEY",
        "\"ana@example.com KEY",
        "an\"a@example.com\" KEY",
        "\"ana b\" KEY",
        "ana@example.com",
        "ana@example.com ssh-ed25519",
        "ana@example.com ssh-ed25519 AAAA",
        "ana@example.com nonsense KEY",
        "ana@example.com cert-authority KEY",
        "ana@example.com CERT-AUTHORITY,namespaces=\"file\" KEY",
        "ana@example.com namespaces=\"file\" KEY",
        "ana@example.com Namespaces=\"exhibit-bundle@v1\" KEY",
        "ana@example.com namespaces=\"exhibit-*,!exhibit-open@v1\" KEY",
        "ana@example.com namespaces=\"*,!exhibit-bundle@v1\" KEY",
        "ana@example.com namespaces=\"\" KEY",
        "ana@example.com namespaces=file KEY",
        "ana@example.com namespaces=\"file KEY",
        "ana@example.com namespaces=\"a\",namespaces=\"b\" KEY",
        "ana@example.com namespaces=\"exhibit-bundle@v1\" , KEY",
        "ana@example.com namespaces=\"exhibit-bundle@v1\", KEY",
        "ana@example.com ,namespaces=\"exhibit-bundle@v1\" KEY",
        "ana@example.com unknown=\"1\" KEY",
        "ana@example.com namespaces=\"exhibit-bundle@v1\"x KEY",
        "ana@example.com valid-after=\"20240101Z\" KEY",
        "ana@example.com valid-after=\"20240615120000Z\" KEY",
        "ana@example.com valid-after=\"20240615120001Z\" KEY",
        "ana@example.com valid-before=\"20240615120000Z\" KEY",
        "ana@example.com valid-before=\"20240615115959Z\" KEY",
        "ana@example.com valid-before=\"202406151201Z\" KEY",
        "ana@example.com valid-after=\"20240101Z\",valid-before=\"20250101Z\" KEY",
        "ana@example.com valid-after=\"20250101Z\",valid-before=\"20240101Z\" KEY",
        "ana@example.com valid-after=\"20200101\",valid-before=\"20300101\" KEY",
        "ana@example.com valid-after=\"20240615120000\" KEY",
        "ana@example.com valid-after=\"20240615080000\" KEY",
        "ana@example.com valid-after=\"20240615070001\" KEY",
        "ana@example.com valid-after=\"20240615070000\" KEY",
        "ana@example.com valid-after=\"20200101z\" KEY",
        "ana@example.com valid-after=\"2020010Z\" KEY",
        "ana@example.com valid-after=\"20201301Z\" KEY",
        "ana@example.com valid-after=\"\" KEY",
        "ana@example.com valid-after=\"19700101Z\" KEY",
        "ana@example.com valid-after=\"20200101Z\",valid-after=\"20200101Z\" KEY",
        "ana@example.com valid-after=20200101Z KEY",
        "bad line here\nana@example.com KEY",
        "ana@example.com KEY\r",
        "ana@example.com namespaces=\"exhibit-bundle@v1\" KEY\r\nbob@example.com KEY\r\n",
        "",
    ]

    @Test func agreesWithSSHKeygen() throws {
        let folder = try TemporaryFolder()
        try KeyKind.ed25519.generate(in: folder)
        try KeyKind.ed25519.generate(in: folder, name: "other")
        let key = try SSHPrivateKey(parsing: folder.read("key"))
        let other = try SSHPrivateKey(parsing: folder.read("other")).publicKey.authorizedKeysLine()
        let line = key.publicKey.authorizedKeysLine()
        let message = Array("x".utf8)
        let namespace = "exhibit-bundle@v1"
        let input = try folder.write(message, as: "message")
        try folder.write(SSHSignature.sign(message: message, namespace: namespace, key: key).armored, as: "sig")
        for (number, template) in Self.files.enumerated() {
            let text = replace("KEY", by: line, in: replace("OTHER", by: other, in: template))
            let path = try folder.write(Array(text.utf8), as: "allowed")
            let signers = try AllowedSigners(parsing: Array(text.utf8))

            let found = try StockTool.sshKeygen.run(
                "-Y", "find-principals", "-f", path, "-s", folder.path("sig"), "-O", "verify-time=\(noonText)",
                in: folder)
            let theirs = found.output.split(separator: "\n").map(String.init)
            let ours = signers.match(key: key.publicKey, namespace: nil, at: noon)
            // ssh-keygen stops at the first line that fits; we go on.
            #expect(Array(ours.prefix(theirs.count)) == theirs, "file \(number): \(template)")
            #expect(ours.isEmpty == theirs.isEmpty, "file \(number): \(template)")

            let names = ["ana@example.com", "bob@example.com"] + (template.contains("ana b") ? ["ana b"] : [])
            for principal in names {
                let verified = try StockTool.sshKeygen.run(
                    "-Y", "verify", "-f", path, "-I", principal, "-n", namespace, "-s", folder.path("sig"), "-O",
                    "verify-time=\(noonText)", in: folder, input: input)
                let authorized = signers.authorizes(
                    principal: principal, key: key.publicKey, namespace: namespace, at: noon)
                #expect(
                    authorized == (verified.status == 0),
                    "file \(number), \(principal): \(template): \(verified.errors)")
            }
        }
    }

    private func replace(_ word: String, by text: String, in template: String) -> String {
        template.split(separator: word, omittingEmptySubsequences: false).joined(separator: text)
    }
}

@Suite struct AllowedSignersTests {
    private func signers(_ text: String) throws -> AllowedSigners {
        try AllowedSigners(parsing: Array(text.utf8))
    }

    @Test func linesThatDoNotCountAreReported() throws {
        let line = try SSHPrivateKey.generateEd25519().publicKey.authorizedKeysLine()
        let file = try signers(
            "# fine\nana cert-authority \(line)\n\nana nonsense \(line)\nana \(line)\nana\nana ssh-dss AAAA\n")
        #expect(file.rejectedLines.map(\.line) == [2, 4, 6, 7])
        #expect(file.rejectedLines.first?.reason.contains("cert-authority") == true)
        #expect(file.signers.map(\.line) == [5])
        #expect(file.signers.first?.principals == ["ana"])
    }

    @Test func objectionsSayWhyAListedKeyDoesNotCount() throws {
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let line = key.authorizedKeysLine()
        let file = try signers(
            """
            a namespaces="git" \(line)
            b valid-before="20200101Z" \(line)
            c valid-after="20300101Z" \(line)
            d \(line)
            """
        )
        let objections = file.objections(key: key, namespace: "file", at: noon)
        #expect(objections.map(\.line) == [1, 2, 3])
        #expect(file.match(key: key, namespace: "file", at: noon) == ["d"])
        #expect(file.match(key: key, namespace: "git", at: noon) == ["a", "d"])
        #expect(file.signers[1].validBefore == 1_577_836_800)
    }

    @Test func datesThatDoNotExistAreRefused() throws {
        let line = try SSHPrivateKey.generateEd25519().publicKey.authorizedKeysLine()
        for date in [
            "20230229Z", "20240631Z", "20240001Z", "20240100Z", "202401012400Z", "202401010060Z", "+2024101Z",
            "2024 101Z",
        ] {
            #expect(try signers("a valid-after=\"\(date)\" \(line)").rejectedLines.count == 1, Comment(rawValue: date))
        }
        #expect(try signers("a valid-after=\"20240229UTC\" \(line)").signers.first?.validAfter == 1_709_164_800)
    }

    /// A pattern on which backtracking would take years.
    @Test func patternsTakeNoExponentialTime() throws {
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let file = try signers(String(repeating: "*a", count: 400) + "b " + key.authorizedKeysLine())
        let name = String(repeating: "a", count: 2000)
        #expect(!file.authorizes(principal: name, key: key, namespace: "file", at: noon))
        #expect(file.authorizes(principal: name + "b", key: key, namespace: "file", at: noon))
    }

    @Test func randomFilesDoNotCrash() throws {
        var random = SeededGenerator(seed: 21)
        let key = try SSHPrivateKey.generateEd25519().publicKey
        let words = [
            "ana", " ", "\t", "\"", ",", "!", "*", "cert-authority", "namespaces=", "valid-after=", "20240101Z", "\\",
            "\n", "\r", "#",
        ]
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text += words.randomElement(using: &random) ?? ""
            }
            text += Bool.random(using: &random) ? key.authorizedKeysLine() : "\0"
            let file = try signers(text)
            _ = file.authorizes(principal: "ana", key: key, namespace: "file", at: noon)
        }
        expectFailure(.tooLarge) { try AllowedSigners(parsing: [UInt8](repeating: 35, count: 5 << 20)) }
    }
}

/// Found by fuzzing: the words of a refusal held bytes of the file as they were, and could steer a terminal.
struct HostileWordTests {
    @Test(arguments: ["\u{1B}[2J", "a\u{7}b", "\u{9B}31m", "\u{202E}x"])
    func refusalsHaveNoControlCharacters(word: String) throws {
        var reasons = try AllowedSigners(parsing: Array("ana \(word)=x AAAA\nana \(word) AAAA\n".utf8))
            .rejectedLines.map(\.reason)
        #expect(reasons.count == 2)
        for line in ["\(word) !!!!", "\(word) AAAA"] {
            do {
                _ = try SSHPublicKey(parsing: line)
                Issue.record("\(line.debugDescription) is no key")
            } catch {
                reasons.append("\(error)")
            }
        }
        for reason in reasons {
            #expect(reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(reason.debugDescription)")
        }
    }
}
