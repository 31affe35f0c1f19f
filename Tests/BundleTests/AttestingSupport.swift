import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc

/// A bundle, and people who attest to it.
struct Attesting {
    let folder: String
    let path: String
    let sealed: SealedBundle
    let attestor: Attestor
    let ann: SealSigner
    /// Lists Ann alone.
    let allowed: AllowedSigners

    var sidecar: String { path + ".attest" }

    init(_ folder: String, name: String = "b.tar") async throws {
        self.folder = folder
        path = "\(folder)/\(name)"
        sealed = try await Sample.write(to: path, container: name.hasSuffix(".tar") ? .tar : .tarZstd)
        attestor = Attestor(bundle: path, by: "Ann Lee")
        let signer = SSHSigner(try SSHPrivateKey.generateEd25519())
        ann = .ssh(signer)
        let line = "ann@example.com \(signer.publicKey.authorizedKeysLine())\n"
        try line.write(toFile: "\(folder)/allowed", atomically: true, encoding: .utf8)
        allowed = try AllowedSigners(parsing: Array(line.utf8))
    }

    func verify(_ anchors: Anchors? = nil, path: String? = nil) async throws -> Verification {
        try await Verifier(anchors: anchors ?? Anchors(allowedSigners: allowed)).verify(path: path ?? self.path)
    }

    func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: sidecar)))
    }

    func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: sidecar))
    }

    func lines() throws -> [[UInt8]] {
        try bytes().split(separator: 0x0A).map { Array($0) + [0x0A] }
    }

    static func note(_ text: String) -> AttestationRecord.Body { .note(text: text, entry: nil) }
}

extension Verification {
    /// Codes and places of what failed in the records.
    var recordFailures: [String] {
        records.answer.findings.filter { $0.severity == .failure }.map { "\($0.code) \($0.path)" }
    }
}
