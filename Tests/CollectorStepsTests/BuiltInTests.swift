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
}
