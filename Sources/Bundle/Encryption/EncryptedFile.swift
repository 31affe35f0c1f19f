internal import Archive
public import Cryptography

/// Whether a bundle file is encrypted, and to whom.
public enum EncryptedFile {
    /// The header of the age file at `path`; nil when it is none, or none that begins as one must.
    ///
    /// - Throws: ``BundleError``: `readFailed`.
    public static func header(path: String) throws -> AgeHeader? {
        if FileStatus.isFolder(path) { return nil }
        do {
            let file = try FileSource(path: path)
            guard try isAge(file) else { return nil }
            return try? AgeHeader.parse(prefix: try prefix(file, count: AgeHeader.maximumSize))
        } catch {
            throw BundleError(error)
        }
    }

    static func isAge(_ file: any ContainerSource) throws(ArchiveError) -> Bool {
        AgeHeader.isAge(prefix: try prefix(file, count: 32))
    }

    /// What a bundle's file holds: the plaintext if it is encrypted.
    static func source(
        path: String, identities: [AgeIdentity]
    ) throws(BundleError) -> any ContainerSource {
        let file: FileSource, isEncrypted: Bool
        do {
            file = try FileSource(path: path)
            isEncrypted = try isAge(file)
        } catch {
            throw BundleError(error)
        }
        return isEncrypted ? try AgeSource(file, identities: identities) : file
    }

    private static func prefix(_ file: any ContainerSource, count: Int) throws(ArchiveError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(min(UInt64(count), file.size)))
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveError) in try file.read(at: 0, into: buffer) }
        }
        bytes.removeLast(bytes.count - (try result.get()))
        return bytes
    }
}
