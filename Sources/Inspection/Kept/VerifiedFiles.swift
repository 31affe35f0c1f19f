package import Archive
public import Bundle
package import BundleFormat
internal import Glibc

/// Which files of bundles were compared with their hashes, all that was captured, and had the content that was sealed. Each is a small
/// file that is named by the Seal ID.
///
/// It says so of a file as it was then, by device, inode, size and times. One that has them still is not hashed again when it is searched.
/// The time of the last change is the kernel's, which no program sets: root, who can set the clock, and who writes to the disk beneath the
/// file system can deceive it. Anything in the folder can be deleted at any time.
public struct VerifiedFiles: Sendable {
    private let folder: CacheFolder
    /// As ``FileFingerprint/settling``.
    package var settling = FileFingerprint.settling

    private static let most = 1_000

    /// - Parameter base: the folder for caches of all programs; `exhibit/verified` in it is ours.
    public init(base: String) {
        folder = CacheFolder(base: base, name: "verified")
    }

    /// Keeps that a bundle was verified, if it was, all of it, and its file can be known again. Of one that does not hold nothing is left:
    /// a failing disk gives a file no other identity.
    public func keep(_ verification: Verification) {
        guard let seal = verification.sealID, let file = verification.file else { return }
        if verification.integrity.state == .passed, verification.completeness.state == .passed {
            keep(file, seal)
        } else if folder.isOurs {
            unlink(name(seal))
        }
    }

    /// Keeps that all that was captured was compared in a file that was settled, and still is this one.
    package func keep(_ file: FileFingerprint, _ seal: SealID) {
        guard folder.prepare() else { return }
        let path = name(seal), draft = CacheFolder.draft(of: path)
        if !CacheFolder.write(Self.record(file, seal), to: draft) || rename(draft, path) != 0 { unlink(draft) }
        folder.prune(files: Self.most) { SealID($0) != nil }
    }

    /// Whether all that was captured was compared in this very file, of that seal.
    package func has(_ file: FileFingerprint, _ seal: SealID) -> Bool {
        let path = name(seal), record = Self.record(file, seal)
        guard folder.isOurs, CacheFolder.bytes(of: path, atMost: record.count) == record else { return false }
        CacheFolder.touch(path)
        return true
    }

    private func name(_ seal: SealID) -> String { "\(folder.path)/\(seal)" }

    /// What is not this, to the byte, is no record of it.
    private static func record(_ file: FileFingerprint, _ seal: SealID) -> [UInt8] {
        Array(
            "exhibit verified 1 \(seal) \(file.device) \(file.inode) \(file.size) \(file.modified) \(file.changed)\n"
                .utf8)
    }
}
