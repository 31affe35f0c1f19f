import Probes
import Testing

/// Where certificate authorities are on systems that are not the one that the program was built on.
struct SystemAuthoritiesTests {
    private func file(set: Set<String> = [], there: Set<String>) -> String? {
        SystemAuthorities.file(isSet: set.contains, isThere: there.contains)
    }

    @Test(arguments: SystemAuthorities.files)
    func theFileOfTheSystemIsTaken(path: String) {
        #expect(file(there: [path]) == path)
    }

    @Test
    func whatOpenSSLFindsByItselfIsNotAddedTo() {
        #expect(file(there: ["/usr/lib/ssl/certs", "/etc/ssl/cert.pem"]) == nil)
        #expect(file(there: ["/usr/lib/ssl/cert.pem", "/etc/ssl/cert.pem"]) == nil)
    }

    @Test(arguments: ["SSL_CERT_FILE", "SSL_CERT_DIR"])
    func whoeverSaysWhomToTrustIsObeyed(variable: String) {
        #expect(file(set: [variable], there: ["/etc/ssl/cert.pem"]) == nil)
    }

    @Test
    func aSystemWithoutAuthoritiesTrustsNobody() {
        #expect(file(there: []) == nil)
    }
}
