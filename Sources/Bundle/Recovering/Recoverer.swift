internal import Archive
public import BundleFormat
public import Cryptography
internal import Glibc

/// Makes a sealed bundle of one whose writer was killed (section 7.3): everything that its last checkpoint proves, byte
/// for byte, sealed with the recoverer's key.
///
/// `NAME.partial` and `NAME.partial.d/` are taken as hostile, and never changed. What comes of them is verified before it
/// gets its name; on failure nothing is left of it.
public struct Recoverer: Sendable {
    static let doing = "recovering"

    /// Who recovers, as the bundle will say.
    public var `operator`: String
    /// What recovers.
    public var tool: OpeningRecord.Tool
    /// Compression level; nil is the container's default.
    public var level: Int?
    /// What opens the remains if they are encrypted.
    public var identities: [AgeIdentity]
    /// To whom the bundle is encrypted.
    public var encryption: EncryptionChoice

    public init(
        operator: String, tool: OpeningRecord.Tool, level: Int? = nil, identities: [AgeIdentity] = [],
        encryption: EncryptionChoice = .asBefore
    ) {
        self.operator = `operator`
        self.tool = tool
        self.level = level
        self.identities = identities
        self.encryption = encryption
    }

    /// Recovers the bundle at `partialPath` into a new file, in the container that its name says, else the same one.
    ///
    /// - Parameters:
    ///   - outputPath: nothing may be there.
    ///   - signers: seal; without any, or where all fail, a key is made for it.
    ///   - timestamps: where to get time stamps over their signatures.
    /// - Throws: ``BundleError``: `notRecoverable` when no checkpoint holds, or when what it proves makes no bundle;
    ///   `inUse` when the capture still runs; `exists`, `noSpace`, `writeFailed`, `readFailed`, `unsupported`;
    ///   `cannotDecrypt` without the right identity, `wouldDecrypt` when encrypted remains were to become a plain bundle.
    @concurrent
    public func recover(
        partialPath: String, outputPath: String, signers: [SealSigner] = [], timestamps: TimestampTaker? = nil
    ) async throws -> RecoveredBundle {
        // Held to the end: a capture that still runs must not find its name taken.
        let lock = try FileLock(path: partialPath, doing: Self.doing)
        defer { withExtendedLifetime(lock) {} }
        for name in [outputPath, outputPath + ".sha256", Sidecar.defaultPath(for: outputPath)]
        where FileStatus.exists(name) {
            throw BundleError(
                code: .exists, doing: Self.doing, subject: name, reason: "there is something with this name",
                advice: "choose another name or move it away; nothing is ever replaced")
        }
        // Reading may take long; that nothing can be written there should be known before.
        try WorkingFile(output: outputPath).remove()
        let remains = try remains(of: partialPath)
        let reader: ContainerReader
        do {
            reader = try ContainerReader(source: remains.source)
        } catch {
            guard error.code == .notAnArchive else { throw BundleError(error) }
            throw Self.nothing(partialPath, error.reason)
        }
        let pass = PartialPass(reader, path: partialPath)
        let end: PartialPass.End
        do {
            end = try await pass.run()
        } catch {
            throw BundleError(wrapping: error, doing: Self.doing, subject: partialPath)
        }
        let recovery = Recovery(
            recoverer: self, reader: reader, partialPath: partialPath, folder: remains.folder, outputPath: outputPath,
            signers: signers, timestamps: timestamps)
        if end.isWhole {
            let sealed = try await withWorkingFile(outputPath) { working in
                try await recovery.takeSealed(working, opener: pass.opener)
            }
            if let sealed { return sealed }
        }
        guard let opening = pass.opening, let salts = pass.salts, end.checkpoint > 0 else {
            throw Self.nothing(partialPath, end.reason)
        }
        let recipients = try encryption.recipients(
            opening: remains.folder.identities == nil ? nil : opening, doing: Self.doing, subject: partialPath)
        return try await withWorkingFile(outputPath) { working in
            try await recovery.run(working, upTo: end, opening: opening, salts: salts, recipients: recipients)
        }
    }

    /// What the killed writer left, opened.
    private func remains(
        of partialPath: String
    ) throws(BundleError) -> (source: any ContainerSource, folder: PartialFolder) {
        let file: FileSource, isEncrypted: Bool
        do {
            file = try FileSource(path: partialPath)
            isEncrypted = try EncryptedFile.isAge(file)
        } catch {
            throw BundleError(error)
        }
        guard isEncrypted else { return (file, PartialFolder(of: partialPath, identities: nil)) }
        let folder = PartialFolder(of: partialPath, identities: identities)
        do {
            let remains = try AgeRemains(file, tail: folder.tail(of: SpoolFolder.archive), identities: identities)
            return (remains, folder)
        } catch {
            guard error.code != .truncated else { throw Self.nothing(partialPath, error.reason) }
            throw error
        }
    }

    /// Nothing is left of the file unless it was given its name.
    private func withWorkingFile<Result>(
        _ outputPath: String, _ body: (borrowing WorkingFile) async throws -> Result
    ) async throws -> Result {
        let working = try WorkingFile(output: outputPath)
        defer { working.remove() }
        do {
            return try await body(working)
        } catch {
            throw BundleError(wrapping: error, doing: Self.doing, subject: outputPath)
        }
    }

    static func nothing(_ path: String, _ reason: String) -> BundleError {
        BundleError(
            code: .notRecoverable, doing: doing, subject: path,
            reason: "no checkpoint in it holds, so nothing in it is proved: \(reason)",
            advice: "keep it for analysis; a tar or zstd tool may still read part of it")
    }
}
