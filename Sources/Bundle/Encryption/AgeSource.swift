internal import Archive
internal import Cryptography

/// The plaintext of an age file, decrypted chunk by chunk where it is read; none of it touches the disk.
final class AgeSource: ContainerSource {
    /// Of the encrypted file.
    let name: String
    private let file: AgeRandomAccessFile

    /// - Throws: `cannotDecrypt`, `damaged`, `truncated`, `unsupported`, `readFailed`.
    convenience init(_ file: any ContainerSource, identities: [AgeIdentity]) throws(BundleError) {
        try self.init(name: file.name) {
            try AgeRandomAccessFile(fileSize: file.size, identities: identities) { offset, buffer in
                try file.read(at: offset, into: buffer)
            }
        }
    }

    /// - Parameter open: opens the file, whole or what there is of it.
    init(name: String, open: () throws -> AgeRandomAccessFile) throws(BundleError) {
        self.name = name
        do {
            file = try open()
        } catch let error as CryptographyError {
            throw BundleError(opening: error, subject: name)
        } catch {
            throw BundleError(wrapping: error, doing: "opening an encrypted file", subject: name)
        }
    }

    var size: UInt64 { file.size }

    /// Whether it ends with its last chunk.
    var isWhole: Bool { file.isWhole }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        do {
            return try file.read(at: offset, into: buffer)
        } catch let error as ArchiveError {
            throw error
        } catch let error as CryptographyError {
            throw ArchiveError(reading: error, subject: name)
        } catch {
            throw ArchiveError(.readFailed, doing: "decrypting", subject: name, reason: "\(error)")
        }
    }
}
