import Foundation
import Testing

/// What `Scripts/image` writes.
struct ImageTests {
    private static let script =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/Scripts/image"

    @discardableResult
    private func make(_ arguments: [String], mayFail: Bool = false) async throws -> Program.Outcome {
        try await Tool.run(Self.script, arguments, mayFail: mayFail, within: .seconds(120))
    }

    /// In an image there is nothing that such a program could load.
    @Test(.needsBinary, .needsTool("jq"), .needsTool("readelf"))
    func aProgramThatNeedsLibrariesIsRefused() async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await make(["--program", try #require(Requirements.binary), folder], mayFail: true)
            #expect(outcome.status == 1)
            outcome.expectMessage("needs shared libraries", "Scripts/release")
            #expect(try Files.names(in: folder) == [])
        }
    }

    private struct Index: Decodable {
        struct Descriptor: Decodable {
            var digest: String
            var size: Int
            var annotations: [String: String]?
        }

        var manifests: [Descriptor]
    }

    private struct Manifest: Decodable {
        var config: Index.Descriptor
        var layers: [Index.Descriptor]
    }

    @Test(.needsTool("jq"), .needsTool("sha256sum"), .needsRelease)
    func anImageIsTheSameWhereverItIsMade() async throws {
        let program = try #require(Requirements.release)
        try await Scratch.withFolder { folder in
            let arguments = ["--name", "registry.example:5000/ops/exhibit:7", "--program", program]
            let words = try await make(arguments + [folder + "/a"]).text.split(separator: "\n")
                .map { $0.split(separator: " ").map(String.init) }
            let said = Dictionary(uniqueKeysWithValues: words.map { ($0[0], $0[1]) })
            let file = try #require(said["file"])
            try await make(arguments + [folder + "/b"])
            let name = URL(fileURLWithPath: file).lastPathComponent
            #expect(try Files.names(in: folder + "/a") == [name])
            #expect(try Files.bytes("\(folder)/a/\(name)") == Files.bytes("\(folder)/b/\(name)"))

            // Each blob is what its name says, and the digests that were printed are those of the layout.
            try FileManager.default.createDirectory(atPath: folder + "/layout", withIntermediateDirectories: true)
            try await Tool.run("tar", ["-xf", file, "-C", folder + "/layout"])
            let blobs = folder + "/layout/blobs/sha256"
            for blob in try Files.names(in: blobs) {
                #expect(try await Tool.run("sha256sum", [blobs + "/" + blob]).text.hasPrefix(blob))
            }
            func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
                try JSONDecoder().decode(type, from: Data(try Files.bytes(folder + "/layout/" + path)))
            }
            func path(_ digest: String) -> String { "blobs/" + digest.replacing(":", with: "/") }
            let index = try decode(Index.self, "index.json")
            let digest = try #require(said["digest"])
            #expect(index.manifests.map(\.digest) == [digest, digest])
            #expect(
                index.manifests.map { $0.annotations?["io.containerd.image.name"] } == [
                    "registry.example:5000/ops/exhibit:7", "registry.example:5000/ops/exhibit@\(digest)",
                ])
            let manifest = try decode(Manifest.self, path(digest))
            #expect(manifest.config.digest == said["configuration"])
            let layer = folder + "/layout/" + path(try #require(manifest.layers.first).digest)
            #expect(try await Tool.run("tar", ["-tzf", layer]).text == "exhibit\ntmp/\n")
            try await Tool.run("tar", ["-xzf", layer, "-C", folder, "exhibit"])
            #expect(try Files.bytes(folder + "/exhibit") == Files.bytes(program))
        }
    }
}
