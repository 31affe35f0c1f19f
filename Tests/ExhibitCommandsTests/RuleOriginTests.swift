import Foundation
import Testing

/// Whose rules are asked, and what becomes of a finding that somebody dismissed.
@Suite(.needsBinary)
struct RuleOriginTests {
    private static func collector(_ says: String) -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: mine, title: Mine}
        scope: host
        volatility: 6
        steps:
          - mounts: {}
        tables:
          - name: mine_rows
            from: mounts.tsv
            format: tsv
            columns: [{name: word}]
        findings:
          - id: mine-fires
            severity: critical
            sql: >
              SELECT value AS name, 'meta/bundle.json' AS entry, 'local' AS source FROM bundle
              WHERE name = 'kind' AND (SELECT count(*) FROM mine_rows) >= 0
            says: "\(says) {name}"
            advice: nothing
            examples:
              fires: [{rows: {bundle: [{name: kind, value: x}]}}]
              silent: [{}]
        """
    }

    /// Who signed nothing here.
    private static let somebody =
        "ann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIuSAdDzXOPOeX8vT2A3SuXo5xOkqVyOGWNnWxhN6oQC\n"

    private struct Answer: Decodable {
        let ref: String
        let says: String
        let dismissed: Dismissed?

        struct Dismissed: Decodable {
            let text: String
            let by: String
            let record: Int
        }
    }

    private static func mine(_ bundle: LocalBundle, _ arguments: [String] = []) async throws -> [Answer] {
        let text = try await Exhibit.expect(
            0, ["findings", "b.tar", "--output", "json"] + arguments, folder: bundle.folder
        ).text
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
            .filter { $0.ref.hasPrefix("mine-fires") }
    }

    @Test
    func rulesOfTheBundleAndOfTheOperatorAreAskedWhenTheyAreNamed() async throws {
        try await LocalBundle.with(["mine.yaml": Self.collector("recorded")], ["--with", "mine"]) { bundle in
            try #require(bundle.isSealed, "\(bundle.outcome.summary)")
            #expect(try await Self.mine(bundle).isEmpty)
            #expect(try await Self.mine(bundle, ["--use-bundle-rules"]).map(\.says) == ["recorded exhibit"])
            // The operator's own come before the bundle's, also where tables were kept before.
            try FileManager.default.createDirectory(atPath: bundle.folder + "/mine", withIntermediateDirectories: true)
            try Files.write(Self.collector("own"), to: bundle.folder + "/mine/mine.yaml")
            #expect(
                try await Self.mine(bundle, ["--use-bundle-rules", "--collectors", "mine"]).map(\.says)
                    == ["own exhibit"])
            let inspect = try await Exhibit.run(["inspect", "b.tar", "--collectors", "mine"], folder: bundle.folder)
                .text
            #expect(inspect.contains("own exhibit"), "\(inspect)")
            let query = try await Exhibit.expect(
                0, ["query", "b.tar", "SELECT says FROM findings WHERE severity = 'critical'", "--collectors", "mine"],
                folder: bundle.folder)
            #expect(query.text.contains("own exhibit"))
            let broken = Self.collector("own").replacing("severity: critical", with: "severity: bad")
            try Files.write(broken, to: bundle.folder + "/mine/mine.yaml")
            try await Exhibit.expect(52, ["findings", "b.tar", "--collectors", "mine"], folder: bundle.folder)
        }
    }

    @Test
    func whatIsLessSevereIsNotSaidToBeNothing() async throws {
        try await LocalBundle.with(
            ["mine.yaml": Self.collector("recorded").replacing("severity: critical", with: "severity: notice")],
            ["--with", "mine"]
        ) { bundle in
            let text = try await Exhibit.expect(
                0, ["findings", "b.tar", "--use-bundle-rules", "--severity", "critical"], folder: bundle.folder
            ).text
            #expect(text.contains("less severe left out") && !text.contains("none of"), "\(text)")
        }
    }

    @Test
    func aTableThatTheBundleDoesNotHaveIsThereForRulesOfTheOperator() async throws {
        try await LocalBundle.with([:], []) { bundle in
            try FileManager.default.createDirectory(atPath: bundle.folder + "/mine", withIntermediateDirectories: true)
            try Files.write(Self.collector("own"), to: bundle.folder + "/mine/mine.yaml")
            for _ in 1...2 {
                #expect(try await Self.mine(bundle, ["--collectors", "mine"]).map(\.says) == ["own exhibit"])
            }
        }
    }

    @Test
    func whatIsDismissedIsListedApart() async throws {
        try await LocalBundle.with(["mine.yaml": Self.collector("recorded")], ["--with", "mine"]) { bundle in
            let flags = ["--use-bundle-rules"]
            try await Exhibit.expect(
                Exhibit.Code.entryNotFound, ["note", "b.tar", "none", "--dismiss", "mine-fires@nothing"] + flags,
                folder: bundle.folder)
            try await Exhibit.expect(
                0, ["note", "b.tar", "a \u{1b}[31mtest", "--dismiss", "mine-fires@exhibit", "--by", "ann"] + flags,
                folder: bundle.folder)
            let answer = try #require(try await Self.mine(bundle, flags).first)
            #expect(answer.dismissed?.by == "ann" && answer.dismissed?.record == 1)
            let text = try await Exhibit.expect(0, ["findings", "b.tar"] + flags, folder: bundle.folder).text
            #expect(
                text.contains(
                    "dismissed mine-fires@exhibit: a \\x1b[31mtest (claimed by ann, record 1): recorded exhibit"),
                "\(text)")
            #expect(!text.contains("\u{1b}"))
            let inspect = try await Exhibit.run(["inspect", "b.tar"] + flags, folder: bundle.folder).text
            #expect(
                inspect.contains("1 dismissed") && inspect.contains("(claimed by ann): recorded exhibit"), "\(inspect)")
            #expect(inspect.components(separatedBy: "recorded exhibit").count == 2)
            // Where it was said who is to be believed, an unsigned record dismisses nothing.
            try Files.write(Self.somebody, to: bundle.folder + "/signers")
            let trusting = try await Exhibit.run(
                ["inspect", "b.tar", "--allowed-signers", "signers"] + flags, folder: bundle.folder)
            #expect(!trusting.text.contains("dismissed"), "\(trusting.summary)")
            trusting.expectMessage("1 finding stays")
            let report = try await Exhibit.run(
                ["report", "b.tar", "--allowed-signers", "signers", "-o", "-"] + flags, folder: bundle.folder)
            #expect(report.text.contains("recorded exhibit") && !report.text.contains("Dismissed ("))
            let without = try await Exhibit.run(["inspect", "b.tar", "--no-attest"] + flags, folder: bundle.folder).text
            #expect(without.contains("recorded exhibit"))
        }
    }
}
