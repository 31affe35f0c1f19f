internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Settings

/// Files of trust anchors, and which were read.
final class AnchorFiles {
    /// One that was read.
    struct Used: Hashable {
        /// What it is for, as the flag and the key of the configuration are called.
        let name: String
        let path: String
        let sha256: SHA256Digest
    }

    static let largest = 64 << 20

    /// Named by the configuration, and so nobody else's to change.
    let isConfigured: Bool
    private(set) var used: [Used] = []

    init(isConfigured: Bool) {
        self.isConfigured = isConfigured
    }

    /// Several files as one; nil for none.
    func certificates(_ paths: [String], what: String) throws -> CertificateBundle? {
        var all: CertificateBundle?
        for path in paths {
            let found = try CertificateBundle(pem: try read(path, what), subject: path)
            all = all?.merging(found) ?? found
        }
        return all
    }

    func allowedSigners(_ path: String) throws -> AllowedSigners {
        let bytes = try read(path, "allowed signers")
        let signers: AllowedSigners
        do {
            signers = try AllowedSigners(parsing: bytes)
        } catch {
            throw RenderingFailure(.badKey, "reading the allowed signers file \(path): \(error)")
        }
        for line in signers.rejectedLines.prefix(10) {
            RenderingFailure.note("\(path), line \(line.line) is passed over: \(line.reason)")
        }
        guard !signers.signers.isEmpty else {
            throw RenderingFailure(
                .badKey,
                "reading the allowed signers file \(path): it allows nobody; a line is `NAME ssh-ed25519 AAAA…`")
        }
        return signers
    }

    private func read(_ path: String, _ what: String) throws -> [UInt8] {
        let bytes =
            isConfigured
            ? try TrustedFile(path: path, limit: Self.largest).bytes
            : try KeyFile.read(path, what: what + " file", limit: Self.largest)
        used.append(Used(name: what, path: path, sha256: SHA256.digest(of: bytes)))
        return bytes
    }
}
