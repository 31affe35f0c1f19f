import Testing

/// What OpenSSL's configuration says on somebody's machine does not decide what is sealed, or what holds.
@Suite(.needsBinary)
struct LibraryConfigurationTests {
    /// With it, every algorithm must come from a FIPS provider, which is not there.
    private static let configuration = """
        openssl_conf = init
        [init]
        alg_section = algorithms
        [algorithms]
        default_properties = fips=yes

        """

    @Test
    func itIsNotRead() async throws {
        try await LocalBundle.with([:], []) { bundle in
            let environment = ["OPENSSL_CONF": bundle.folder + "/openssl.cnf"]
            try Files.write(Self.configuration, to: bundle.folder + "/openssl.cnf")
            // It does what it is meant to do.
            let stock = try await Tool.run(
                "openssl", ["dgst", "-sha256", "b.tar"], folder: bundle.folder, environment: environment, mayFail: true)
            #expect(stock.status != 0)
            let plain = try await Exhibit.run(["verify", "b.tar"], folder: bundle.folder)
            let configured = try await Exhibit.run(
                ["verify", "b.tar"], environment: environment, folder: bundle.folder)
            #expect(configured.status == plain.status && configured.text == plain.text)
            try await LocalBundle.with([:], [], environment: environment) { other in
                #expect(other.isSealed)
                #expect(other.outcome.status == bundle.outcome.status)
            }
        }
    }
}
