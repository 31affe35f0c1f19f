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

/// What a killed writer left of an age file, read by other means than those under test: whole chunks are opened one by one,
/// and its tail is taken apart by hand.
struct DecryptedRemains: ContainerSource {
    let name: String
    let bytes: [UInt8]

    var size: UInt64 { UInt64(bytes.count) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let piece = bytes.dropFirst(Int(min(offset, size))).prefix(buffer.count)
        buffer.copyBytes(from: piece)
        return piece.count
    }

    /// The key of the run.
    static func workIdentity(_ partial: String, _ identity: AgeIdentity) throws -> AgeIdentity {
        guard let file = FileManager.default.contents(atPath: partial + ".d/work-identity.age") else { return identity }
        let text = try AgeDecryptor.decrypt(Array(file), identities: [identity])
        return try #require(try AgeIdentity.parseFile(text).first)
    }

    static func content(
        _ path: String, tail: String, _ identity: AgeIdentity, tails: AgeIdentity
    ) throws -> [UInt8] {
        var content: [UInt8] = []
        var decryptor = AgeDecryptor(identities: [identity])
        let file = Array(FileManager.default.contents(atPath: path) ?? Data())
        do {
            try file.withUnsafeBytes { try decryptor.update($0, appendingTo: &content) }
            return content + (try decryptor.finish())
        } catch is CryptographyError {
            // That is where it was cut off.
        }
        guard let sealed = FileManager.default.contents(atPath: tail) else { return content }
        let plain = try AgeDecryptor.decrypt(Array(sealed), identities: [tails])
        let end = try #require(plain.firstIndex(of: 0x0A))
        let words = String(decoding: plain[..<end], as: UTF8.self).split(separator: " ")
        let name = (path as NSString).lastPathComponent
        #expect(words.count == 5 && words[0] == "exhibit-tail-v1" && [name, "archive"].contains(String(words[1])))
        let offset = try #require(Int(words[3])), bytes = plain[(end + 1)...]
        #expect(Int(words[4]) == bytes.count)
        guard offset <= content.count else { return content }
        let joined = content[..<offset] + bytes
        return joined.count > content.count ? Array(joined) : content
    }
}
