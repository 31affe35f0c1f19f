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

    @Test func eachHasItsVerdict() async throws {
        let list = try Data(contentsOf: URL(fileURLWithPath: Self.folder + "/vectors.json"))
        let vectors = try JSONDecoder().decode([Vector].self, from: list)
        #expect(vectors.count > 150)
        #expect(Set(vectors.map(\.exhibit)) == [0, 10, 11, 12, 13, 14, 15, 16])
        var disagreeing = 0
        for vector in vectors {
            let outcome = try await Exhibit.run(
                ["verify", "--no-config"] + vector.arguments + [vector.file], folder: Self.folder)
            #expect(outcome.status == vector.exhibit, "\(vector.file), \(vector.about): \(outcome.summary)")
            if vector.exhibit != vector.independent { disagreeing += 1 }
        }
        // Tests/agreement_test.py says why for each.
        #expect(disagreeing <= 2)
    }
}
