import Inspection
import Testing

/// How lists of indicators are read.
struct IndicatorListTests {
    private static func read(_ text: String) -> IndicatorList {
        var list = IndicatorList()
        list.read(Array(text.utf8), named: "list")
        return list
    }

    private static func words(_ list: IndicatorList) -> [String] {
        list.indicators.map { "\($0.kind.rawValue) \($0.value)" }
    }

    private static let sha256 = String(repeating: "aB01", count: 16)
    private static let sha1 = String(repeating: "aB01", count: 10)
    private static let md5 = String(repeating: "aB01", count: 8)

    @Test(arguments: [
        (sha256, "sha256 " + sha256.lowercased()), (sha1, "sha1 " + sha1.lowercased()),
        (md5, "md5 " + md5.lowercased()), ("sha256:" + sha256, "sha256 " + sha256.lowercased()),
        ("203.0.113.7", "ip 203.0.113.7"), ("203[.]0[.]113[.]7", "ip 203.0.113.7"),
        ("ip: 203.0.113.7", "ip 203.0.113.7"),
        ("2001:DB8:0::1", "ip 2001:db8::1"), ("::ffff:203.0.113.7", "ip 203.0.113.7"),
        ("10.1.2.3/8", "cidr 10.0.0.0/8"), ("2001:db8::/32", "cidr 2001:db8::/32"), ("10.1.2.3/32", "ip 10.1.2.3"),
        ("ip:10.0.0.0/8", "cidr 10.0.0.0/8"), ("Evil[.]Example", "domain evil.example"),
        ("*.evil.example", "domain evil.example"), ("evil(dot)example", "domain evil.example"),
        ("hxxps://Evil[.]example/Drop.sh", "url https://evil.example/Drop.sh"),
        ("evil.example/x", "url evil.example/x"), ("203.0.113.7:4444", "url 203.0.113.7:4444"),
        ("/tmp/.X11-unix/kinsing", "path /tmp/.X11-unix/kinsing"), ("etc/cron.d/root", "path etc/cron.d/root"),
        ("xmrig.exe", "name xmrig.exe"), ("name:kinsing", "name kinsing"), ("evil.sh", "name evil.sh"),
        ("domain:evil.sh", "domain evil.sh"), ("kdevtmpfsi", "string kdevtmpfsi"),
        ("string:203[.]0 # not", "string 203[.]0 # not"),
        ("stratum+tcp://pool.example:3333", "url stratum+tcp://pool.example:3333"),
    ])
    func theShapeOrThePrefixSaysWhatItIs(text: String, expected: String) {
        let list = Self.read(text + "\n")
        #expect(Self.words(list) == [expected])
        #expect(list.remainders.isEmpty)
    }

    @Test(arguments: [
        ("sha256:abc", "64 hexadecimal digits"), ("ip:1.2.3", "no IP address"), ("cidr:10.0.0.0/33", "no network"),
        ("10.0.0.0/33", "no network"), ("2001:db8::/129", "no network"), ("10[.]0.0.0/1234", "no network"),
        ("domain:evil", "no domain"), ("ab", "shorter than"), (String(repeating: "x", count: 3_000), "longer than"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "without content"), ("url:", "nothing behind"),
    ])
    func whatIsNotUnderstoodIsSaidWithItsLine(text: String, reason: String) throws {
        let list = Self.read("# comment\n\n\(text)\n203.0.113.7 # known\n")
        #expect(Self.words(list) == ["ip 203.0.113.7"])
        let remainder = try #require(list.remainders.first)
        #expect(remainder.reason.contains(reason), "\(remainder.reason)")
        #expect(remainder.place.line == 3)
        #expect(remainder.text.utf8.count <= 200)
    }

    @Test
    func aHeaderMakesItCSV() {
        let list = Self.read(
            #"""
            # of a platform
            uuid,type,value,comment
            1,ip-dst,203.0.113.7,"a, b"
            2,filename|md5,"drop.sh|\#(Self.md5)",
            3,"url","http://evil.example/a,""b""",x
            4,vulnerability,CVE-2021-44228,
            5,domain,evil.example,"over
            two lines"
            6,sha256
            """#)
        #expect(
            Self.words(list) == [
                "ip 203.0.113.7", "name drop.sh", "md5 " + Self.md5.lowercased(), "url http://evil.example/a,\"b\"",
                "domain evil.example",
            ])
        #expect(list.remainders.map(\.place.line) == [6, 9])
        #expect(list.remainders.first?.text == "vulnerability CVE-2021-44228")
        // Without a column that says the kind, the shape does.
        #expect(Self.words(Self.read("indicator;score\r\n203.0.113.7;9\r\n")) == ["ip 203.0.113.7"])
        // A line with a comma is no header.
        #expect(Self.words(Self.read("string:one, two\n")) == ["string one, two"])
    }

    private static func stix(_ patterns: [String]) -> String {
        let objects = patterns.map { pattern in
            let text = pattern.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return #"{"type": "indicator", "pattern_type": "stix", "pattern": "\#(text)"}"#
        }
        return
            #"{"type": "bundle", "id": "bundle--1", "objects": [{"type": "malware"}, \#(objects.joined(separator: ", "))]}"#
    }

    @Test
    func simplePatternsOfSTIXAreUnderstood() {
        let list = Self.read(
            Self.stix([
                "[file:hashes.'SHA-256' = '\(Self.sha256)' OR file:hashes.MD5 = '\(Self.md5)']",
                "[ipv4-addr:value = '203.0.113.7'] OR [domain-name:value IN ('evil.example', 'bad.example')]",
                #"[url:value = 'http://evil.example/it\'s'] "#, "[file:name='drop.sh']",
                "[ipv4-addr:value ISSUBSET '10.0.0.0/8']",
            ]))
        #expect(
            Self.words(list) == [
                "sha256 " + Self.sha256.lowercased(), "md5 " + Self.md5.lowercased(), "ip 203.0.113.7",
                "domain evil.example", "domain bad.example", "url http://evil.example/it's", "name drop.sh",
                "cidr 10.0.0.0/8",
            ])
        #expect(list.remainders.isEmpty)
        #expect(list.otherObjects == 1)
        #expect(list.places.map(\.line) == [2, 2, 3, 3, 3, 4, 5, 6])
    }

    @Test(arguments: [
        "[file:name = 'a' AND file:size = 3]", "[file:name LIKE '%.sh']",
        "[file:name = 'abc'] FOLLOWEDBY [file:name = 'def']",
        "[file:name = 'abc'] WITHIN 5 MINUTES", "[file:name NOT = 'abc']", "[file:name = 'abc", "[", "",
        "[windows-registry-key:key = 'abc']",
    ])
    func otherPatternsAreListedAndNothingIsTakenOfThem(pattern: String) {
        let list = Self.read(Self.stix([pattern]))
        #expect(list.indicators.isEmpty)
        #expect(list.remainderCount == 1)
        #expect(list.remainders.first?.place.line == 2)
    }

    @Test
    func whatIsRevokedOrOfAnotherLanguageIsSaid() {
        let list = Self.read(
            #"""
            {"type": "bundle", "objects": [
              {"type": "indicator", "revoked": true, "pattern": "[ipv4-addr:value = '203.0.113.7']"},
              {"type": "indicator", "pattern_type": "yara", "pattern": "rule x {}"}]}
            """#)
        #expect(list.indicators.isEmpty)
        #expect(list.remainders.map(\.reason).count { $0.contains("revoked") || $0.contains("another language") } == 2)
        for text in ["{", "{}", #"{"objects": 3}"#, String(repeating: "{\"a\":", count: 500)] {
            #expect(Self.read(text).remainderCount == 1)
        }
    }

    @Test
    func anArrayOfSTIXObjectsIsReadAndOtherJSONIsNoText() {
        let list = Self.read(
            #"[{"type": "malware"}, {"type": "indicator", "pattern": "[ipv4-addr:value = '203.0.113.7']"}]"#)
        #expect(Self.words(list) == ["ip 203.0.113.7"])
        #expect(list.otherObjects == 1)
        for text in [#"["evil.example"]"#, #"[{"value": "evil.example"}]"#, "[]", "[1, 2]", #"[{"type": "indi"#] {
            let list = Self.read(text)
            #expect(list.indicators.isEmpty && list.remainderCount == 1, "\(text)")
        }
        #expect(Self.words(Self.read("[::1]:8080\n")).count == 1)
    }

    @Test
    func aHeaderOfOneColumnIsNoIndicator() {
        let list = Self.read("value\nhttp://evil.example/a,b\n\"203.0.113.7\"\n")
        #expect(Self.words(list) == ["url http://evil.example/a,b", "ip 203.0.113.7"])
    }

    @Test
    func aLineMayEndWithCRAlone() {
        #expect(Self.words(Self.read("evil.example\r203.0.113.7\r")) == ["domain evil.example", "ip 203.0.113.7"])
        #expect(Self.words(Self.read("type,value\rip,203.0.113.7\r")) == ["ip 203.0.113.7"])
    }

    @Test
    func eachIsThereOnceAndTooManyAreCounted() {
        let list = Self.read("evil.example\nEVIL.example\nhxxp://evil[.]example/\ndomain:evil.example\n")
        #expect(list.indicators.count == 2)
        #expect(list.repeated == 2)
        let bad = Self.read((0..<2_000).map { "ip:\($0)" }.joined(separator: "\n"))
        #expect(bad.remainderCount == 2_000)
        #expect(bad.remainders.count == IndicatorList.mostRemainders)
    }
}
