import Foundation
import Inspection
import Synchronization

/// Logs laid out as `oc adm inspect` does, and what a reader makes of them.
struct LogCapture {
    let folder: TestFolder
    let capture: ForeignCapture

    private init(folder: TestFolder, capture: ForeignCapture) {
        self.folder = folder
        self.capture = capture
    }

    /// - Parameter files: texts by `POD/CONTAINER/FILE`, of namespace `prod`; or by a path that begins with `namespaces/`.
    init(_ files: [String: String], archive: String? = nil) async throws {
        let folder = try TestFolder()
        for (path, text) in files {
            let parts = path.split(separator: "/")
            let place =
                path.hasPrefix("namespaces/")
                ? path
                : "namespaces/prod/pods/\(parts[0])/\(parts[1])/\(parts[1])/logs/"
                    + parts[2...].joined(separator: "/")
            try folder.write(text, to: "case/" + place)
        }
        if let archive {
            try folder.shell("find case -type f | LC_ALL=C sort -r | tar -caf \"$1\" -T -", archive)
        }
        self.folder = folder
        capture = try await ForeignCapture(path: folder.file(archive ?? "case"))
    }

    /// What is in the folder now.
    static func reopened(_ folder: TestFolder) async throws -> LogCapture {
        LogCapture(folder: folder, capture: try await ForeignCapture(path: folder.file("case")))
    }

    func plan(_ change: (inout LogChoice) -> Void = { _ in }) async throws -> LogPlan {
        var choice = LogChoice()
        change(&choice)
        return try await LogChooser(try await EvidenceDatabase(capture)).plan(choice)
    }

    /// What is printed of the logs, each line with its pod in front where `names` says so.
    func text(
        _ plan: LogPlan, _ options: LogOptions = LogOptions(), memoryBytes: Int = 256 << 20, names: Bool = false
    ) async throws -> (text: [UInt8], report: LogReadReport) {
        let tracks = plan.tracks
        let text = Mutex<[UInt8]>([])
        let report = try await LogReader(capture, tracks, options, memoryBytes: memoryBytes).read { piece in
            text.withLock { text in
                if names, piece.isFirst { text += "\(tracks[piece.track].pod)>".utf8 }
                text += piece.bytes
                if piece.hasLineEnd || names && piece.isLast { text.append(0x0A) }
            }
        }
        return (text.withLock { $0 }, report)
    }

    func lines(
        _ plan: LogPlan, _ options: LogOptions = LogOptions(), memoryBytes: Int = 256 << 20, names: Bool = true
    ) async throws -> [String] {
        String(decoding: try await text(plan, options, memoryBytes: memoryBytes, names: names).text, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// A time of a runtime, in seconds behind 08:00.
    static func stamp(_ seconds: Int, _ nanoseconds: Int = 0) -> String {
        let text = "00000000" + String(nanoseconds)
        return
            "2026-11-30T\(two(8 + seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(text.suffix(9))Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
