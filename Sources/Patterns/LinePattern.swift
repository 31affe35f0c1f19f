internal import CPCRE2
internal import Synchronization

/// A regular expression of PCRE2 that is searched for in lines, compiled, for any number of threads.
///
/// Its text comes from the user, what is searched from anybody. A line that takes too long is given up, which is said:
/// nothing that is searched can make a search hang. Bytes that are not UTF-8 are searched as well; nothing but a literal
/// matches them.
public final class LinePattern: Sendable {
    /// What is looked for, in words of grep(1).
    public struct Options: Hashable, Sendable {
        /// `-i`
        public var isCaseless = false
        /// `-F`: no regular expression, but text.
        public var isFixed = false
        /// `-w`
        public var isWord = false
        /// `-x`
        public var isWholeLine = false
        /// Whether what is known of the pattern may save time; else each line is matched by itself. For tests.
        package var isFast = true

        public init() {}
    }

    /// How lines are found.
    enum Way {
        /// Many lines at once.
        case blocks
        /// One of these stands in every line that matches.
        case literals([LiteralFinder])
        /// Line by line.
        case lines
    }

    /// pcre2_code: read-only once it was compiled, so that threads share it (pcre2api(3), "Multithreading").
    let code: Code
    let way: Way
    private let idle = Mutex<[LineSearcher]>([])

    /// Shorter literals stand in so many lines that looking for them saves nothing.
    private static let shortestLiteral = 3

    /// A pattern that matches where any of `patterns` does. None matches nothing.
    ///
    /// - Throws: when one of them is no regular expression.
    public init(_ patterns: [[UInt8]], _ options: Options = Options()) throws(PatternError) {
        let shapes = patterns.map { options.isFixed ? PatternShape(literal: $0) : PatternShape($0) }
        let known = shapes.compactMap { $0 }
        let shape = known.count == shapes.count ? PatternShape(anyOf: known) : nil
        let isASCII = patterns.allSatisfy { $0.allSatisfy { $0 < 0x80 } }
        let areCharacters = patterns.allSatisfy { String(validating: $0, as: UTF8.self) != nil }
        let needsCharacters = !isASCII && areCharacters || isASCII && shape?.needsCharacters != false

        // Each by itself first: an error must be about what the user wrote, and "a)(b" must stay an error.
        if !options.isFixed, patterns.count > 1 || options.isWord || options.isWholeLine {
            for pattern in patterns {
                _ = try Code(pattern, isCaseless: false, isUTF: needsCharacters, as: pattern)
            }
        }
        let text = Self.joined(patterns, options)
        code = try Code(
            text, isCaseless: options.isCaseless, isUTF: needsCharacters,
            as: patterns.count == 1 ? patterns[0] : text)

        let literals = shape?.literals ?? []
        if !options.isFast {
            way = .lines
        } else if !options.isCaseless, let shortest = literals.map(\.count).min(),
            shortest >= Self.shortestLiteral || shape?.staysInLine != true
        {
            way = .literals(literals.map { LiteralFinder($0) })
        } else {
            // Without machine code, each search would first look through all of the block for what is not UTF-8.
            way = shape?.staysInLine == true && code.isMachineCode ? .blocks : .lines
        }
    }

    /// Lends a searcher. One thread at a time uses it.
    public func withSearcher<Result>(_ body: (LineSearcher) throws -> Result) throws -> Result {
        let searcher = try idle.withLock { $0.popLast() } ?? LineSearcher(self)
        defer { idle.withLock { $0.append(searcher) } }
        return try body(searcher)
    }

    /// One regular expression. Groups are numbered in each alternative from 1, so that `\1` means what it says.
    private static func joined(_ patterns: [[UInt8]], _ options: Options) -> [UInt8] {
        guard !patterns.isEmpty else { return Array("(?!)".utf8) }
        let texts = options.isFixed ? patterns.map(quoted) : patterns
        var joined = texts[0]
        if texts.count > 1 {
            joined =
                Array("(?|".utf8)
                + Array(texts.map { Array("(?:".utf8) + $0 + Array(")".utf8) }.joined(separator: [0x7C]))
            joined += ")".utf8
        }
        // As GNU grep does it: the pattern need not begin or end with a word character itself.
        if options.isWord { joined = Array("(?<!\\w)(?:".utf8) + joined + Array(")(?!\\w)".utf8) }
        if options.isWholeLine { joined = Array("^(?:".utf8) + joined + Array(")$".utf8) }
        return joined
    }

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: [byte]
            case 0: Array("\\x00".utf8)
            default: [0x5C, byte]
            }
        }
    }
}
