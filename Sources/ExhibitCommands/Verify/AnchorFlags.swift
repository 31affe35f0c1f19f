internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography

/// What a bundle is held against; it always comes from outside of it.
struct AnchorFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The Seal ID that was written down when the bundle was made.", valueName: "sealid"))
    var expect: String?

    @Option(
        help: ArgumentHelp("Who may sign: a file as ssh-keygen(1) describes under ALLOWED SIGNERS.", valueName: "file"))
    var allowedSigners: String?

    func validate() throws {
        if let expect, SealID(expect) == nil {
            throw ValidationError("--expect wants the 64 hex digits of a Seal ID.")
        }
    }

    func anchors(requiredSigner: String? = nil) throws -> Anchors {
        var anchors = Anchors(
            expectedSealID: expect.flatMap { SealID($0) }, requiredSigners: requiredSigner.map { [$0] } ?? [])
        if let allowedSigners { anchors.allowedSigners = try Self.read(allowedSigners) }
        return anchors
    }

    private static func read(_ path: String) throws -> AllowedSigners {
        let bytes = try KeyFile.read(path, what: "allowed signers file")
        let signers: AllowedSigners
        do {
            signers = try AllowedSigners(parsing: bytes)
        } catch {
            throw RenderingFailure(.badKey, "reading the allowed signers file \(path): \(error)")
        }
        for line in signers.rejectedLines.prefix(10) {
            RenderingFailure.note("\(path), line \(line.line) is passed over: \(line.reason)")
        }
        guard !signers.signers.isEmpty else {
            throw RenderingFailure(
                .badKey,
                "reading the allowed signers file \(path): it allows nobody; a line is `NAME ssh-ed25519 AAAA…`")
        }
        return signers
    }
}
