import Foundation
import PackagePlugin

/// Embeds `collectors/**/*.yaml` in the target that uses it, so that the binary carries its collectors.
@main
struct EmbedCollectorsPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "collectors")
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }
            .filter { $0.pathExtension == "yaml" }
            .sorted { $0.path < $1.path } ?? []
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedCollectors.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) collectors",
                executable: try context.tool(named: "CollectorEmbedder").url,
                arguments: [output.path, folder.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
