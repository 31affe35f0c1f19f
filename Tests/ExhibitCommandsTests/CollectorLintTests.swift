import Foundation
import Glibc
import Testing

/// `exhibit collectors lint`: what cannot be used, and what is hardly meant.
@Suite(.needsBinary)
struct CollectorLintTests {
    struct Report: Decodable {
        struct Finding: Decodable {
            let severity: String
            let line: Int?
            let message: String
        }

        struct File: Decodable {
            let file: String
            let name: String?
            let findings: [Finding]
        }

        let files: [File]
        let errors: Int
        let warnings: Int
        let exitCode: Int32
    }

    private static func lint(_ paths: [String]) async throws -> Report {
        let outcome = try await Exhibit.run(["collectors", "lint", "--output", "json"] + paths)
        let report = try outcome.json(Report.self)
        #expect(report.exitCode == outcome.status && outcome.errors.isEmpty, "\(outcome.summary)")
        #expect((report.errors == 0) == (outcome.status == Exhibit.Code.ok))
        return report
    }

    /// The findings on a change of ``CollectorsTests/good``.
    private static func findings(_ from: String, _ to: String, file: String = "nginx.yaml") async throws
        -> [Report.Finding]
    {
        try await Scratch.withFolder { folder in
            let text = CollectorsTests.good.replacingOccurrences(of: from, with: to)
            if !from.isEmpty { try #require(text != CollectorsTests.good) }
            try Files.write(text, to: folder + "/" + file)
            chmod(folder + "/" + file, 0o644)
            return try #require(try await lint([folder + "/" + file]).files.first).findings
        }
    }

    @Test
    func whatIsGoodIsClean() async throws {
        #expect(try await Self.findings("", "").isEmpty)
        let builtIn = try await Self.lint([CollectorsTests.checkout + "/collectors"])
        #expect(builtIn.errors == 0)
        // Whoever checked it out may let a group write.
        let odd = builtIn.files.flatMap(\.findings).filter { !$0.message.contains("chmod go-w") }
        #expect(odd.isEmpty, "\(odd)")
        #expect(builtIn.files.count >= 15)
    }

    @Test(arguments: [
        // What is replaced, by what, the line, and a word of the warning.
        ("name: nginx", "name: other", 5, "call the file other.yaml"),
        ("\n  references: [\"https://nginx.org/en/docs/switches.html\"]", "", 5, "references is empty"),
        ("select: {image: [nginx, \"*/nginx\"], ports: [80]}\n", "", 8, "nginx is run in every container"),
        ("[nginx, \"*/nginx\"]", "[nginx]", 9, "add \"*/nginx\""),
        ("\"*/nginx\"", "\"*/nginx\", \"*/nginx:1.27\"", 9, "without tag"),
        ("\"*/nginx\"", "\"*/nginx\", \"*@sha256:ab\"", 9, "without tag"),
        ("steps:\n", "steps:\n  - logs: {}\n  - sockets: {}\n", 13, "is late"),
        ("volatility: 3\nsteps:\n", "volatility: 1\nsteps:\n  - logs: {}\n", 12, "3 or more"),
        ("[nginx, -V]", "[nginx -V]", 12, "[nginx, -V]"),
        ("[nginx, -V]", "[sh, -c, nginx -V]", 12, "needs no shell: argv: [nginx, -V]"),
        ("[nginx, -V]", "[/bin/bash, -ec, /usr/sbin/nginx -V]", 12, "needs no shell"),
        ("[nginx, -V]", "[nginx, -V, \"|\", cat]", 12, "nginx gets | as it stands"),
        ("[nginx, -V]", "[nginx, $HOME]", 12, "gets $HOME as it stands"),
        ("[nginx, -V]", "[echo, \"$(id)\"]", 12, "no shell"),
        ("[nginx, -V]", "[tail, -f, /var/log/x]", 12, "does not end"),
        ("[nginx, -V]", "[tail, -n5, --follow=name, /var/log/x]", 12, "does not end"),
        ("[nginx, -V]", "[top, -b]", 12, "does not end"),
        ("[nginx, -V]", "[rm, -f, /tmp/x]", 12, "changes the target"),
        ("[nginx, -V]", "[kill, -HUP, \"1\"]", 12, "changes the target"),
        ("[nginx, -V]", "[redis-cli, -a, hunter2, INFO]", 12, "secret"),
        ("[nginx, -V]", "[mysql, --password=hunter2]", 12, "secret"),
        ("[nginx, -V]", "[psql, \"host=/tmp Password='hunter2'\"]", 12, "secret"),
    ])
    func whatIsOddIsAWarning(_ from: String, _ to: String, _ line: Int, _ says: String) async throws {
        let findings = try await Self.findings(from, to)
        let found = try #require(findings.first, "nothing is said of \(to)")
        #expect(findings.count == 1, "\(findings)")
        #expect(found.severity == "warning" && found.line == line && found.message.contains(says), "\(found)")
    }

    /// What looks alike and is meant.
    @Test(arguments: [
        ["sh", "-c", "redis-cli INFO | head"], ["sh", "-c", "cat /proc/[0-9]*/cmdline"], ["sh", "-c", "ulimit -a"],
        ["sh", "-c", "PGPASSWORD=$POSTGRES_PASSWORD psql -c 'select 1'"],
        ["find", "/", "-name", "*.conf", "-exec", "ls", ";"],
        ["awk", "{print $1}", "/proc/net/tcp"], ["awk", "$NF > 3 {print $(NF-1)}", "/proc/net/tcp"],
        ["tail", "-n", "100", "/var/log/x"], ["top", "-bn1"], ["mount"], ["kill", "-l"], ["expr", "1", "<", "2"],
        ["psql", "--no-password", "-c", "select 1"], ["redis-cli", "INFO"], ["grep", "-c", "token", "/etc/x"],
        ["cat", "/path with/a blank"], ["jcmd", "1", "VM.flags"],
    ])
    func whatIsMeantIsNotWarnedOf(_ argv: [String]) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let list = String(decoding: try encoder.encode(argv), as: UTF8.self)
        #expect(try await Self.findings("[nginx, -V]", list).isEmpty)
    }

    @Test
    func everyFileOfAFolderIsJudged() async throws {
        try await Scratch.withFolder { folder in
            try Files.write(CollectorsTests.good, to: folder + "/nginx.yaml")
            try Files.write(CollectorsTests.good, to: folder + "/nginx.yml")
            try Files.write("kind: Collector\n", to: folder + "/a.yaml")
            try Files.write(
                CollectorsTests.good.replacingOccurrences(of: "exec:", with: "exce:"), to: folder + "/b.yaml")
            try Files.write([0xFF, 0xFE], to: folder + "/c.yaml")
            for name in try Files.names(in: folder) { chmod(folder + "/" + name, 0o644) }
            let text = try await Exhibit.expect(Exhibit.Code.badCollector, ["collectors", "lint", folder])
            #expect(text.errors.isEmpty)
            let lines = text.text.split(separator: "\n").map(String.init)
            #expect(lines.contains("\(folder)/a.yaml:1: error: apiVersion is missing"), "\(text.text)")
            #expect(
                lines.contains("\(folder)/b.yaml:12: error: there is no step kind exce; did you mean exec?"))
            #expect(lines.contains { $0.hasPrefix("\(folder)/c.yaml: error: it is not UTF-8") })
            #expect(lines.contains { $0.hasPrefix("\(folder)/nginx.yml: warning: it is not read") })
            #expect(lines.last == "5 files, 3 errors, 1 warning")
            #expect(try await Self.lint([folder]).errors == 3)
        }
    }

    /// A profile, as its file is called, and what is said of it.
    @Test(arguments: [
        ("profiles/quick.yaml", "", "", nil, nil, ""),
        ("profiles/fast.yaml", "", "", "warning", 3, "call the file quick.yaml"),
        ("profiles/quick.yaml", "since: 1h", "since: 1ms", "error", 5, "at least a second"),
        ("profiles/quick.yaml", "collectors", "colectors", "error", 4, "did you mean collectors?"),
        ("profiles/quick.yaml", "kind: Profile", "kind: Collector", "error", 2, "kind must be Profile"),
        (
            "profiles/quick.yaml", "nginx,", "ngins,", "warning", 4,
            "no collector ngins, neither here nor built in; did you mean nginx?"
        ),
        ("profiles/quick.yaml", "!redis", "!\\e[2J*", "warning", 4, "no collector \\x1b[2J*"),
        ("quick.yaml", "", "", "error", nil, "a folder called profiles"),
    ])
    func profilesAreJudgedToo(
        _ file: String, _ from: String, _ to: String, _ severity: String?, _ line: Int?, _ says: String
    ) async throws {
        try await Scratch.withFolder { folder in
            let good = """
                apiVersion: exhibit/v1
                kind: Profile
                metadata: {name: quick, title: Quick}
                collectors: [nginx, "host-*", "!redis"]
                limits: {since: 1h}

                """
            let text = good.replacingOccurrences(of: from, with: to)
            if !from.isEmpty { try #require(text != good) }
            try FileManager.default.createDirectory(
                atPath: folder + "/profiles", withIntermediateDirectories: false)
            try Files.write(CollectorsTests.good, to: folder + "/nginx.yaml")
            try Files.write(text, to: folder + "/" + file)
            for path in ["/nginx.yaml", "/" + file] { chmod(folder + path, 0o644) }
            for path in ["", "/profiles"] { chmod(folder + path, 0o755) }
            let report = try await Self.lint([folder])
            #expect(report.files.map(\.file) == ["\(folder)/nginx.yaml", "\(folder)/\(file)"])
            #expect(report.files.allSatisfy { severity == "error" || $0.name != nil })
            let findings = report.files.flatMap(\.findings)
            guard let severity else {
                #expect(findings.isEmpty, "\(findings)")
                return
            }
            let found = try #require(findings.first, "nothing is said of \(to)")
            #expect(findings.count == 1, "\(findings)")
            #expect(found.severity == severity && found.line == line && found.message.contains(says), "\(found)")
            // collect says no to what is an error, and to nothing else.
            let collect = try await Exhibit.run(
                ["collect", "host", "--collectors", folder, "--profile", "none", "--out", "b.tar"], folder: folder)
            #expect(
                collect.status == (severity == "error" ? Exhibit.Code.badCollector : Exhibit.Code.noSuchCollector),
                "\(collect.summary)")
        }
    }

    /// Whoever writes one has it in no folder yet.
    @Test
    func aProfileAloneIsJudgedByWhatItSaysItIs() async throws {
        try await Scratch.withFolder { folder in
            let profile = try #require(
                String(
                    bytes: try Files.bytes(CollectorsTests.checkout + "/collectors/profiles/minimal.yaml"),
                    encoding: .utf8))
            try Files.write(profile, to: folder + "/minimal.yaml")
            chmod(folder + "/minimal.yaml", 0o644)
            let report = try await Self.lint([folder + "/minimal.yaml"])
            #expect(report.files[0].name == "minimal" && report.errors == 0)
            #expect(report.files[0].findings.map(\.severity) == ["warning"])
            #expect(report.files[0].findings[0].message.contains("profiles"))
        }
    }

    @Test
    func aFolderOfTooManyFilesIsNotReadWhole() async throws {
        try await Scratch.withFolder { folder in
            for number in 0...1_000 { try Files.write("", to: folder + "/\(number).yaml") }
            let report = try await Self.lint([folder])
            #expect(report.files.count == 1 && report.errors == 1)
            #expect(report.files[0].findings[0].message.contains("more than 1000"))
            let outcome = try await Exhibit.expect(
                Exhibit.Code.usage, ["collect", "host", "--collectors", folder, "--out", folder + "/b.tar"])
            outcome.expectMessage("more than 1000")
        }
    }

    @Test
    func whatCannotBeReadIsAnError() async throws {
        try await Scratch.withFolder { folder in
            let report = try await Self.lint([folder, folder + "/none.yaml", "/dev/null"])
            #expect(report.exitCode == Exhibit.Code.badCollector)
            #expect(report.files.map { $0.findings.first?.severity } == ["error", "error", "error"])
            #expect(report.files[1].findings[0].message.contains("No such file"))
        }
    }

    @Test
    func twoOfOneNameAndWhatOthersCanChangeAreWarnedOf() async throws {
        try await Scratch.withFolder { folder in
            for place in ["a", "b"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(place)", withIntermediateDirectories: false)
                try Files.write(CollectorsTests.good, to: "\(folder)/\(place)/nginx.yaml")
                chmod("\(folder)/\(place)/nginx.yaml", 0o644)
            }
            chmod("\(folder)/b/nginx.yaml", 0o664)
            let report = try await Self.lint([folder + "/a", folder + "/b"])
            #expect(report.files[0].findings.isEmpty && report.errors == 0)
            let messages = report.files[1].findings.map(\.message)
            #expect(messages.count == 2)
            #expect(messages.contains { $0.contains("chmod go-w") })
            #expect(messages.contains { $0.contains("\(folder)/a/nginx.yaml has the name nginx") })
        }
    }

    @Test
    func wordsOfAFileDoNotReorderWhatIsRead() async throws {
        let findings = try await Self.findings("exec: {argv", "\"\\u202eexec\": {argv")
        #expect(findings.first?.message.contains("\\u{202e}exec") == true, "\(findings)")
        #expect(findings.allSatisfy { !$0.message.contains("\u{202E}") })
    }

    @Test
    func wordsOfAFileDoNotSteerATerminal() async throws {
        let findings = try await Self.findings("exec: {argv", "\"\\e[2Jexec\": {argv")
        #expect(findings.first?.message.contains("\\x1b[2Jexec") == true, "\(findings)")
        #expect(findings.allSatisfy { !$0.message.utf8.contains(0x1B) })
    }
}
