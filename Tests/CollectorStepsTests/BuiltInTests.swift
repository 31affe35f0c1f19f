import Collection
import CollectorSteps
import Foundation
import Testing

/// The collectors that come with the binary.
struct BuiltInTests {
    @Test
    func theBuiltInOnesAreTheFilesOfTheSources() throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        #expect(catalog.collectors.count >= 15)
        #expect(Set(catalog.collectors.map(\.name)).count == catalog.collectors.count)
        let ranks = catalog.collectors.map(\.volatility)
        #expect(ranks == ranks.sorted())
        for scope in CollectorScope.allCases {
            #expect(catalog.collectors(of: [scope]).allSatisfy { $0.scope == scope })
        }
        #expect(catalog.collectors.first?.name == "pods", "everything else is planned from the pods")
    }

    @Test
    func everyFileOfTheSourcesDecodes() throws {
        // The folder of the checkout: `#filePath` is `Tests/CollectionTests/…` below it, also through a link.
        let source = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let folder = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("collectors").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!names.isEmpty)
        for name in names {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            let definition = try CollectorDefinitionDecoder(file: name, kinds: StepRegistry.kinds).decode(text)
            #expect(definition.name + ".yaml" == name)
        }
    }

    @Test(arguments: ["incident", "support", "minimal", "full"])
    func everyProfilePicksSomethingOfAClusterAndOfAHost(_ name: String) throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let selection = try catalog.selection(profile: name)
        #expect(selection.profile.limits.deadline != nil)
        #expect(!selection.catalog.collectors(of: [.host]).isEmpty)
        #expect(!selection.catalog.collectors(of: [.container]).isEmpty)
        for pattern in selection.profile.collectors {
            let plain = pattern.hasPrefix("!") ? String(pattern.dropFirst()) : pattern
            #expect(catalog.collectors.contains { Glob.matches(plain, $0.name) }, "\(pattern) fits nothing")
        }
    }

    @Test(arguments: ["incident", "support", "full"])
    func whatAPodHasASayInRunsOnlyByName(_ name: String) throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let usual = try catalog.selection(profile: name, with: ["pro*"]).catalog.collectors.map(\.name)
        #expect(usual.contains("prometheus") && usual.contains("clickhouse"))
        #expect(!usual.contains("probes") && !usual.contains("metrics-endpoints"))
        let named = try catalog.selection(profile: name, with: ["probes"]).catalog.collectors.map(\.name)
        #expect(named.contains("probes"))
    }

    /// What needs a value that only the operator knows must not end a run that never asked for it.
    @Test(arguments: ["incident", "support", "full"])
    func whatNeedsAValueOfTheOperatorsRunsOnlyByName(_ name: String) throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let needing = catalog.collectors.filter { $0.parameters.contains { $0.defaultValue == nil } }
        #expect(needing.contains { $0.name == "prometheus-query" && $0.scope == .container })
        let usual = try catalog.selection(profile: name, with: ["prometheus*"]).catalog.collectors.map(\.name)
        #expect(Set(usual).isDisjoint(with: needing.map(\.name)))
        let value = ParameterSetting(collector: "prometheus-query", parameter: "query", value: "up")
        let named = try catalog.selection(profile: name, with: ["prometheus-query"], set: [value]).catalog.collectors
        #expect(named.contains { $0.name == "prometheus-query" && $0.values == ["query": "up"] })
        #expect(throws: SelectionError.self) { try catalog.selection(profile: name, with: ["prometheus-query"]) }
    }

    /// It wants more rights than the target, and brings what is not of it.
    @Test(arguments: ["incident", "support", "minimal", "full"])
    func whatIsBeyondTheTargetRunsOnlyWhenItIsNamed(_ profile: String) throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let names = ["cert-manager", "cni", "coredns", "fluentd", "ingress-nginx", "velero"]
        let plain = try catalog.selection(profile: profile, with: ["*"]).catalog.collectors.map(\.name)
        #expect(Set(plain).isDisjoint(with: names))
        let named = try catalog.selection(profile: profile, with: names).catalog.collectors.map(\.name)
        #expect(Set(named).isSuperset(of: names))
    }

    /// It runs nothing in containers: that is its promise.
    @Test
    func minimalTouchesNothing() throws {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let steps = try catalog.selection(profile: "minimal").catalog.collectors.flatMap(\.steps)
        #expect(!steps.isEmpty)
        #expect(steps.allSatisfy { !$0.kind.runsInTarget && !$0.kind.asksTarget })
    }
}
