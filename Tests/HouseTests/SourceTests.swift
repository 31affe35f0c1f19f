import Testing

/// What the sources must not contain, and how they are cut.
struct SourceTests {
    /// Files between 350 and 400 lines that are better in one piece, with the reason. None has more.
    static let longFiles: [String: String] = [:]

    @Test
    func sourcesKeepTheRules() throws {
        for path in try Checkout.files(below: "Sources", suffix: ".swift") {
            let text = SwiftText(try Checkout.text(path))
            let room = path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            var rules = SourceRule.everywhere
            if Room.named(room)?.prints != true { rules.append(SourceRule.noPrinting) }
            if room != "Terminal" { rules.append(SourceRule.noTerminal) }
            if Room.named(room)?.platform == Room.Platform.none { rules.append(SourceRule.pure) }
            for rule in rules { rule.violations(in: text, path: path).report() }
        }
    }

    @Test
    func testsKeepTheRules() throws {
        for path in try Checkout.files(below: "Tests", suffix: ".swift") {
            let text = SwiftText(try Checkout.text(path))
            for rule in SourceRule.everywhere { rule.violations(in: text, path: path).report() }
        }
    }

    @Test
    func filesAreShort() throws {
        for path in try swiftFiles() {
            let lines = try Checkout.text(path).utf8.count { $0 == UInt8(ascii: "\n") }
            #expect(lines <= 400, "\(path): \(lines) lines; more than 400 are more than one responsibility")
            if lines > 350 {
                #expect(
                    Self.longFiles[path] != nil,
                    "\(path): \(lines) lines; over 350 needs a reason in SourceTests.longFiles")
            } else {
                #expect(Self.longFiles[path] == nil, "\(path) is short again: take it out of SourceTests.longFiles")
            }
        }
        for path in Self.longFiles.keys { #expect(Checkout.exists(path), "\(path) in SourceTests.longFiles is gone") }
    }

    @Test
    func nothingIsABucket() throws {
        for path in try swiftFiles() {
            for part in path.split(separator: "/") {
                let name = part.hasSuffix(".swift") ? part.dropLast(".swift".count) : part
                #expect(!Self.isBucket(name), "\(path): \(name) says where things are thrown, not what they are")
            }
            for (index, line) in SwiftText(try Checkout.text(path)).code.enumerated() {
                for type in Self.declaredTypes(in: line) where Self.isBucket(type) {
                    Issue.record("\(path):\(index + 1): \(type) says where things are thrown, not what they are")
                }
            }
        }
    }

    private func swiftFiles() throws -> [String] {
        try ["Sources", "Tests", "Benchmarks"].flatMap { try Checkout.files(below: $0, suffix: ".swift") }
    }

    /// True for `Utils`, `StringUtilities`, `TestHelper`, but not for `Utilization`.
    static func isBucket(_ name: Substring) -> Bool {
        ["Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Extras", "Misc", "Miscellaneous"].contains {
            bucket in
            name.hasSuffix(bucket) || name.split(separator: "+").contains { $0.hasSuffix(bucket) }
        }
    }

    static func declaredTypes(in line: Substring) -> [Substring] {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return zip(words, words.dropFirst())
            .filter { ["struct", "class", "enum", "actor", "protocol", "extension", "typealias"].contains($0.0) }
            .map(\.1)
    }
}
