import Patterns
import TestSupport
import Testing

/// What is known of a pattern saves time, and changes nothing.
struct FastWayTests {
    /// Lines with all that is difficult: empty ones, what is not UTF-8, CR, NUL, what folds to ASCII, none at the end.
    private static let awkward: [UInt8] =
        Array("\n\nerror\r\n  ERROR: time\u{17F}out k\u{212A}\n\u{E9}t\u{E9}\nfoo bar\nfoo\n bar\na\tb\n".utf8) + [
            0xFF, 0xFE, 0x0A,
        ]
        + Array("x".utf8) + [0xC3] + Array("foo\n".utf8) + [0xE2, 0x82, 0x0A] + [0x61, 0x00, 0x62, 0x0A]
        + Array("f\u{AD}oo aaa\n-foo- foo_bar 12ms 4 ms\nzz".utf8)

    static let patterns = [
        "", "a", "foo", "foo$", "^foo", "^$", "^", "$", "foo.*bar", "foo\\s+bar", "foo\\s*$", "foo[^x]*", "[^a]*foo",
        "f[o]+", "(foo|bar)", "foo|bar|zz", "(?:err|warn)or", "er+or", "erx?ror", "(er){1,2}ror", "e{0}rror", "a{3}",
        "\\bfoo\\b", "\\Bo", "\\d+ ?ms", "[0-9]{2,}", "[[:alpha:]]+\\d", "[[:space:]]", "[\\t-~]b", "[!-~]+x", ".",
        ".o",
        "\\S+", "\\W", "\\D+$", "x?", "(a|)", "(a|b|)c", "foo(?!\\s)", "(?<!\\s)bar", "foo(?=$)", "\\Afoo", "foo\\z",
        "(?i)FOO", "(?s)a.b", "a\\nb", "\\x66oo", "\u{E9}", "\u{E9}t", "[\u{E9}]+", "t\u{E9}?$", "\\Qfoo\\E", "f\\.o",
        "fo\\-",
        "(o)\\1", "(?<x>o)\\k<x>", "(a+)+$", "o*?b", "o++", "]", "a]", "[]a]+", "[^]a]+", "a{", "a{,2}", "foo\\K bar",
        "\\R",
        "(?=foo)", "(?#x)foo", "k", "timeout", "[^\\n]+z", "\\h", "(foo)?bar", "(foo)+", "(foo){0,3}x",
        "((foo)|(bar))+",
    ]

    static let texts: [[UInt8]] = [
        awkward, SampleBytes.text(100), SampleBytes.lines(2_000, beginning: "foo", seed: 7),
        Array("foo".utf8), Array("\n".utf8), [], Array(repeating: 0x0A, count: 70),
    ]

    private static func found(
        _ pattern: [[UInt8]], _ options: LinePattern.Options, _ text: [UInt8]
    ) throws -> [LineSearcher.Found] {
        try LinePattern(pattern, options).withSearcher { searcher in
            var found: [LineSearcher.Found] = []
            text.withUnsafeBytes { text in
                searcher.lines(in: text) {
                    found.append($0)
                    return true
                }
            }
            return found
        }
    }

    /// Which lines; where in them may differ between bytes and characters only for what has no characters.
    private static func lines(_ found: [LineSearcher.Found]) -> [Range<Int>] {
        found.map {
            switch $0 {
            case .line(let line, _): line
            case .tooCostly(let line): line
            }
        }
    }

    @Test(arguments: patterns)
    func theFastWayFindsTheSameLines(pattern: String) throws {
        for bits in 0..<16 {
            var options = LinePattern.Options()
            options.isCaseless = bits & 1 != 0
            options.isFixed = bits & 2 != 0
            options.isWord = bits & 4 != 0
            options.isWholeLine = bits & 8 != 0
            guard options.isFixed || (try? LinePattern([Array(pattern.utf8)], options)) != nil else { continue }
            for text in Self.texts {
                options.isFast = false
                let slow = try Self.found([Array(pattern.utf8)], options, text)
                options.isFast = true
                let fast = try Self.found([Array(pattern.utf8)], options, text)
                #expect(Self.lines(fast) == Self.lines(slow), "\(options)")
                #expect(fast == slow, "\(options)")
            }
        }
    }

    @Test
    func severalPatternsFindWhatEachFinds() throws {
        let text = Self.texts[0] + [0x0A] + Self.texts[1]
        for set in [
            ["foo", "bar"], ["error", "[0-9]+ms", "zz"], ["", "x"], ["a", "b", "c", "(o)\\1", "(t).\\1"], [],
        ] {
            var wanted: Set<Range<Int>> = []
            for pattern in set { wanted.formUnion(Self.lines(try Self.found([Array(pattern.utf8)], .init(), text))) }
            let found = Self.lines(try Self.found(set.map { Array($0.utf8) }, .init(), text))
            #expect(found == wanted.sorted { $0.lowerBound < $1.lowerBound }, "\(set)")
        }
    }

    @Test(arguments: ["(", "a)(b", "[a", "*", "(?<n", "\\C"])
    func whatIsNoPatternIsRefused(pattern: String) {
        var options = LinePattern.Options()
        for others in [[], ["x"]] {
            for isWord in [false, true] {
                options.isWord = isWord
                #expect(throws: PatternError.self) {
                    try LinePattern([pattern].map { Array($0.utf8) } + others.map { Array($0.utf8) }, options)
                }
            }
        }
    }

    @Test
    func aCatastrophicPatternIsGivenUpLineByLine() throws {
        let hard = String(repeating: "a", count: 60) + "b\n"
        let text = Array((hard + "aaa\n" + hard).utf8)
        let found = try Self.found([Array("^(a+)+$|^((a|aa)+)+$".utf8)], .init(), text)
        #expect(found.count == 3)
        guard case .tooCostly(0..<61) = found[0], case .line(62..<65, _) = found[1], case .tooCostly = found[2] else {
            Issue.record("\(found)")
            return
        }
    }

    @Test
    func matchesInALineAreInOrderAndNotEmpty() throws {
        try LinePattern([Array("o*".utf8)]).withSearcher { searcher in
            var found: [Range<Int>] = []
            Array("foo bor".utf8).withUnsafeBytes { searcher.matches(in: $0) { found.append($0) } }
            #expect(found == [1..<3, 5..<6])
        }
    }
}
