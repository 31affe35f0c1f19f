import Foundation
import Inspection
import OfflineServer
import StructuredText
import Testing

private let fixtures = (ProcessInfo.processInfo.environment["EXHIBIT_FIXTURES"] ?? "../shared/fixtures") + "/foreign"

/// Captures of other tools, which say nothing of what the API server served, and of what was looked at.
@Suite(
    .enabled(if: FileManager.default.fileExists(atPath: fixtures), "no fixtures: EXHIBIT_FIXTURES names their folder"))
struct ForeignObjectTests {
    private static func api(_ name: String) async throws -> ClusterAPI {
        ClusterAPI(try await WrittenBundle.served(try await ForeignCapture(path: fixtures + "/" + name)))
    }

    /// Names with their namespaces, of the rows of a table.
    private static func expected(_ name: String) throws -> [String] {
        let path = fixtures + "/sbctl-expected/" + name
        let table = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
        return (table["rows"]?.array ?? []).compactMap { row in
            guard let metadata = row["object"]?["metadata"], let name = metadata["name"]?.string else { return nil }
            return (metadata["namespace"]?.string.map { $0 + "/" } ?? "") + name
        }
    }

    @Test(arguments: [
        ("pods_all_namespaces.json", "api/v1/pods", ""),
        ("pods_velero_namespace.json", "api/v1/namespaces/velero/pods", ""),
        ("pods_restic_only.json", "api/v1/namespaces/velero/pods", "name=restic"),
        ("configmaps_all_namespaces.json", "api/v1/configmaps", ""),
        ("configmaps_kube_public_namespace.json", "api/v1/namespaces/kube-public/configmaps", ""),
    ])
    func listsAreThoseThatAnotherReaderOfThatCaptureGives(name: String, path: String, labels: String) async throws {
        let query = labels.isEmpty ? [] : [("labelSelector", labels)]
        let names = try await Self.api("sbctl-support-bundle.tar.gz").names(path, query)
        #expect(!names.isEmpty)
        #expect(Set(names) == Set(try Self.expected(name)))
    }

    @Test func kindsThatAreNotThereAreKnownAndNotCaptured() async throws {
        let api = try await Self.api("must-gather-4.8.tar.gz")
        let status = try await api.json("apis/batch/v1/namespaces/default/cronjobs")
        #expect(status["code"]?.int == 403)
        #expect(status["message"]?.string?.contains("were not captured") == true)
        #expect(try await api.json("version")["gitVersion"]?.string?.hasPrefix("v") == true)
        #expect(try await api.json("apis/nobody.example.org/v1/things")["code"]?.int == 404)
    }
}
