import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// Keys of these tests.
enum Keys {
    /// Takes milliseconds, not a second as age's own default.
    static let workFactor = 4
    static let passphrase = Array("correct horse battery staple".utf8)

    /// A recipient of each kind, and what opens it.
    enum Kind: CaseIterable {
        case x25519, ssh, passphrase

        func pair() throws -> (recipients: [AgeRecipient], identity: AgeIdentity) {
            switch self {
            case .x25519:
                let identity = try AgeIdentity.generate()
                return ([try #require(identity.recipient)], identity)
            case .ssh:
                let key = try SSHPrivateKey.generateEd25519(comment: "test")
                let identity = try AgeIdentity(sshKey: key)
                // And somebody else, before it.
                return (
                    [try #require(try AgeIdentity.generate().recipient), try #require(identity.recipient)], identity
                )
            case .passphrase:
                return (
                    [try .passphrase(Keys.passphrase, workFactor: Keys.workFactor)], try .passphrase(Keys.passphrase)
                )
            }
        }
    }
}

/// A folder whose files are looked into for bytes that must never be there.
struct Leaks {
    let folder: String

    /// Files below the folder, deleted ones excepted, that have the marker in them.
    func files(with marker: String) throws -> [String] {
        let needle = Data(marker.utf8)
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)")?.range(of: needle) != nil
        }
    }
}

/// The real program.
enum AgeTool {
    static let isInstalled = Command.exists(["age", "--version"])
    static let missing = "needs the program age (Debian package age)"
}

func fileBytes(_ path: String) throws -> [UInt8] {
    Array(try #require(FileManager.default.contents(atPath: path), "\(path)"))
}
