import Foundation
import Testing

/// The bundles in `Vectors`: one scenario each, made by a writer that was written from the specification alone, and
/// what must come of them. `Tests/agreement_test.py --write` makes them; `Scripts/verify_bundle.py` has the same list.
@Suite(.needsBinary, .needsTool("python3"))
struct VectorTests {
    private struct Vector: Decodable {
        var file: String
        var arguments: [String]
        var exhibit: Int32
        var independent: Int32
        var about: String

        enum CodingKeys: String, CodingKey {
            case file, arguments, exhibit, about
            case independent = "verify_bundle.py"
        }
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Vectors").path

    private static func all() throws -> [Vector] {
        let list = try Data(contentsOf: URL(fileURLWithPath: folder + "/vectors.json"))
        return try JSONDecoder().decode([Vector].self, from: list)
    }

    @Test func eachHasItsVerdict() async throws {
        let vectors = try Self.all()
        #expect(vectors.count > 150)
        #expect(Set(vectors.map(\.exhibit)) == [0, 10, 11, 12, 13, 14, 15, 16])
        for vector in vectors {
            let outcome = try await Exhibit.run(
                ["verify", "--no-config"] + vector.arguments + [vector.file], folder: Self.folder)
            #expect(outcome.status == vector.exhibit, "\(vector.file), \(vector.about): \(outcome.summary)")
        }
        // Tests/agreement_test.py says why for each.
        #expect(vectors.filter { $0.exhibit != $0.independent }.count <= 2)
    }

    @Test(.needsTool("zstd"), .needsTool("ssh-keygen"), .needsTool("openssl"))
    func theIndependentVerifierHasItsVerdict() async throws {
        let vectors = try Self.all()
        let statuses = try await IndependentVerifier.statuses(
            vectors.map { $0.arguments + [$0.file] }, folder: Self.folder)
        for (vector, status) in zip(vectors, statuses) {
            #expect(status == vector.independent, "\(vector.file), \(vector.about)")
        }
    }
}
