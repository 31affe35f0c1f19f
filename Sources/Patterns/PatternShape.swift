/// What can be said of a regular expression without matching it, where that is certain.
///
/// Only what most people type is understood: literals, classes, groups, alternatives, quantifiers, anchors. Of anything
/// else there is no shape, and a search takes nothing for granted.
struct PatternShape: Equatable {
    /// Every match contains one of these literals, byte for byte; empty when none is known.
    var literals: [[UInt8]] = []
    /// It is nothing but its one literal.
    var isLiteral = false
    /// It can be searched for in many lines at once: nothing in it can match the end of a line, and what surrounds a line
    /// makes no difference to it.
    var staysInLine = true
    /// Bytes are not enough: something in it matches single characters beyond ASCII.
    var needsCharacters = false

    /// More are not looked for: the time for each is that of a pass over everything.
    static let mostLiterals = 8

    /// - Returns: nil when there is something in `pattern` that is not understood.
    init?(_ pattern: [UInt8]) {
        var parser = PatternParser(pattern)
        guard let whole = parser.alternatives(depth: 0), parser.isAtEnd else { return nil }
        self.init(whole, parser)
    }

    private init(_ whole: PatternParser.Requirement, _ parser: PatternParser) {
        literals = whole.literals
        isLiteral = whole.isLiteral
        staysInLine = parser.staysInLine
        needsCharacters = parser.needsCharacters
    }

    /// One literal, which may be empty.
    init(literal: [UInt8]) {
        literals = literal.isEmpty ? [] : [literal]
        isLiteral = true
    }

    /// What is true of alternatives that have these shapes.
    init(anyOf shapes: [PatternShape]) {
        let all = shapes.flatMap(\.literals)
        if shapes.allSatisfy({ !$0.literals.isEmpty }), all.count <= Self.mostLiterals { literals = all }
        isLiteral = shapes.count == 1 && shapes[0].isLiteral
        staysInLine = shapes.allSatisfy(\.staysInLine)
        needsCharacters = shapes.contains(where: \.needsCharacters)
    }
}

/// Reads a regular expression as far as ``PatternShape`` goes.
struct PatternParser {
    /// What every match of a part contains.
    struct Requirement {
        /// One of these; empty when nothing is known.
        var literals: [[UInt8]] = []
        /// It is nothing but its one literal, or empty.
        var isLiteral = false
    }

    /// How often something occurs.
    private struct Quantity {
        var isOnce = true
        var isOptional = false
        /// As often as may be, as much as possible.
        var isUnbounded = false
    }

    private let pattern: [UInt8]
    private var index = 0
    private(set) var staysInLine = true
    private(set) var needsCharacters = false

    private static let deepest = 50

    init(_ pattern: [UInt8]) {
        self.pattern = pattern
    }

    var isAtEnd: Bool { index == pattern.count }

    private var next: UInt8? { index < pattern.count ? pattern[index] : nil }

    private mutating func skip(_ byte: Character) -> Bool {
        guard next == byte.asciiValue else { return false }
        index += 1
        return true
    }

    /// `a|b`, up to the end or a closing parenthesis.
    mutating func alternatives(depth: Int) -> Requirement? {
        guard depth < Self.deepest, var whole = sequence(depth: depth) else { return nil }
        while skip("|") {
            guard let other = sequence(depth: depth) else { return nil }
            whole.isLiteral = false
            let isKnown = !whole.literals.isEmpty && !other.literals.isEmpty
            let all = whole.literals + other.literals
            whole.literals = isKnown && all.count <= PatternShape.mostLiterals ? all : []
            // An alternative without a literal makes all others worthless.
            if !isKnown { whole.literals = [] }
        }
        return whole
    }

    private mutating func sequence(depth: Int) -> Requirement? {
        var run: [UInt8] = []
        var best: [[UInt8]] = []
        var isLiteral = true
        func worth(_ literals: [[UInt8]]) -> Int { literals.map(\.count).min() ?? 0 }
        func endRun() {
            if run.count > worth(best) { best = [run] }
            run = []
        }
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            guard let atom = atom(depth: depth), let quantity = quantity(after: atom) else { return nil }
            switch atom {
            case .literal(let bytes):
                if quantity.isOnce {
                    run += bytes
                } else {
                    isLiteral = false
                    if !quantity.isOptional { run += bytes }
                    endRun()
                }
            case .anchor:
                // It takes no room: what stands on both sides of it is still one piece.
                isLiteral = false
            case .set:
                isLiteral = false
                endRun()
            case .group(let inner):
                isLiteral = false
                endRun()
                if !quantity.isOptional, worth(inner.literals) > worth(best) { best = inner.literals }
            }
        }
        endRun()
        return Requirement(literals: best, isLiteral: isLiteral)
    }

    private enum Atom {
        case literal([UInt8])
        /// Nothing of any width.
        case anchor
        /// One of several characters.
        case set(beyondASCII: Bool)
        case group(Requirement)
    }

    private mutating func atom(depth: Int) -> Atom? {
        let byte = pattern[index]
        index += 1
        switch byte {
        case UInt8(ascii: "^"), UInt8(ascii: "$"): return .anchor
        case UInt8(ascii: "."): return .set(beyondASCII: true)
        case UInt8(ascii: "["): return set()
        case UInt8(ascii: "("):
            if skip("?"), !skip(":") { return nil }
            if next == UInt8(ascii: "*") { return nil }
            guard let inner = alternatives(depth: depth + 1), skip(")") else { return nil }
            return .group(inner)
        case UInt8(ascii: "\\"): return escape()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"), 0, 0x0A: return nil
        case 0x80...:
            var character = [byte]
            while let more = next, more & 0xC0 == 0x80 {
                character.append(more)
                index += 1
            }
            return .literal(character)
        default: return .literal([byte])
        }
    }

    private mutating func escape() -> Atom? {
        guard let byte = next else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "d"), UInt8(ascii: "w"): return .set(beyondASCII: false)
        case UInt8(ascii: "S"): return .set(beyondASCII: true)
        case UInt8(ascii: "s"), UInt8(ascii: "D"), UInt8(ascii: "W"):
            staysInLine = false
            return .set(beyondASCII: byte != UInt8(ascii: "s"))
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return .anchor
        case UInt8(ascii: "t"): return .literal([0x09])
        case let byte where Self.isPunctuation(byte): return .literal([byte])
        default: return nil
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x20: true
        default: false
        }
    }

    /// Behind `[`.
    private mutating func set() -> Atom? {
        let isNegated = skip("^")
        if isNegated { staysInLine = false }
        var beyondASCII = isNegated
        var isFirst = true
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "]") where !isFirst: return .set(beyondASCII: beyondASCII)
            case UInt8(ascii: "["):
                if skip(":") {
                    guard posixClass() else { return nil }
                } else if let next, ".=".utf8.contains(next) {
                    return nil
                }
            case UInt8(ascii: "\\"):
                guard let escaped = next else { return nil }
                index += 1
                switch escaped {
                case UInt8(ascii: "d"), UInt8(ascii: "w"): break
                case UInt8(ascii: "s"): staysInLine = false
                case UInt8(ascii: "D"), UInt8(ascii: "W"), UInt8(ascii: "S"):
                    staysInLine = false
                    beyondASCII = true
                // A range from below the end of a line could reach over it.
                case UInt8(ascii: "t") where next != UInt8(ascii: "-"): break
                case let byte where Self.isPunctuation(byte): break
                default: return nil
                }
            case 0..<0x20 where byte != 0x09 || next == UInt8(ascii: "-"): return nil
            case 0x80...: beyondASCII = true
            default: break
            }
            isFirst = false
        }
        return nil
    }

    /// Behind `[:`, inside a class.
    private mutating func posixClass() -> Bool {
        let start = index
        while let letter = next, (0x61...0x7A).contains(letter) { index += 1 }
        let name = String(decoding: pattern[start..<index], as: UTF8.self)
        if ["space", "cntrl", "ascii"].contains(name) { staysInLine = false }
        return skip(":") && skip("]")
    }

    private mutating func quantity(after atom: Atom) -> Quantity? {
        var quantity = Quantity()
        if skip("*") {
            quantity = Quantity(isOnce: false, isOptional: true, isUnbounded: true)
        } else if skip("+") {
            quantity = Quantity(isOnce: false, isUnbounded: true)
        } else if skip("?") {
            quantity = Quantity(isOnce: false, isOptional: true)
        } else if skip("{") {
            guard let found = braces() else { return nil }
            quantity = found
        }
        if !quantity.isOnce {
            // Lazy, or possessive.
            if skip("?") { quantity.isUnbounded = false } else { _ = skip("+") }
            if let next, "*+?{".utf8.contains(next) { return nil }
        }
        switch atom {
        case .set(beyondASCII: true) where !quantity.isUnbounded: needsCharacters = true
        case .literal(let bytes) where bytes.count > 1 && !quantity.isOnce: needsCharacters = true
        default: break
        }
        return quantity
    }

    /// `{3}`, `{3,}`, `{3,5}`; PCRE2 takes other braces for literals, or does so in some versions.
    private mutating func braces() -> Quantity? {
        func number() -> Int? {
            let start = index
            while let digit = next, (0x30...0x39).contains(digit), index - start < 5 { index += 1 }
            return start == index ? nil : Int(String(decoding: pattern[start..<index], as: UTF8.self))
        }
        guard let least = number() else { return nil }
        var quantity = Quantity(isOnce: false, isOptional: least == 0)
        if skip(",") { quantity.isUnbounded = number() == nil }
        return skip("}") ? quantity : nil
    }
}
