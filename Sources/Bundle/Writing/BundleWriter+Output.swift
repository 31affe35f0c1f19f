internal import Archive
public import BundleFormat
internal import Cryptography

/// Where a bundle goes: a file, or whoever reads a pipe.
extension BundleWriter {
    /// Where a bundle goes.
    public enum Output: Sendable {
        /// A new file. Nothing may be there, nor at this path and `.partial`.
        case file(String)
        /// An open descriptor, such as a pipe, which is closed at the end. Spools are in a folder that is made in `spools`
        /// and goes away; what is written before the seal cannot be recovered.
        case stream(Int32, spools: String)
    }

    /// Creates the file and writes the opening of the bundle.
    ///
    /// - Parameter outputPath: see ``Output/file(_:)``.
    /// - Throws: see ``init(opening:output:options:signers:timestamps:)``.
    public init(
        opening: OpeningRecord, outputPath: String, options: Options = Options(), signers: [SealSigner] = [],
        timestamps: TimestampTaker? = nil
    ) async throws {
        try await self.init(
            opening: opening, output: .file(outputPath), options: options, signers: signers, timestamps: timestamps)
    }

    /// How a stream is called in messages.
    static let streamName = "standard output"

    static func open(_ output: Output) throws(ArchiveError) -> OutputFile {
        switch output {
        case .file(let path): try OutputFile(creating: path + ".partial")
        case .stream(let descriptor, _): OutputFile(adopting: descriptor, name: streamName)
        }
    }

    /// Does not wait for time stamps any more, from any thread.
    ///
    /// - Returns: whether they were being waited for.
    public nonisolated func skipTimestamps() -> Bool {
        signing.skip.set()
    }

    static func checkFree(_ path: String) throws(BundleError) {
        for name in [path, path + ".sha256", path + ".partial.d", Sidecar.defaultPath(for: path)]
        where FileStatus.exists(name) {
            throw BundleError(
                code: .exists, doing: "creating the bundle", subject: name, reason: "there is something with this name",
                advice: "choose another name or move it away; nothing is ever replaced")
        }
    }
}
