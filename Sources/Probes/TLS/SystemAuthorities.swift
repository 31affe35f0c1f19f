internal import CTLS
internal import Glibc

/// The certificate authorities that this machine trusts, where OpenSSL itself would not find them: one that came with the program
/// looks where Debian has them.
package enum SystemAuthorities {
    /// Files of PEM certificates, by system.
    package static let files = [
        "/etc/pki/tls/certs/ca-bundle.crt",  // Red Hat, Fedora, Amazon
        "/etc/ssl/ca-bundle.pem",  // SUSE
        "/etc/ssl/cert.pem",  // Alpine
    ]

    /// What OpenSSL reads, which SSL_CERT_FILE and SSL_CERT_DIR change, and else the first of ``files`` that is there.
    ///
    /// - Returns: whether the library takes it. That nothing is trusted is no failure: the handshake will say so.
    static func trust(_ context: OpaquePointer) -> Bool {
        guard SSL_CTX_set_default_verify_paths(context) == 1 else { return false }
        guard let file = file(isSet: { getenv($0) != nil }, isThere: { access($0, R_OK) == 0 }) else { return true }
        return SSL_CTX_load_verify_locations(context, file, nil) == 1
    }

    /// The file to read beside what OpenSSL reads; nil where it has what it needs, or was told where to look.
    package static func file(isSet: (String) -> Bool, isThere: (String) -> Bool) -> String? {
        let ownVariables = [X509_get_default_cert_file_env(), X509_get_default_cert_dir_env()]
        let ownPlaces = [X509_get_default_cert_file(), X509_get_default_cert_dir()]
        guard !ownVariables.contains(where: { $0.map { isSet(String(cString: $0)) } ?? false }),
            !ownPlaces.contains(where: { $0.map { isThere(String(cString: $0)) } ?? false })
        else { return nil }
        return files.first(where: isThere)
    }
}
