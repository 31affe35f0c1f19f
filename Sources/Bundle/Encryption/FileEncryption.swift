internal import Archive
public import Cryptography

/// Encrypts a bundle's file as it stands, or decrypts one: the bundle in it stays the same to its last byte.
public enum FileEncryption {
    /// The new file.
    public struct Result: Hashable, Sendable {
        public let path: String
        public let sha256: SHA256Digest
        /// In bytes.
        public let size: UInt64
        /// `<path>.sha256`; nil when it could not be written.
        public let checksumFile: String?
    }

    /// Encrypts the bundle at `source`, which must be one that can be opened; it is not verified. Of one that is
    /// encrypted already, what is in it is encrypted anew.
    ///
    /// - Parameter identities: what opens the source if it is encrypted. No plaintext touches the disk.
    /// - Throws: ``BundleError``: `notABundle` and what else ``BundleReader`` throws; `exists`, `noSpace`, `writeFailed`.
    @concurrent
    public static func encrypt(
        from source: String, to destination: String, recipients: [AgeRecipient], identities: [AgeIdentity] = []
    ) async throws -> Result {
        let doing = "encrypting"
        let reader = try await BundleReader(path: source, identities: identities)
        guard reader.hasLocator else {
            throw BundleError(
                code: .notABundle, doing: doing, subject: source,
                reason: "it is no sealed bundle file: its end is not that of one", advice: "verify it first")
        }
        let file = try EncryptedFile.source(path: source, identities: identities)
        return try await write(to: destination, doing: doing, from: source) { put in
            var encryptor = try AgeEncryptor(recipients: recipients)
            try await StoredContent(file).pieces { piece in
                var output: [UInt8] = []
                try piece.withUnsafeBytes { try encryptor.update($0, appendingTo: &output) }
                try put(output)
            }
            try put(try encryptor.finish())
        }
    }

    /// Decrypts the file at `source`. Nothing but the encryption is checked: every chunk of it, and that none is missing.
    ///
    /// - Throws: ``BundleError``: `notABundle` when it is no age file; `cannotDecrypt`, `damaged`, `truncated`,
    ///   `unsupported`; `exists`, `noSpace`, `writeFailed`.
    @concurrent
    public static func decrypt(
        from source: String, to destination: String, identities: [AgeIdentity]
    ) async throws -> Result {
        let doing = "decrypting"
        let file: FileSource, isEncrypted: Bool
        do {
            file = try FileSource(path: source)
            isEncrypted = try EncryptedFile.isAge(file)
        } catch {
            throw BundleError(error)
        }
        guard isEncrypted else {
            throw BundleError(
                code: .notABundle, doing: doing, subject: source, reason: "it is not encrypted with age",
                advice: "read it as it is")
        }
        return try await write(to: destination, doing: doing, from: source) { put in
            var decryptor = AgeDecryptor(identities: identities)
            do {
                try await StoredContent(file).pieces { piece in
                    var output: [UInt8] = []
                    try piece.withUnsafeBytes { try decryptor.update($0, appendingTo: &output) }
                    try put(output)
                }
                try put(try decryptor.finish())
            } catch let error as CryptographyError {
                throw BundleError(opening: error, subject: source)
            }
        }
    }

    /// Writes `destination.partial`, and gives it its name; on failure, or when the task is cancelled, nothing is left.
    private static func write(
        to destination: String, doing: String, from source: String,
        _ body: ((borrowing [UInt8]) throws -> Void) async throws -> Void
    ) async throws -> Result {
        let partial = destination + ".partial"
        for name in [destination, destination + ".sha256", Sidecar.defaultPath(for: destination)]
        where FileStatus.exists(name) {
            throw BundleError(
                code: .exists, doing: doing, subject: name, reason: "there is something with this name",
                advice: "choose another name or move it away; nothing is ever replaced")
        }
        do {
            let writer = FileWriter(try OutputFile(creating: partial))
            do {
                try await body { piece in
                    try Task.checkCancellation()
                    try writer.write(piece)
                }
                let (sha256, size) = try writer.finish()
                try OutputFile.publish(from: partial, to: destination)
                return Result(
                    path: destination, sha256: sha256, size: size,
                    checksumFile: BundleWriter.writeChecksum(sha256, of: destination))
            } catch {
                FileStatus.remove(partial)
                throw error
            }
        } catch {
            throw BundleError(wrapping: error, doing: doing, subject: source)
        }
    }

    /// A file, and the hash of what goes into it.
    private final class FileWriter {
        private var output: OutputFile?
        private var hasher = SHA256()

        init(_ output: consuming OutputFile) {
            self.output = consume output
        }

        func write(_ bytes: [UInt8]) throws {
            try output?.write(bytes)
            hasher.update(bytes)
        }

        func finish() throws -> (SHA256Digest, UInt64) {
            let size = output?.written ?? 0
            try output?.sync()
            try output.take()?.close()
            return (hasher.digestSoFar(), size)
        }
    }
}
