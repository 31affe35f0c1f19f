internal import Cryptography

extension FuzzTarget {
    static let certificates = [pem, der, cms, timestamp]

    /// A file of certificates and revocation lists. Its seeds are made by OpenSSL, see `Fuzzing/seeds`.
    static let pem = FuzzTarget("pem") {
        []
    } run: { input in
        guard let bundle = accepted({ try CertificateBundle(pem: input, subject: "file") }) else { return }
        let again = accepted { try CertificateBundle(pem: bundle.pem) }
        require(again == bundle, "certificates that are written as PEM can be read again")
        require(again?.pem == bundle.pem, "certificates are written in one form")
        for certificate in bundle.certificates.prefix(4) { requireFitLine(certificate.description) }
        for list in bundle.revocationLists.prefix(4) { requireFitLine(list.issuer) }
    }

    /// A certificate or a revocation list in DER.
    static let der = FuzzTarget("der") {
        []
    } run: { input in
        if let certificate = accepted({ try Certificate(encoded: input) }) {
            require(certificate.encoded == input, "a certificate is kept as it is")
            requireFitLine(certificate.description)
            let block = accepted { try CertificateBundle(pem: certificate.pem) }
            require(block?.certificates == [certificate], "a certificate that is written as PEM can be read again")
        }
        if let list = accepted({ try RevocationList(encoded: input) }) {
            require(list.encoded == input, "a revocation list is kept as it is")
            requireFitLine(list.issuer)
        }
    }

    /// A CMS signature in DER, held against its own certificates.
    static let cms = FuzzTarget("cms") {
        []
    } run: { input in
        guard let signature = accepted({ try CMSSignature(parsing: input) }) else { return }
        require(signature.encoded == input, "a signature has one encoding")
        requireFitLine(signature.signer.description)
        let anchors = CertificateBundle(certificates: signature.certificates)
        let message = Array("exhibit\n".utf8)
        for time in [signature.signingTime ?? 0, signature.signer.notBefore] {
            if let found = accepted({ try signature.verify(message: message, anchors: anchors, at: time) }) {
                require(found.signer == signature.signer, "who is said to have signed has signed")
            }
        }
    }

    /// An answer of a time stamp authority, as it is kept and as it may come over the network.
    static let timestamp = FuzzTarget("timestamp") {
        []
    } run: { input in
        if let response = accepted({ try TimestampResponse(parsing: input) }) {
            require(response.encoded == input, "a time stamp has one encoding")
            let token = accepted { try TimestampToken(parsing: response.token.encoded) }
            require(token == response.token, "the token in an answer is one by itself")
            let anchors = CertificateBundle(certificates: response.token.certificates)
            _ = accepted { try response.token.verify(message: Array("exhibit\n".utf8), anchors: anchors) }
        }
        if let response = accepted({ try TimestampResponse(answer: input) }) {
            require(
                accepted { try TimestampResponse(parsing: response.encoded) } == response,
                "what is kept of an answer can be read")
        }
    }
}
