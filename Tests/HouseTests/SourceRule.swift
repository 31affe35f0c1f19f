/// Rules that a single line of code can break.
struct SourceRule: Sendable {
    /// What the code must not contain; words are matched as whole words.
    var patterns: [String]
    /// True if a comment that says why makes it acceptable.
    var acceptsReason = false
    var rule: String

    /// In every source and every test.
    static let everywhere = [
        SourceRule(
            patterns: ["@testable"], rule: "tests use the public and package interface; they also run in release"),
        SourceRule(
            patterns: ["@unchecked Sendable", "nonisolated(unsafe)"], acceptsReason: true,
            rule: "takes the compiler's proof away: `// why: …` above it says what holds instead"),
        SourceRule(
            patterns: ["try!", "as!", "fatalError(", "preconditionFailure("], acceptsReason: true,
            rule: "ends the program, and a capture with it: `// why: …` above it says why it cannot happen"),
    ]

    /// In every room that does not print.
    static let noPrinting = SourceRule(
        patterns: ["print(", "debugPrint(", "dump(", "puts(", "putchar(", "FileHandle.standardOutput"],
        rule: "only ExhibitCommands prints; return values instead")

    /// In every room but Terminal.
    static let noTerminal = SourceRule(
        patterns: ["isatty(", "tcgetattr(", "tcsetattr(", "ttyname(", "TIOCGWINSZ"],
        rule: "only Terminal knows a terminal")

    /// In the rooms that import nothing of the platform. The standard library has clocks without an import.
    static let pure = SourceRule(
        patterns: ["ContinuousClock", "SuspendingClock"], rule: "pure values: the time is an argument")

    func violations(in text: SwiftText, path: String) -> [Violation] {
        text.code.enumerated().compactMap { index, line in
            guard let pattern = patterns.first(where: { Self.contains($0, in: line) }) else { return nil }
            if acceptsReason, text.hasReason(for: pattern, line: index + 1) { return nil }
            return Violation(path: path, line: index + 1, rule: "\(pattern) — \(rule)")
        }
    }

    /// Looks for a pattern that is not the end of a longer name, a method of another type or a declaration.
    private static func contains(_ pattern: String, in line: Substring) -> Bool {
        line.ranges(of: pattern).contains { range in
            let before = line[..<range.lowerBound]
            guard pattern.first?.isLetter == true, let last = before.last else { return true }
            if last == "." { return before.hasSuffix("Swift.") || before.hasSuffix("Glibc.") }
            if last.isLetter || last.isNumber || last == "_" { return false }
            return !before.hasSuffix("func ")
        }
    }
}
