import BundleFormat
import Cryptography
import Foundation
import Testing

/// The values that `reference.py`, written from docs/format.md alone, computes for a small bundle.
@Suite struct GoldenVectorTests {
    @Test func theSwiftCodeAgreesWithTheReference() throws {
        #expect(try ownLines() == goldenLines())
    }

    @Test(.enabled(if: python != nil, "no python3 on this machine"))
    func theReferenceStillSaysSo() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [Self.folder + "reference.py"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(output.split(separator: "\n").map(String.init) == (try goldenLines()))
    }

    private static let folder = String(#filePath.dropLast("GoldenVectorTests.swift".count))
    private static let python = ["/usr/bin/python3", "/root/.pyenv/shims/python3", "/usr/local/bin/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private func goldenLines() throws -> [String] {
        try String(contentsOfFile: Self.folder + "golden.txt", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func ownLines() throws -> [String] {
        let entries: [(String, String, Segmentation, Int, [UInt8], UInt64)] = [
            ("data/version", "text/plain", .lines, 0, Array("exhibit\n1.0.0\n".utf8), 512),
            ("data/empty", "text/plain", .lines, 1, [], 2_048),
            (
                "data/namespaces/a/core/pods.yaml", "application/yaml", .lines, 2,
                Samples.text(seed: 1, length: 5_000, newline: 10), 2_560
            ),
            ("data/long", "text/plain", .lines, 3, Samples.text(seed: 2, length: 200_000, newline: 0), 10_240),
            ("data/many", "text/plain", .lines, 3, Samples.text(seed: 3, length: 70_000, newline: 20), 300_000),
            (
                "data/binary", "application/octet-stream", .whole, 4, Samples.text(seed: 4, length: 3_000, newline: 30),
                400_000
            ),
        ]
        var output: [String] = []
        var tree = MerkleAccumulator()
        for (text, media, segmentation, attempt, content, offset) in entries {
            let path = try EntryPath(text)
            let digest = try Samples.contentDigest(content, path: path, segmentation: segmentation)
            let line = IndexLine(
                path: path, media: media, segmentation: segmentation, attempt: attempt, segments: digest.segments,
                root: digest.root, sha256: digest.sha256, size: digest.size, offset: offset)
            tree.append(TreeHash.entryLeaf(line, salts: Samples.salts))
            output.append("index " + String(decoding: line.encoded().dropLast(), as: UTF8.self))
        }
        let root = MerkleRoot(leaves: tree.count, root: tree.root)
        let bundle = try #require(BundleID("00112233445566778899aabbccddeeff"))
        let seal = Seal(
            tagManifest: SHA256.digest(of: "tags\n"), merkleRoot: SHA256.digest(of: root.encoded()),
            statement: SHA256.digest(of: Statement(bundle: bundle, root: root).encoded()))
        output += ["root \(root.root)", "seal \(seal.id)"]
        return output + sourceNames.map { "path \(EntryPath(sourceComponents: $0))" }
    }

    private var sourceNames: [[[UInt8]]] {
        func bytes(_ text: String, _ count: Int = 1) -> [UInt8] {
            Array(String(repeating: text, count: count).utf8)
        }
        let data = bytes("data")
        return [
            [data, bytes("a b"), bytes("café"), [0xFF]], [data, bytes("."), bytes("..")],
            [data, bytes("..."), bytes(".x")],
            [data, []], [data, bytes("x", 300) + bytes(".yaml")], [data, bytes("=", 100) + bytes(".log")],
            [data, bytes("a/b=c%d")], [data, bytes("y", 250) + bytes(".") + bytes("z", 20)],
            [data] + Array(repeating: bytes("d", 200), count: 6) + [bytes("name.txt")], [data, bytes(".", 256)],
        ]
    }
}
