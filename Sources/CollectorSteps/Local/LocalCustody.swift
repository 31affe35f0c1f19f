internal import Cryptography
internal import Programs
internal import StructuredText

/// What custody says of a program on the operator's machine before it is run (format.md 4.4).
enum LocalCustody {
    /// The largest file whose digest is made.
    private static let maxExecutable = 256 << 20

    /// - Parameters:
    ///   - executable: where the program was found.
    ///   - digest: of its file; else the file is read now, which is just before it is run by its path. Of a script it is the
    ///     script's, not its interpreter's. A file that this user may run and not read has none.
    static func detail(_ argv: [String], executable: String, digest: SHA256Digest? = nil) async throws -> JSONObject {
        var detail: JSONObject = [
            "argv": .array(argv.map { .string($0) }), "path": .string(executable),
        ]
        let known = if let digest { digest } else { try await BlockingReader.run { fileDigest(executable) } }
        if let known { detail["sha256"] = .string(known.hex) }
        return detail
    }

    private static func fileDigest(_ path: String) -> SHA256Digest? {
        var hash = SHA256()
        do {
            try ProgramImage.pieces(of: path, limit: maxExecutable) { hash.update($0) }
        } catch {
            return nil
        }
        return hash.finalize()
    }
}
