import Testing

/// The exit codes of README.md are those of the program, in numbers and words.
@Suite struct ExitCodeTests {
    @Test func theREADMEListsEveryExitCodeAsTheProgramHasIt() throws {
        let source = try Checkout.text("Sources/ExhibitCommands/Support/ExitStatus.swift")
        let numbers = Dictionary(
            source.matches(of: /case (\w+) = (\d+)/).map { (String($0.1), Int($0.2) ?? -1) }, uniquingKeysWith: { $1 })
        let summaries = Dictionary(
            source.matches(of: /case \.(\w+):\s*"([^"]+)"/).map { (String($0.1), String($0.2)) },
            uniquingKeysWith: { $1 })
        #expect(numbers.count > 20)
        let wanted = numbers.sorted { $0.value < $1.value }.map {
            "| \($0.value) | \(summaries[$0.key] ?? "no summary") |"
        }
        let readme = try Checkout.text("README.md").split(separator: "\n").map(String.init)
        let listed = readme.filter { $0.wholeMatch(of: /\| \d+ \| .+ \|/) != nil }
        #expect(
            listed == wanted, "README.md, section Exit codes, must have these rows: \(wanted.joined(separator: "\n"))")
    }
}
