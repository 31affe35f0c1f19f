internal import NIOCore
internal import NIOSSL

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// TLS as a context of a kubeconfig wants it.
struct TLSSettings: Sendable {
    private static let maxBytes = 4 << 20

    var configuration: TLSConfiguration

    init(access: ClusterAccess) throws(KubernetesError) {
        configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        if access.insecureSkipTLSVerify {
            configuration.certificateVerification = .none
        } else if let authority = access.certificateAuthority {
            configuration.trustRoots = .certificates(try Self.certificates(authority, what: "certificate authority"))
        }
        if !access.insecureSkipTLSVerify, ServerAddressCheck.isNeeded(access) {
            configuration.certificateVerification = .noHostnameVerification
        }
        guard let certificate = access.clientCertificate else { return }
        let chain = try Self.certificates(certificate, what: "client certificate")
        guard let keyMaterial = access.clientKey else {
            throw Self.bad(certificate, what: "client certificate", "the kubeconfig has no client key for it")
        }
        // A token goes before a certificate at the server, so an old certificate does no harm beside one.
        if access.token == nil, access.tokenFile == nil, access.username == nil {
            try Self.checkDates(chain[0], certificate)
        }
        let pem = try Self.bytes(keyMaterial, what: "client key")
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: pem, format: .pem)
        } catch {
            throw Self.bad(keyMaterial, what: "client key", "it is not an unencrypted PEM private key")
        }
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        do {
            // Finds a key that does not belong to the certificate before a handshake does.
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Self.bad(certificate, what: "client certificate", "it cannot be used with its key: \(error)")
        }
    }

    /// TLS with the proxy itself, which is no part of the cluster: it is shown no client certificate, and
    /// `insecure-skip-tls-verify` does not mean it. It is trusted by this machine's authorities, and by the cluster's: these are
    /// the only ones that client-go asks.
    static func proxy(_ access: ClusterAccess) throws(KubernetesError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        if let authority = access.certificateAuthority {
            configuration.additionalTrustRoots = [
                .certificates(try certificates(authority, what: "certificate authority"))
            ]
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw KubernetesError(
                code: .proxyFailed, doing: "preparing TLS with the proxy", subject: access.proxy?.text ?? "",
                reason: "the authorities that this machine trusts cannot be read: \(error)".printable(limit: 300),
                advice: "Check the files of /etc/ssl/certs (Debian: update-ca-certificates)")
        }
    }

    /// `2026-11-21T09:26:06Z`
    static func text(seconds: Int) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }

    private static func checkDates(
        _ certificate: NIOSSLCertificate, _ material: ClusterAccess.Material
    ) throws(KubernetesError) {
        let now = Int(Date.now.timeIntervalSince1970)
        let (from, until) = (Int(certificate.notValidBefore), Int(certificate.notValidAfter))
        guard now > until || now < from else { return }
        throw KubernetesError(
            code: .certificateExpired, doing: "using the client certificate", subject: name(material),
            reason: now > until
                ? "it expired at \(text(seconds: until)), and the clock here says \(text(seconds: now))"
                : "it is not valid before \(text(seconds: from)), and the clock here says \(text(seconds: now))",
            advice: now > until
                ? "Get a new kubeconfig (kubeadm: kubeadm certs renew), choose another context, or set this machine's clock"
                : "Check the clock of this machine")
    }

    private static func certificates(
        _ material: ClusterAccess.Material, what: String
    ) throws(KubernetesError) -> [NIOSSLCertificate] {
        let pem = try bytes(material, what: what)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else {
            throw bad(material, what: what, "it holds no PEM certificate")
        }
        return certificates
    }

    static func bytes(
        _ material: ClusterAccess.Material, what: String
    ) throws(KubernetesError) -> [UInt8] {
        switch material {
        case .data(let bytes): return bytes
        case .file(let path):
            do {
                return try BoundedFile.read(path, limit: maxBytes)
            } catch {
                throw bad(material, what: what, error.reason)
            }
        }
    }

    private static func name(_ material: ClusterAccess.Material) -> String {
        switch material {
        case .file(let path): path
        case .data: "given in the kubeconfig"
        }
    }

    private static func bad(
        _ material: ClusterAccess.Material, what: String, _ reason: String
    ) -> KubernetesError {
        KubernetesError(
            code: .badKubeconfig, doing: "reading the \(what)", subject: name(material),
            reason: reason.printable(limit: 300), advice: "Correct the kubeconfig, or choose another context")
    }
}
