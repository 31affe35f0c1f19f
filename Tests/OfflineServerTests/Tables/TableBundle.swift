import Bundle
import BundleFormat
import Collection
import Foundation
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
        let folder = NSTemporaryDirectory() + "exhibit-served-tables-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/case.tar.zst"
        try await write(files, to: path)
        let database = try await EvidenceDatabase(BundleCapture(try await BundleReader(path: path)))
        return try await body(TablePrinters(ServedCapture(name: "case", database: database, captured: captured)))
    }

    private static func write(_ files: [String: String], to path: String) async throws {
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: path)
        let attempts = files.sorted { $0.key < $1.key }.map { file in
            PlannedAttempt(
                collector: "test", step: "write", target: Target(kind: "Namespace", name: "shop"), source: .api,
                volatility: 3, limits: StepLimits(timeout: .seconds(20), bytes: 1 << 24), label: file.key
            ) { context in
                let entry = try await context.entry(file.key.split(separator: "/").map(String.init), media: .text)
                try await entry.write(Array(file.value.utf8))
                try await entry.finish()
                return .ok
            }
        }
        await CaptureEngine(writer: writer, clock: clock, observer: Silent()).run(attempts)
        _ = try await writer.seal()
    }

    private struct Silent: RunObserver {
        func planned(_ count: Int) {}
        func started(_ number: Int, label: String) {}
        func received(bytes: Int) {}
        func stopped(_ cause: CaptureEngine.RunStop) {}
        func skipped(_ count: Int) {}
        func ended(_ line: LedgerLine) {}
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
