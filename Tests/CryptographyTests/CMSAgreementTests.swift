import Cryptography
import FoundationEssentials
import Testing

/// A text's second since 1970: `2025-06-01T00:00:00Z`.
func seconds(_ text: String) throws -> Int64 {
    Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970)
}

private let message = Array("seal\r\nof a bundle\n".utf8)

/// We sign and the real `openssl cms` verifies, and the other way round.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct CMSAgreementTests {
    /// `openssl cms -verify` as the documentation tells people to use it.
    static func opensslVerifies(
        _ signature: String, of content: String, anchors: String, in folder: TemporaryFolder, at time: Int64? = nil,
        extra: [String] = []
    ) throws -> StockTool.Outcome {
        var arguments = [
            "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", folder.path(signature),
            "-content", folder.path(content), "-CAfile", folder.path(anchors), "-out", folder.path("verified"),
        ]
        if let time { arguments += ["-attime", "\(time)"] }
        return try StockTool.openssl.run(arguments + extra, in: folder)
    }

    /// `openssl cms -sign` as the documentation tells people to use it.
    static func opensslSigns(
        _ identity: TestIdentity, content: String = "seal", as name: String = "theirs", extra: [String] = []
    ) throws -> [UInt8] {
        let folder = identity.folder
        let outcome = try StockTool.openssl.run(
            [
                "cms", "-sign", "-cades", "-binary", "-signer", identity.certificatePath, "-inkey", identity.keyPath,
                "-in", folder.path(content), "-outform", "DER", "-out", folder.path(name),
            ] + extra, in: folder)
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return try folder.read(name)
    }

    @Test(arguments: TestAuthority.Key.good)
    func bothWays(key: TestAuthority.Key) throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana", key: key)
        let anchors = try CertificateBundle(pem: root.certificate, subject: "root.pem")
        let time = try seconds("2025-06-01T12:34:56Z")
        try folder.write(message, as: "seal")

        let signer = try CMSSigner(certificates: ana.certificate, key: ana.key)
        let ours = try signer.sign(message, at: time)
        try folder.write(ours.encoded, as: "ours")
        let verified = try Self.opensslVerifies("ours", of: "seal", anchors: "root.pem", in: folder)
        #expect(verified.status == 0, Comment(rawValue: verified.errors))
        #expect(try folder.read("verified") == message)
        #expect(ours.signingTime == time && ours.signer == signer.certificate)
        let printed = try StockTool.openssl.run(
            ["cms", "-cmsout", "-print", "-inform", "DER", "-in", folder.path("ours")], in: folder)
        #expect(printed.output.contains("Jun  1 12:34:56 2025 GMT"))
        #expect(printed.output.contains("id-smime-aa-signingCertificateV2"))

        let theirs = try CMSSignature(parsing: Self.opensslSigns(ana))
        for signature in [ours, theirs] {
            let answer = try signature.verify(message: message, anchors: anchors, at: time)
            #expect(answer.signer == signer.certificate)
            guard case .trusted(let chain) = answer.trust else {
                Issue.record("\(answer.trust)")
                continue
            }
            #expect(chain.certificates == [signer.certificate] + anchors.certificates)
            #expect(chain.notCheckedForRevocation == [signer.certificate])
        }
        #expect(ours.encoded.count <= theirs.encoded.count)
    }

    @Test func whoIsNamedAsOpenSSLNamesThem() throws {
        let folder = try TemporaryFolder()
        let subject = "/C=DE/O=Bäcker, Söhne+CN=Änne \"Q\"/CN=a\u{1B}[31mb"
        let made = try StockTool.openssl.run(
            [
                "req", "-x509", "-newkey", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
                "-multivalue-rdn", "-keyout", folder.path("x.key"), "-out", folder.path("x.pem"), "-subj", subject,
                "-set_serial", "0x00C0FFEE00000000000000000001", "-days", "3000",
            ], in: folder)
        #expect(made.status == 0, Comment(rawValue: made.errors))
        let certificate = try #require(try CertificateBundle(pem: folder.read("x.pem")).certificates.first)
        let printed = try StockTool.openssl.run(
            [
                "x509", "-in", folder.path("x.pem"), "-noout", "-subject", "-issuer", "-serial", "-fingerprint",
                "-sha256", "-startdate", "-enddate", "-dateopt", "iso_8601", "-nameopt", "RFC2253,-esc_msb,utf8",
            ], in: folder)
        let lines = printed.output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1)[1] }
        #expect(certificate.subject == lines[0] && certificate.issuer == lines[1])
        #expect(certificate.subject.contains("Änne") && !certificate.subject.contains("\u{1B}"))
        #expect(certificate.serialNumber == lines[2])
        #expect(certificate.fingerprint.hex == lines[3].replacing(":", with: "").lowercased())
        #expect(try certificate.notBefore == seconds(String(lines[4]).replacing(" ", with: "T")))
        #expect(try certificate.notAfter == seconds(String(lines[5]).replacing(" ", with: "T")))
    }

    @Test func aChainTravelsInTheSignature() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let middle = try root.authority("middle", key: .rsa2048)
        let ana = try middle.issue("ana", key: .p384)
        let time = try seconds("2025-06-01T00:00:00Z")
        let anchors = try CertificateBundle(pem: root.certificate)
        let intermediates = try CertificateBundle(pem: middle.certificate)
        try folder.write(message, as: "seal")
        // In any order, and the root does not travel.
        let file = try root.certificate + middle.certificate + ana.certificate
        let signer = try CMSSigner(certificates: file, key: ana.key)
        #expect(signer.chain == intermediates.certificates)
        let whole = try signer.sign(message, at: time)
        #expect(whole.certificates.count == 2)
        let lone = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
        let theirs = try CMSSignature(
            parsing: Self.opensslSigns(ana, extra: ["-certfile", middle.certificatePath]))
        try folder.write(whole.encoded, as: "whole")
        try folder.write(lone.encoded, as: "lone")
        for name in ["whole", "theirs"] {
            let outcome = try Self.opensslVerifies(name, of: "seal", anchors: "root.pem", in: folder)
            #expect(outcome.status == 0, Comment(rawValue: outcome.errors))
        }
        for signature in [whole, theirs] {
            #expect(try signature.verify(message: message, anchors: anchors, at: time).trust.isTrusted)
        }
        // Without the intermediate there is no way to the root, for either.
        #expect(try Self.opensslVerifies("lone", of: "seal", anchors: "root.pem", in: folder).status != 0)
        let alone = try lone.verify(message: message, anchors: anchors, at: time)
        expectUntrusted(alone.trust, .issuerMissing, "ana")
        let helped = try lone.verify(message: message, anchors: anchors, additional: intermediates, at: time)
        #expect(helped.trust.isTrusted)
        // What comes from anywhere completes a chain, and does not end it; nor does an anchor that is not self-signed.
        let stranger = try CertificateBundle(pem: TestAuthority(root: "stranger", in: folder).certificate)
        let unknown = try whole.verify(message: message, anchors: stranger, additional: anchors, at: time)
        expectUntrusted(unknown.trust, .anchorUnknown, "root")
        let halfway = try lone.verify(message: message, anchors: intermediates, additional: anchors, at: time)
        expectUntrusted(halfway.trust, .issuerMissing, "middle")
        let stock = try Self.opensslVerifies("lone", of: "seal", anchors: "middle.pem", in: folder)
        #expect(stock.status != 0)
    }

    @Test func aSignerMayHaveACertificateForSoftware() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana", profile: .codeSigner)
        try folder.write(message, as: "seal")
        let time = try seconds("2025-06-01T00:00:00Z")
        let ours = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
        try folder.write(ours.encoded, as: "ours")
        #expect(try Self.opensslVerifies("ours", of: "seal", anchors: "root.pem", in: folder).status == 0)
        let anchors = try CertificateBundle(pem: root.certificate)
        #expect(try ours.verify(message: message, anchors: anchors, at: time).trust.isTrusted)
    }

    /// Signers that are named by the identifier of their key, and files of odd sizes.
    @Test func otherFormsOfTheSameThing() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        let anchors = try CertificateBundle(pem: root.certificate)
        let time = try seconds("2025-06-01T00:00:00Z")
        let signer = try CMSSigner(certificates: ana.certificate, key: ana.key)
        for content in [[], [0], [UInt8](repeating: 0x0A, count: 100_000)] as [[UInt8]] {
            try folder.write(content, as: "seal")
            let theirs = try CMSSignature(parsing: Self.opensslSigns(ana, extra: ["-keyid", "-md", "sha512"]))
            #expect(try theirs.verify(message: content, anchors: anchors, at: time).trust.isTrusted)
            let ours = try signer.sign(content, at: time)
            try folder.write(ours.encoded, as: "ours")
            let outcome = try Self.opensslVerifies("ours", of: "seal", anchors: "root.pem", in: folder)
            #expect(outcome.status == 0, Comment(rawValue: outcome.errors))
        }
        // Before 1970 is no time to sign at, but 2049 and 2050 are written differently (RFC 5652 section 11.3).
        for moment in ["1970-01-01T00:00:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"] {
            let signature = try signer.sign([1], at: seconds(moment))
            #expect(try signature.signingTime == seconds(moment))
        }
    }

    @Test func manyTasksSignWithOneKey() async throws {
        let folder = try TemporaryFolder()
        let ana = try TestAuthority(in: folder).issue("ana")
        let holder = Holder(signer: try CMSSigner(certificates: ana.certificate, key: ana.key))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    let signature = try holder.signer.sign([UInt8(number)], at: 1)
                    return try signature.verify(message: [UInt8(number)], anchors: nil, at: 1).trust == .unverified
                }
            }
            for try await isGood in group { #expect(isGood) }
        }
    }

    private final class Holder: Sendable {
        let signer: CMSSigner

        init(signer: consuming CMSSigner) {
            self.signer = signer
        }
    }
}

/// Expects that no chain held, for this reason, at the certificate of this common name.
func expectUntrusted(
    _ trust: CertificateTrust, _ code: ChainFailure.Code, _ name: String?,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard case .untrusted(let failure) = trust else {
        Issue.record("\(trust)", sourceLocation: sourceLocation)
        return
    }
    #expect(failure.code == code, Comment(rawValue: failure.description), sourceLocation: sourceLocation)
    if let name {
        #expect(
            failure.certificate?.subject == "CN=" + name, Comment(rawValue: failure.description),
            sourceLocation: sourceLocation)
    }
}
