import Testing

/// Every file of `collectors/` can be told apart and ordered without reading its steps. That they decode is tested with
/// the decoder.
struct CollectorFileTests {
    @Test
    func everyCollectorHasTheMandatoryKeys() throws {
        let paths = try Checkout.names(in: "collectors").filter { $0.hasSuffix(".yaml") }
        #expect(!paths.isEmpty)
        for name in paths {
            Self.violations(in: try Checkout.text("collectors/" + name), name: name).report()
        }
    }

    @Test
    func collectorsAreYAMLFilesOnly() throws {
        let others = try Checkout.files(below: "collectors").filter { !$0.hasSuffix(".yaml") && !$0.hasSuffix(".md") }
        #expect(others == [], "only *.yaml is embedded in the binary")
    }

    static func violations(in text: String, name: String) -> [Violation] {
        let path = "collectors/" + name
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        var found: [Violation] = []
        func require(_ isTrue: Bool, _ rule: String) {
            if !isTrue { found.append(Violation(path: path, rule: rule)) }
        }
        require(text.hasPrefix("# "), "begins with a comment that says what it captures")
        require(lines.contains("apiVersion: exhibit/v1"), "has no line `apiVersion: exhibit/v1`")
        require(lines.contains("kind: Collector"), "has no line `kind: Collector`")
        for key in ["metadata:", "scope:", "volatility:", "steps:"] {
            require(lines.contains { $0.hasPrefix(key) }, "has no top-level key `\(key)`")
        }
        require(lines.contains("  name: " + name.dropLast(".yaml".count)), "metadata.name is not the file's name")
        require(lines.contains { $0.hasPrefix("  title: ") }, "metadata has no title")
        require(lines.contains { $0.contains("limits:") }, "no step has limits")
        return found
    }
}
