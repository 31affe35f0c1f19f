/// Certificates and revocation lists as they stand in PEM files: trust anchors, the rest of a chain, what is kept for
/// later beside a time stamp.
public struct CertificateBundle: Hashable, Sendable {
    public var certificates: [Certificate]
    public var revocationLists: [RevocationList]

    private static let reading = "reading certificates"

    public init(certificates: [Certificate] = [], revocationLists: [RevocationList] = []) {
        self.certificates = certificates
        self.revocationLists = revocationLists
    }

    /// Reads the blocks `CERTIFICATE` and `X509 CRL` of a PEM file of up to 64 MiB, in order. Text around them and
    /// private keys are passed over.
    ///
    /// `subject` names the file in errors. A file without any such block is an error, as is one block that is damaged:
    /// an anchor that is silently missing would be noticed at the worst time.
    public init(pem file: [UInt8], subject: String = "") throws(CryptographyError) {
        self.init()
        for block in try PEMBlock.all(in: file, doing: Self.reading, subject: subject) {
            if PEMBlock.certificateLabels.contains(block.label) {
                certificates.append(try Certificate(encoded: block.bytes))
            } else if PEMBlock.revocationListLabels.contains(block.label) {
                revocationLists.append(try RevocationList(encoded: block.bytes))
            } else if block.label == "TRUSTED CERTIFICATE" {
                throw CryptographyError(
                    code: .unsupportedAlgorithm, doing: Self.reading, subject: subject,
                    reason: "a TRUSTED CERTIFICATE carries rules of OpenSSL's own, which are not used here",
                    advice: "write it as a plain one with: openssl x509 -in FILE")
            }
        }
        guard !certificates.isEmpty || !revocationLists.isEmpty else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: subject,
                reason: "there is neither a certificate nor a revocation list in PEM in it",
                advice: "a file in DER becomes PEM with: openssl x509 -inform DER -in FILE, or openssl crl for a list")
        }
    }

    /// All of it as a PEM file, certificates first.
    public var pem: [UInt8] {
        Array((certificates.map(\.pem) + revocationLists.map(\.pem)).joined())
    }

    /// Both, each thing once.
    public func merging(_ other: CertificateBundle) -> CertificateBundle {
        var merged = self
        for certificate in other.certificates where !certificates.contains(certificate) {
            merged.certificates.append(certificate)
        }
        for list in other.revocationLists where !revocationLists.contains(list) {
            merged.revocationLists.append(list)
        }
        return merged
    }
}
