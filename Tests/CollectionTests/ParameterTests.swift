import BundleFormat
import Collection
import Foundation
import TestSupport
import Testing

struct ParameterTests {
    private static let good = """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: cloud, title: The cloud}
        scope: local
        volatility: 9
        parameters:
          region: {type: text, title: Region, default: eu-central-1}
          limit: {type: integer, range: [1, 1000], default: 100, title: How many}
          mode: {type: choice, of: [fast, full], default: fast, title: How}
          url: {type: url, title: Where}
        steps:
          - command: {argv: [tool, --region, {parameter: region}, {parameter: limit}, "{parameter: url}"]}
            output: a.json
          - get:
              url: {parameter: url}
              port: {parameter: limit}
              scheme: {parameter: mode}
              query: {z: "1", a: {parameter: region}}
              headers: {Authorization: {environment: API_TOKEN}, Accept: text/plain}
              list: [x, {parameter: mode}]

        """

    static let kinds = StepKinds([
        StepKind(
            "command", scopes: [.local, .container], summary: "", source: .local,
            options: [
                StepOption("argv", .argv, required: true, summary: ""), StepOption("env", .texts, summary: ""),
                StepOption("files", .fileNames, summary: ""),
            ], output: .named(folder: "")),
        StepKind(
            "get", scopes: [.local], summary: "", source: .local,
            options: [
                StepOption("url", .url, required: true, summary: ""),
                StepOption("port", .number(1...200), summary: ""),
                StepOption("scheme", .choice(["http", "fast"]), summary: ""), StepOption("note", .text, summary: ""),
                StepOption("query", .named(secrets: false), summary: ""),
                StepOption("headers", .named(secrets: true), summary: ""), StepOption("list", .items, summary: ""),
            ], output: .fixed([])),
    ])

    private static func decode(_ text: String) throws -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "cloud.yaml", kinds: kinds).decode(text)
    }

    @Test
    func everyMemberIsRead() throws {
        let definition = try Self.decode(Self.good)
        #expect(definition.parameters.map(\.name) == ["limit", "mode", "region", "url"])
        #expect(definition.parameters.map(\.kind) == [.integer(1...1_000), .choice(["fast", "full"]), .text, .url])
        #expect(definition.parameters.map(\.title) == ["How many", "How", "Region", "Where"])
        #expect(definition.parameters.map(\.defaultValue) == ["100", "fast", "eu-central-1", nil])
        #expect(definition.parameters.map(\.line) == [8, 9, 7, 10])
        #expect(
            definition.steps[0].items("argv") == [
                "tool", "--region", .parameter("region"), .parameter("limit"), .text("{parameter: url}"),
            ])
        #expect(definition.steps[1].items("url") == [.parameter("url")])
        #expect(
            definition.steps[1].named("query") == [NamedItem("z", "1"), NamedItem("a", .parameter("region"))])
        #expect(
            definition.steps[1].named("headers") == [
                NamedItem("Authorization", .environment("API_TOKEN")), NamedItem("Accept", "text/plain"),
            ])
    }

    @Test
    func valuesTakeThePlacesOfParameters() throws {
        let definition = try Self.decode(Self.good)
        let resolved = try definition.resolving(["url": "https://a.example/x?y=1", "limit": "7"])
        #expect(resolved.steps[0].texts("argv") == ["tool", "--region", "eu-central-1", "7", "{parameter: url}"])
        #expect(resolved.steps[1].text("url") == "https://a.example/x?y=1")
        #expect(resolved.steps[1].number("port") == 7)
        #expect(resolved.steps[1].text("scheme") == "fast")
        #expect(resolved.steps[1].named("query") == [NamedItem("z", "1"), NamedItem("a", "eu-central-1")])
        // What the environment has is looked up by who needs it, and never before.
        #expect(resolved.steps[1].named("headers").first == NamedItem("Authorization", .environment("API_TOKEN")))
        #expect(resolved.steps[1].texts("list") == ["x", "fast"])
        #expect(
            resolved.values == [
                "region": "eu-central-1", "limit": "7", "mode": "fast", "url": "https://a.example/x?y=1",
            ])
        #expect(resolved.source == definition.source)
    }

    /// Values, and what is said of them. Nothing that was given is repeated: it may be a secret.
    @Test(arguments: [
        ([:], "collector cloud needs url (Where): --set cloud.url=VALUE", SelectionError.Code.missingValue),
        (["url": "ftp://a.example"], "url (Where) must be a URL that begins with", .badValue),
        (["url": "https://sesame:sesame@a.example"], "must not be a URL with a user", .badValue),
        (["region": "postgres://sesame:sesame@a"], "must not be a URL with a user", .badValue),
        (["url": "https://a.example", "region": "host=a Pass-Word = sesame"], "as if a secret were in it", .badValue),
        (["url": "https://a.example/?api_key=sesame"], "as if a secret were in it", .badValue),
        (["region": "postgresql://admin:Hunt?sesame@127.0.0.1:1/shop"], "must not be a URL with a user", .badValue),
        (["region": "postgresql://admin:Hunt#sesame@h"], "must not be a URL with a user", .badValue),
        (["region": "postgresql://admin:Hunt sesame@h"], "must not be a URL with a user", .badValue),
        (["region": "postgresql:%2F%2Fadmin:sesame%40h"], "must not be a URL with a user", .badValue),
        (["region": "jdbc:oracle:thin:scott/sesame@//h"], "must not be a URL with a user", .badValue),
        (["region": "scott/sesame@//h"], "must not be a URL with a user", .badValue),
        (["region": "root:sesame@tcp(h)/x"], "must not be a URL with a user", .badValue),
        (["region": "postgresql://h/x?%70assword=sesame"], "as if a secret were in it", .badValue),
        (["region": "host=db pass=sesame"], "as if a secret were in it", .badValue),
        (["region": "host=db; PWD = sesame"], "as if a secret were in it", .badValue),
        (["region": "Bearer sesame"], "as if a secret were in it", .badValue),
        (["url": "https://a.example/?k%65y=sesame"], "as if a secret were in it", .badValue),
        (["url": "https://a.example/?sv=1&sig=sesame"], "as if a secret were in it", .badValue),
        (["url": "https://a.example", "region": "-sesame"], "must not begin with -", .badValue),
        (["url": "https://a.example", "mode": "sesame"], "must be one of fast, full", .badValue),
        (["url": "https://a.example", "limit": "0"], "from 1 to 1000", .badValue),
        (["url": "https://a.example", "limit": "+7"], "from 1 to 1000", .badValue),
        (["url": "https://a.example", "limit": "007"], "from 1 to 1000", .badValue),
        (["url": "https://a.example", "limit": "201"], "limit is used as port, which must be a whole", .badValue),
        (["url": "https://a.example", "mode": "full"], "mode is used as scheme, which must be one of", .badValue),
        (["url": "https://a.example", "region": ""], "must not be empty", .badValue),
        (["url": "https://a.example", "region": "a\nsesame"], "must not have control characters", .badValue),
        (["url": "https://a.example", "region": "a\u{202E}sesame"], "must not have control characters", .badValue),
        (["url": "https://a.example", "region": "\u{2028}"], "must not have control characters", .badValue),
        (["url": "https://a.example", "regoin": "sesame"], "has no parameter regoin; did you mean region?", .badValue),
    ])
    func whatCannotBeAValueIsRefused(_ values: [String: String], _ says: String, _ code: SelectionError.Code) throws {
        let definition = try Self.decode(Self.good)
        let error = try #require(throws: SelectionError.self) { try definition.resolving(values) }
        #expect(error.description.contains(says) && error.code == code, "\(error)")
        #expect(!error.description.contains("sesame"), "\(error)")
    }

    /// What looks like one of those, and is none.
    @Test(arguments: [
        "postgresql://h:5432/shop?sslmode=require", "service=shop", "registry:5000/a/b@sha256:0a",
        "git@example.org:a/b",
        "app=web,tier!=db", "a@example.org", "100%", "%zz%4", "https://a.example/x?monkeys=1",
    ])
    func whatIsNoSecretIsTaken(_ value: String) throws {
        let resolved = try Self.decode(Self.good).resolving(["url": "https://a.example/?x=a@b", "region": value])
        #expect(resolved.values["region"] == value)
    }

    @Test
    func aValueHasALength() throws {
        let definition = try Self.decode(Self.good)
        let most = String(repeating: "é", count: CollectorParameter.maxBytes / 2)
        let values = ["url": "https://a.example", "region": most]
        #expect(try definition.resolving(values).values["region"] == most)
        #expect(throws: SelectionError.self) {
            try definition.resolving(values.merging(["region": most + "x"]) { $1 })
        }
    }

    /// What is replaced, by what, the line that the error must name, and a word of its message.
    @Test(arguments: [
        ("type: text, title: Region", "type: string, title: Region", 7, "there is no type string of parameters"),
        ("type: text, title: Region,", "type: text,", 7, "title is missing"),
        ("default: eu-central-1", "defualt: x", 7, "did you mean default?"),
        ("default: eu-central-1", "default: -x", 7, "default of parameter region must not begin with -"),
        ("default: eu-central-1", "default: \"a\\u0000b\"", 7, "control characters"),
        ("default: eu-central-1", "default: [a]", 7, "must be text"),
        ("default: eu-central-1", "range: [1, 2]", 7, "range is for parameters of type integer"),
        ("range: [1, 1000]", "range: [1]", 8, "its least and its greatest number"),
        ("range: [1, 1000]", "range: [9, 1]", 8, "its least and its greatest number"),
        ("range: [1, 1000]", "range: [-1, 1]", 8, "whole numbers from 0"),
        ("default: 100", "default: 0", 8, "must be a whole number from 1 to 1000"),
        ("of: [fast, full], ", "", 9, "of is missing"), ("of: [fast, full]", "of: []", 9, "a list of values"),
        ("of: [fast, full]", "of: [fast, fast]", 9, "each once"),
        ("of: [fast, full]", "of: [fast, -rf]", 9, "must not begin with -"),
        ("default: fast", "default: slow", 9, "must be one of fast, full"),
        ("type: url, title: Where", "type: url, title: Where, default: x", 10, "must be a URL"),
        ("region: {type", "Region: {type", 7, "the name of a parameter must be"),
        ("region: {type", "api-token: {type", 7, "looks like a secret"),
        ("region: {type", "db-pass-word: {type", 7, "looks like a secret"),
        ("{parameter: limit}", "{parameter: limits}", 12, "there is no parameter limits; did you mean limit?"),
        ("{parameter: limit}", "{paramter: limit}", 12, "did you mean parameter?"),
        ("{parameter: limit}", "{environment: X}", 12, "has no key environment"),
        ("{parameter: limit}", "[a]", 12, "an item must be text, or {parameter: NAME}"),
        ("{parameter: limit}", "{parameter: limit, a: b}", 12, "an item must be text"),
        ("[tool,", "[{parameter: region},", 12, "names no program; that is a text"),
        ("output: a.json", "output: {parameter: region}", 13, "output must be"),
        ("{parameter: url}\n", "https://u:p@a.example\n", 15, "must not be a URL with a user"),
        ("{parameter: url}\n", "/x\n", 15, "url must be a URL that begins"),
        ("port: {parameter: limit}", "port: 201", 16, "port must be a whole number from 1 to 200"),
        ("scheme: {parameter: mode}", "scheme: ftp", 17, "scheme must be one of http, fast"),
        ("a: {parameter: region}", "a: {environment: X}", 18, "has no key environment"),
        ("{environment: API_TOKEN}", "Bearer abc", 19, "Authorization in headers looks like a secret"),
        ("{environment: API_TOKEN}", "{parameter: region}", 19, "Authorization in headers looks like a secret"),
        ("Accept: text", "Cookie: text", 19, "Cookie in headers looks like a secret"),
        ("Accept: text", "X-Signing-Key: text", 19, "X-Signing-Key in headers looks like a secret"),
        ("{z: \"1\"", "{token: \"1\"", 18, "token in query looks like a secret"),
        ("a: {parameter: region}", "api_key: {parameter: region}", 18, "api_key in query looks like a secret"),
        ("{parameter: url}\n", "https://a.example/?a=1&pass%77ord=x\n", 15, "looks like a secret in its query"),
        ("region: {type", "db-pwd: {type", 7, "looks like a secret"),
        ("{environment: API_TOKEN}", "{environment: 1X}", 19, "cannot be the name of an environment variable"),
        ("{environment: API_TOKEN}", "{environment: A=B}", 19, "cannot be the name of an environment variable"),
    ])
    func whatIsWrongIsNamedWithItsLine(_ from: String, _ to: String, _ line: Int, _ says: String) throws {
        let text = Self.good.replacingOccurrences(of: from, with: to)
        try #require(text != Self.good)
        let error = try #require(throws: DefinitionError.self) { try Self.decode(text) }
        #expect(error.line == line, "\(error)")
        #expect(error.message.contains(says), "\(error)")
    }

    /// Options that never take a parameter.
    @Test(arguments: ["env: [{parameter: region}]", "files: [{parameter: region}]"])
    func otherListsTakeNone(_ option: String) throws {
        let text = Self.good.replacingOccurrences(of: "{parameter: limit}, ", with: "").replacingOccurrences(
            of: "url}\"]}", with: "url}\"], \(option)}")
        try #require(text.contains(option))
        let error = try #require(throws: DefinitionError.self) { try Self.decode(text) }
        #expect(error.message.contains("must be a list of text"), "\(error)")
    }

    @Test
    func aCommandHasALengthWhateverItsParametersAre() throws {
        func text(_ count: Int) -> String {
            Self.good.replacingOccurrences(
                of: "{parameter: limit}, \"",
                with: String(repeating: "{parameter: limit}, ", count: count) + "\"")
        }
        _ = try Self.decode(text(23))
        let error = try #require(throws: DefinitionError.self) { try Self.decode(text(24)) }
        #expect(error.message.contains("longer than 100 KiB; a parameter counts as 4 KiB"), "\(error)")
    }

    /// Commands that run what an argument says, and whether a parameter may stand where P is.
    @Test(arguments: [
        ("sh, -c, 'echo $1', sh, P", true), ("sh, -ec, 'echo $1', sh, P", true), ("python3.11, a.py, P", true),
        ("/usr/bin/perl, -ne, 'print', P", true), ("awk, '{print}', P", true), ("timeout, 5, sh, -c, 'x', sh, P", true),
        ("kubectl, get, node, P", true), ("tool, --region, P", true),
        ("psql, -Xqw, --dbname, P", true), ("nice, -n, 5, kubectl, get, pod, P", true), ("env, A=1, program, P", true),
        ("find, P, -name, x", true), ("sed, -n, 1p, P", true), ("timeout, 5s, program, --name, P", true),
        ("sh, -c, P", false), ("sh, P", false), ("bash, -ec, P", false), ("bash, -c, --, P", false),
        ("bash, -c, -o, pipefail, P", false), ("bash, -o, pipefail, -c, P", false), ("sh, -x, P", false),
        ("python3, -c, P", false), ("python3.11, -m, P", false), ("node, -e, P", false), ("node, --eval, P", false),
        ("awk, P, file", false), ("/bin/busybox, sh, -c, P", false), ("env, A=1, sh, -c, P", false),
        ("timeout, 5, /bin/sh, -c, P", false), ("tool, -c, P", false), ("env, perl, -e, P", false),
        ("timeout, '5', python3, -c, P", false), ("timeout, '5', python3, P", false), ("nice, node, P", false),
        ("nice, node, -e, P", false), ("su, -c, P", false), ("su, x, P", false), ("env, -S, P", false),
        ("env, A=1, P", false),
        ("find, ., -exec, P, ';'", false), ("busybox, awk, P", false), ("busybox, P", false), ("ssh, host, P", false),
        ("ssh, host, ls, P", false), ("sed, P, f", false), ("git, -c, P, log", false),
        ("tar, xf, a, --to-command, P", false),
        ("psql, -c, P", false), ("psql, -Xqc, P", false), ("redis-cli, EVAL, P", false), ("Rscript, P", false),
        ("osascript, -e, P", false), ("deno, eval, P", false), ("deno, run, P", false), ("bun, P", false),
        ("rbash, -c, P", false), ("sudo, -u, postgres, P", false), ("timeout, 5s, P", false), ("nice, -n, 5, P", false),
        ("nsenter, -t, 1, -m, P", false), ("xargs, -0, P", false), ("tool, sh, P", false),
        ("sh, -c, 'exec \"$@\"', sh, -c, P", false), ("perl, -ne, P", false),
    ])
    func parametersAreNoCode(_ argv: String, _ isAllowed: Bool) throws {
        let text = Self.good.replacingOccurrences(
            of: "[tool, --region, {parameter: region}, {parameter: limit}, \"{parameter: url}\"]",
            with: "[\(argv.replacingOccurrences(of: "P", with: "{parameter: region}"))]")
        try #require(text != Self.good)
        if isAllowed {
            _ = try Self.decode(text)
        } else {
            let error = try #require(throws: DefinitionError.self) { try Self.decode(text) }
            #expect(error.message.contains("a parameter is never code or its place"), "\(error)")
        }
    }

    @Test(arguments: [
        ("aws.region=eu", ParameterSetting(collector: "aws", parameter: "region", value: "eu")),
        ("a.b=c.d=e", ParameterSetting(collector: "a", parameter: "b", value: "c.d=e")),
        ("a.b=", ParameterSetting(collector: "a", parameter: "b", value: "")),
        ("a=b.c", nil), ("a.b", nil), ("", nil), (".b=c", nil), ("a.=c", nil), ("A.b=c", nil), ("a.b.c=d", nil),
    ])
    func aSettingIsTakenApart(_ text: String, _ expected: ParameterSetting?) {
        #expect(ParameterSetting(text) == expected)
    }

    @Test(arguments: [
        ("https://a.example", true), ("HTTP://A.EXAMPLE:8080/x/../y?z=1&b=%20", true), ("http://10.0.0.1:1/", true),
        ("http://[::1]:9090/", true), ("http://my_service", true), ("https://a.example?x=a@b", true),
        ("https://", false), ("https:///x", false), ("https://:80", false), ("https://a:0", false),
        ("https://a:65536", false),
        ("https://a:8x", false), ("https://a:", false), ("https://u@a", false), ("https://u:p@a", false),
        ("https://a/#x", false),
        ("https://a b", false), ("https://[a]", false), ("https://[::1", false), ("https://[::1]x", false),
        ("https://-a", false), ("https://ä.example", false), ("file:///etc/passwd", false), ("https:a", false),
        ("https://a\\@b", false), ("https://a.example?api_key=abcdef", false), ("https://a.example/?x=1;sig=a", false),
        ("https://a.example/?x=token", true), ("https://a.example/token?monkey=1", true),
    ])
    func aURLIsOneThatCanBeAsked(_ text: String, _ isGood: Bool) {
        #expect((URLText.objection(to: text) == nil) == isGood)
    }

    /// Whatever is given: what comes through is exactly what was given, one item, and keeps the rules; all else is an error.
    @Test
    func whateverIsGiven() throws {
        let definition = try Self.decode(Self.good)
        var generator = SeededGenerator(seed: 7)
        let alphabet: [Character] = [
            "a", "Z", "0", "-", " ", "{", "}", "$", "`", ";", "\"", "'", "\\", "\n", "\0", "\u{7F}", "\u{9B}",
            "\u{202E}",
            "é", "😀", "@", ":", "/", "?", "#", "%", "*",
        ]
        var taken = 0
        for _ in 0..<5_000 {
            let value = String(
                (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "a"
                })
            do {
                let resolved = try definition.resolving(["url": "https://a.example", "region": value])
                taken += 1
                #expect(resolved.steps[0].texts("argv") == ["tool", "--region", value, "100", "{parameter: url}"])
                #expect(!value.hasPrefix("-") && !value.isEmpty)
                #expect(!value.utf8.contains { $0 < 0x20 || $0 == 0x7F } && !value.contains("\u{9B}"))
            } catch {
                #expect(error.code == .badValue)
            }
        }
        #expect(taken > 500 && taken < 4_500)
    }
}
