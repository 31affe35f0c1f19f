import Foundation
import Testing

/// It and the program must agree on real bundles.
@Suite(.needsBinary, .needsTool("python3"), .needsTool("zstd"), .needsTool("ssh-keygen"))
struct IndependentVerifierTests {
    @Test(arguments: ["tar", "tar.zst", "tar.gz"])
    func bothAgreeOnACaptureOfThisHost(kind: String) async throws {
        let capture = try await Capture.collect(Capture.ofThisHost, name: "host." + kind, within: .seconds(120))
        let expected = ["--expect", capture.sealID]
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", "--deep"] + expected + [capture.path])
        let runs = [
            (Exhibit.Code.ok, expected + ["--deep", capture.path]), (Exhibit.Code.ok, expected + [capture.folder]),
            (Exhibit.Code.consistentNotAuthenticated, [capture.path]),
            (Exhibit.Code.identityFailed, ["--expect", String(repeating: "0", count: 64), capture.path]),
        ]

        // Any changed byte in the middle of the file, and any cut.
        let bytes = try Files.bytes(capture.path)
        try await Scratch.withFolder { folder in
            var broken: [[String]] = []
            for part in 1..<8 {
                var changed = bytes
                changed[bytes.count * part / 8] ^= 0x10
                for (name, content) in [("changed", changed), ("cut", Array(bytes.prefix(bytes.count * part / 8)))] {
                    let path = "\(folder)/\(name)-\(part).\(kind)"
                    try Data(content).write(to: URL(fileURLWithPath: path))
                    broken.append(expected + [path])
                }
                let path = "\(folder)/changed-\(part).\(kind)"
                let ours = try await Exhibit.run(["verify"] + expected + [path]).status
                guard ours == Exhibit.Code.ok else { continue }
                // Some bits of a compressed file mean nothing: then it is the same archive.
                #expect(try await Self.isSameArchive(path, capture.path, kind, folder))
                broken.removeAll { $0 == expected + [path] }
            }
            let statuses = try await IndependentVerifier.statuses(runs.map(\.1) + broken)
            for ((code, arguments), status) in zip(runs, statuses) { #expect(status == code, "\(arguments)") }
            for (arguments, status) in zip(broken, statuses.dropFirst(runs.count)) {
                // A crash is no verdict.
                #expect(status > Exhibit.Code.consistentNotAuthenticated, "\(arguments)")
            }
        }
    }

    private static func isSameArchive(_ one: String, _ other: String, _ kind: String, _ folder: String) async throws
        -> Bool
    {
        let tool = ["tar.zst": "zstd", "tar.gz": "gzip"][kind]
        guard let tool else { return false }
        let script = #""$1" -dc <"$2" >"$4/one" && "$1" -dc <"$3" >"$4/other" && cmp -s "$4/one" "$4/other""#
        return try await Tool.run("sh", ["-c", script, "sh", tool, one, other, folder], mayFail: true).status == 0
    }
}
