import Bundle
import Inspection
import OfflineServer
import Rows
import StructuredText

/// A bundle of a few files, and what is printed of it.
enum TableBundle {
    static let captured = RowTime(rfc3339: Array("2026-11-30T12:00:00Z".utf8).span)

    /// - Parameter files: by their path under `data/`.
    static func with<Result>(
        _ files: [String: String], captured: RowTime? = captured,
        _ body: (TablePrinters) async throws -> Result
    ) async throws -> Result {
        let folder = try ScratchFolder()
        let path = folder.path + "/case.tar.zst"
        try await WrittenBundle.write(
            files.sorted { $0.key < $1.key }.map { .objects($0.key, $0.value) }, to: path)
        let database = try await EvidenceDatabase(BundleCapture(try await BundleReader(path: path)))
        return try await body(TablePrinters(ServedCapture(name: "case", database: database, captured: captured)))
    }
}

extension StoredObject {
    init(_ value: JSONValue) {
        self.init(
            namespace: value["metadata"]?["namespace"]?.string, name: value["metadata"]?["name"]?.string ?? "",
            json: value.serialized(), value: value)
    }

    init(json: String) throws {
        self.init(try JSONValue(parsing: json.utf8))
    }
}

extension APIResource {
    /// As in `pods` or `deployments.apps`.
    init(full name: String, version: String = "v1", isNamespaced: Bool = true) {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        self.init(
            group: parts.count > 1 ? parts[1] : "", version: version, name: parts[0], kind: "Kind",
            isNamespaced: isNamespaced)
    }
}

extension TablePrinter {
    /// The cells of an object's row, by the names of their columns.
    func cells(of object: StoredObject) -> [String: JSONValue] {
        Dictionary(zip(columns.map { $0["name"]?.string ?? "" }, row(of: object).cells)) { first, _ in first }
    }
}
