internal import Archive
internal import Cryptography
internal import Synchronization

/// Encrypts the file of a bundle while it is written.
final class ArchiveEncryption: OutputTransform {
    private struct State: ~Copyable {
        /// Nil when the file is finished.
        var encryptor: AgeEncryptor?
        var plaintext: UInt64 = 0
    }

    /// Opens what is written.
    let identity: AgeIdentity
    private let state: Mutex<State>
    /// Where what is held back is put; nil when it need not be.
    private let folder = Mutex<SpoolFolder?>(nil)

    /// A passphrase takes the time and memory that its work factor says.
    init(recipients: [AgeRecipient]) throws(CryptographyError) {
        let encryptor = try AgeEncryptor(recipients: recipients)
        identity = encryptor.identity
        state = Mutex(State(encryptor: encryptor))
    }

    /// From now on what is held back goes to `archive.tail` in this folder, whenever that is asked for.
    func keepTail(in folder: SpoolFolder) {
        self.folder.withLock { $0 = folder }
    }

    func transform(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        let result = state.withLock { state -> Result<[UInt8], ArchiveError> in
            do throws(CryptographyError) {
                let output = try state.encryptor?.update(bytes) ?? []
                state.plaintext += UInt64(bytes.count)
                return .success(output)
            } catch {
                return .failure(ArchiveError(encrypting: error))
            }
        }
        return try result.get()
    }

    func finish() throws(ArchiveError) -> [UInt8] {
        let result = state.withLock { state -> Result<[UInt8], ArchiveError> in
            do throws(CryptographyError) {
                guard let encryptor = state.encryptor.take() else { return .success([]) }
                return .success(try encryptor.finish())
            } catch {
                return .failure(ArchiveError(encrypting: error))
            }
        }
        return try result.get()
    }

    func room(for bytes: UInt64) -> UInt64 {
        state.withLock { state in
            // The header counts until it is written, by what it can have at most.
            let held = state.plaintext == 0 ? AgeHeader.maximumSize : AgeLayout.chunkSize
            let content = bytes + UInt64(held)
            return content + (content / UInt64(AgeLayout.chunkSize) + 2) * UInt64(AgeLayout.tagSize)
        }
    }

    func keep(sync: Bool) throws(ArchiveError) -> Bool {
        guard let folder = folder.withLock({ $0 }) else { return true }
        let (bytes, end) = state.withLock { state in
            (state.encryptor?.withUnsealed { Array($0) } ?? [], state.plaintext)
        }
        let offset = end - UInt64(bytes.count)
        guard try folder.writeTail(bytes, from: offset, of: SpoolFolder.archive, sync: sync) else { return false }
        if sync { try OutputFile.syncFolder(of: folder.filePath(SpoolFolder.archive)) }
        return true
    }
}
