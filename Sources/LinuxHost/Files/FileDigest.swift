internal import Cryptography
internal import Glibc

/// The SHA-256 of a file's content, or why there is none.
public struct FileDigest: Hashable, Sendable {
    /// 64 lower-case hexadecimal digits.
    public var sha256: String?
    /// Why there is none.
    public var note: String?
    /// Whether size or times changed while it was read: the hash is of bytes that need not have stood there together.
    public var changedWhileRead = false

    package init(sha256: String? = nil, note: String? = nil, changedWhileRead: Bool = false) {
        self.sha256 = sha256
        self.note = note
        self.changedWhileRead = changedWhileRead
    }
}

/// How much is hashed, and until when.
package struct DigestBudget {
    private let largest: UInt64
    private var left: UInt64
    private let until: ContinuousClock.Instant?
    /// Of files with several names, so that each is read once.
    private var known: [Key: FileDigest] = [:]

    private struct Key: Hashable {
        var identity: FileIdentity
        var size: Int64
        var changed: Timestamp
    }

    private static let maxKnown = 10_000

    package init(largest: UInt64, total: UInt64, until: ContinuousClock.Instant?) {
        self.largest = largest
        left = total
        self.until = until
    }

    package mutating func digest(of file: PinnedFile) -> FileDigest {
        let size = UInt64(max(0, file.status.st_size))
        guard size <= largest else { return FileDigest(note: "larger than \(largest) bytes") }
        let key = Key(
            identity: file.identity, size: Int64(file.status.st_size), changed: Timestamp(file.status.st_ctim))
        let isShared = file.status.st_nlink > 1
        if isShared, let digest = known[key] { return digest }
        guard size <= left else { return FileDigest(note: "the limit of bytes to hash was reached") }
        if let until, ContinuousClock.now >= until { return FileDigest(note: "no time was left to hash it") }
        left -= size
        let digest = read(file, size)
        if isShared, known.count < Self.maxKnown { known[key] = digest }
        return digest
    }

    /// No more than it had when it was found: a file that grows while it is read must end.
    private func read(_ file: PinnedFile, _ size: UInt64) -> FileDigest {
        do throws(HostError) {
            let descriptor = try file.open()
            var hasher = SHA256()
            var count: UInt64 = 0
            var failure: HostError?
            withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
                while count < size {
                    if Task.isCancelled || until.map({ ContinuousClock.now >= $0 }) == true {
                        failure = HostError(.timedOut, "hash", file.path, reason: "no time was left to hash it")
                        return
                    }
                    let room = UnsafeMutableRawBufferPointer(
                        rebasing: buffer[..<Int(min(UInt64(buffer.count), size - count))])
                    switch SystemRead.read(descriptor.rawValue, into: room, path: file.path) {
                    case .success(0): return
                    case .success(let read):
                        hasher.update(UnsafeRawBufferPointer(rebasing: room[..<read]))
                        count += UInt64(read)
                    case .failure(let error):
                        failure = error
                        return
                    }
                }
            }
            if let failure { throw failure }
            let after = try descriptor.status()
            return FileDigest(
                sha256: hasher.finalize().hex, changedWhileRead: count < size || Self.differs(file.status, after))
        } catch {
            return FileDigest(note: error.code == .timedOut ? error.reason : error.description)
        }
    }

    private static func differs(_ before: stat, _ after: stat) -> Bool {
        before.st_size != after.st_size || Timestamp(before.st_mtim) != Timestamp(after.st_mtim)
            || Timestamp(before.st_ctim) != Timestamp(after.st_ctim)
    }
}
