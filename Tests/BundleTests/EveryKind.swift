import Archive
import Bundle
import BundleFormat
import Cryptography
import StructuredText

enum EveryKind {
    /// A bundle with a record of every kind that a writer of today makes: checkpoints, definitions, custody, SSH and CMS
    /// signatures with time stamps, records folded in.
    /// - Parameter noise: of the payload, in bytes; 0 for a few lines of text.
    static func write(in folder: String, _ container: Container, noise: Int = 0) async throws -> String {
        let pki = try TestPKI(in: folder).issue("ana")
        let path = "\(folder)/a\(container.fileExtension)"
        let writer = try await BundleWriter(
            opening: try Sample.opening("b"), outputPath: path,
            options: {
                var options = BundleWriter.Options(container: container)
                options.checkpointBytes = 1
                return options
            }(),
            signers: [.ssh(SSHSigner(try .generateEd25519())), try pki.signer("ana")],
            timestamps: TimestampTaker(services: [TestTimestampService(pki)]))
        try await writer.definition(name: "test.yaml", bytes: Sample.text(3, seed: 9))
        try await writer.custody(
            action: "exec", target: .init(kind: "pod", name: "api"), detail: ["argv": ["ls"]], attempt: 1,
            time: Sample.started, monotonic: 3)
        let entry = try await writer.entry(
            path: Sample.components("data/log.txt"), media: "text/plain", segments: .lines, attempt: 1)
        try await entry.write(noise == 0 ? Sample.text(40, seed: 2) : Sample.noise(noise, seed: 3))
        try await writer.record(Sample.ledgerLine(1, [try await entry.finish()]))
        try await writer.record(Sample.ledgerLine(2, [], state: .denied))
        _ = try await writer.seal()
        let signer = SealSigner.ssh(SSHSigner(try .generateEd25519()))
        let attestor = Attestor(bundle: path, by: "Ann Lee")
        _ = try await attestor.add(Attesting.note("seen"), signedBy: [signer])
        _ = try await attestor.sign(try await Verifier().verify(path: path), by: [signer])
        let folded = "\(folder)/b\(container.fileExtension)"
        _ = try await Repacker(container: container).repack(from: path, to: folded)
        return folded
    }
}
