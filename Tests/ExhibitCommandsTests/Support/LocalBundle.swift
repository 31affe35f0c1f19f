import Foundation
import Testing

/// A capture by collectors that run on this machine, and hardly anything else.
struct LocalBundle {
    let folder: String
    let outcome: Program.Outcome

    /// - Parameters:
    ///   - definitions: of collectors and profiles, by their paths below a folder of one's own.
    ///   - arguments: for `collect`, beside the target and what names the bundle.
    static func with<Value>(
        _ definitions: [String: String] = [:], _ arguments: [String], environment: [String: String] = [:],
        _ body: (LocalBundle) async throws -> Value
    ) async throws -> Value {
        try await Scratch.withFolder { folder in
            let own = folder + "/own"
            try FileManager.default.createDirectory(
                atPath: own + "/profiles", withIntermediateDirectories: true)
            let tiny =
                "apiVersion: exhibit/v1\nkind: Profile\nmetadata: {name: tiny, title: x}\ncollectors: [host-mounts]\n"
            for (path, text) in definitions.merging(["profiles/tiny.yaml": tiny], uniquingKeysWith: { mine, _ in mine })
            {
                try Files.write(text, to: own + "/" + path)
                chmod(own + "/" + path, 0o644)
            }
            for path in [folder, own, own + "/profiles"] { chmod(path, 0o755) }
            let profile = arguments.contains("--profile") ? [] : ["--profile", "tiny"]
            let outcome = try await Exhibit.run(
                ["collect", "host", "--collectors", own, "--out", "b.tar"] + profile + arguments,
                environment: environment, folder: folder)
            return try await body(LocalBundle(folder: folder, outcome: outcome))
        }
    }

    var isSealed: Bool { Files.exists(folder + "/b.tar") }

    func text(_ entry: String) async throws -> String {
        try await Exhibit.expect(Exhibit.Code.ok, ["cat", "b.tar", entry], folder: folder).text
    }

    func object(_ entry: String) async throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(try await text(entry).utf8)) as? [String: Any], "\(entry)")
    }

    /// Lines of the ledger or of custody.
    func lines(_ entry: String) async throws -> [[String: Any]] {
        try await text(entry).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// State and reason of each step of a collector.
    func states(_ collector: String) async throws -> [String: String] {
        try await lines("meta/ledger.jsonl").reduce(into: [:]) { states, line in
            guard line["collector"] as? String == collector, let step = line["step"] as? String else { return }
            let reason = (line["reason"] as? [String: Any])?["message"] as? String
            states[step] = (line["state"] as? String ?? "") + (reason.map { ": \($0)" } ?? "")
        }
    }

    /// Whether these bytes are anywhere in the bundle, which is not compressed.
    func holds(_ text: String) throws -> Bool {
        Data(try Files.bytes(folder + "/b.tar")).range(of: Data(text.utf8)) != nil
    }
}
