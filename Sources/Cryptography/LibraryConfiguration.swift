internal import COpenSSL

/// OpenSSL's configuration file (`OPENSSL_CONF`, or the system's): it can load modules, and change what algorithms are taken.
public enum LibraryConfiguration {
    /// Keeps this process from reading it. Comes before anything else that uses OpenSSL, which would read it first.
    public static func ignore() {
        _ = OPENSSL_init_crypto(exhibit_no_configuration, nil)
    }
}
