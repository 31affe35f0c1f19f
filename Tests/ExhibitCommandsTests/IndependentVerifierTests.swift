import Foundation
import Testing

/// `Scripts/verify_bundle.py` was written from docs/format.md alone: it and the program must agree on real bundles.
@Suite(.needsBinary, .needsTool("python3"), .needsTool("zstd"), .needsTool("ssh-keygen"))
struct IndependentVerifierTests {
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts/verify_bundle.py").path

    private func verdict(_ arguments: [String]) async throws -> Int32 {
        try await Tool.run("python3", ["-B", Self.script] + arguments, mayFail: true).status
    }

    @Test(arguments: ["tar", "tar.zst", "tar.gz"])
    func bothAgreeOnACaptureOfThisHost(kind: String) async throws {
        let capture = try await Capture.collect(Capture.ofThisHost, name: "host." + kind, within: .seconds(120))
        let expected = ["--expect", capture.sealID, "--deep", capture.path]
        try await Exhibit.expect(Exhibit.Code.ok, ["verify"] + expected)
        #expect(try await verdict(expected) == Exhibit.Code.ok)
        #expect(try await verdict(["--expect", capture.sealID, capture.folder]) == Exhibit.Code.ok)
        #expect(try await verdict([capture.path]) == Exhibit.Code.consistentNotAuthenticated)
        let other = String(repeating: "0", count: 64)
        #expect(try await verdict(["--expect", other, capture.path]) == Exhibit.Code.identityFailed)

        // Any changed byte in the middle of the file, and any cut.
        let bytes = try Files.bytes(capture.path)
        try await Scratch.withFolder { folder in
            for part in 1..<8 {
                var changed = bytes
                changed[bytes.count * part / 8] ^= 0x10
                let path = "\(folder)/changed.\(kind)"
                try Data(changed).write(to: URL(fileURLWithPath: path))
                let ours = try await Exhibit.run(["verify", "--expect", capture.sealID, path]).status
                #expect(ours != Exhibit.Code.ok)
                #expect(try await verdict(["--expect", capture.sealID, path]) != Exhibit.Code.ok)
                try Data(bytes.prefix(bytes.count * part / 8)).write(to: URL(fileURLWithPath: path))
                #expect(try await verdict(["--expect", capture.sealID, path]) != Exhibit.Code.ok)
            }
        }
    }
}
