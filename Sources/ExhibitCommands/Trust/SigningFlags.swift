internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import Glibc
internal import Settings
internal import Timestamping

/// Who signs, and where time stamps come from.
struct SigningFlags: ParsableArguments {
    @Option(help: ArgumentHelp("SSH private key file without passphrase to sign with.", valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "Sign with this key of ssh-agent ($SSH_AUTH_SOCK): its fingerprint, its comment, its .pub file, or `only`.",
            valueName: "key"))
    var agent: String?

    @Option(
        help: ArgumentHelp(
            "X.509 certificate to sign with (PEM, its chain behind it); also beside an SSH key.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM, without passphrase).", valueName: "file"))
    var certificateKey: String?

    @Option(
        help: ArgumentHelp(
            "Time stamp authority (RFC 3161) to ask for a token over each signature; repeat for others to fall back on.",
            valueName: "url"))
    var tsa: [String] = []

    @Option(
        help: ArgumentHelp(
            "Roots (PEM) for the server of an https time stamp authority; else the system's.", valueName: "file"))
    var tsaHttpCa: String?

    func validate() throws {
        if key != nil, agent != nil { throw ValidationError("--key and --agent exclude each other.") }
        if (certificate == nil) != (certificateKey == nil) {
            throw ValidationError("--certificate and --certificate-key go together.")
        }
        for url in tsa {
            do {
                _ = try TimestampURL(url)
            } catch {
                throw ValidationError("--tsa \(url): \(error).")
            }
        }
    }

    /// Whoever signs. Flags win over the configuration: one that names a signer leaves out all that it names.
    ///
    /// - Parameter patience: for an agent to name its keys, if that is less than it usually may take.
    func signers(_ configuration: UserConfiguration, within patience: Duration? = nil) throws -> [SealSigner] {
        let isNamed = key != nil || agent != nil || certificate != nil
        var signers: [SealSigner] = []
        if let path = isNamed ? key : configuration.signKey {
            signers.append(.ssh(SSHSigner(try KeyFile.privateKey(path))))
        } else if let choice = isNamed ? agent : configuration.signAgent {
            signers.append(.ssh(try Self.agentKey(choice, within: patience)))
        }
        if let certificate = isNamed ? certificate : configuration.certificate,
            let key = isNamed ? certificateKey : configuration.certificateKey
        {
            signers.append(.cms(try Self.certificateSigner(certificate, key)))
        }
        return signers
    }

    /// URLs that will be asked, as the bundle records them.
    func timestampURLs(_ configuration: UserConfiguration) -> [String] {
        tsa.isEmpty ? configuration.timestampURLs : tsa
    }

    /// Where time stamps come from; nil when none are wanted. Where the configuration knows whose are to be believed, others
    /// are not taken.
    func timestamps(_ configuration: UserConfiguration) throws -> TimestampTaker? {
        let urls = timestampURLs(configuration)
        guard !urls.isEmpty else { return nil }
        var roots: [UInt8]?
        if let path = tsaHttpCa {
            roots = try KeyFile.read(path, what: "roots of the time stamp authority's server")
        } else if let path = configuration.timestampHTTPAuthorities {
            roots = try TrustedFile(path: path, limit: AnchorFiles.largest).bytes
        }
        let files = AnchorFiles(isConfigured: true)
        return TimestampTaker(
            services: try urls.map {
                AuthorityByHTTP(client: TimestampClient(url: try TimestampURL($0), tlsRoots: roots))
            },
            authorities: try files.certificates(configuration.timestampAuthorities, what: "time stamp authorities"))
    }

    private static func agentKey(_ choice: String, within patience: Duration?) throws -> SSHSigner {
        guard let socket = getenv("SSH_AUTH_SOCK").map({ String(cString: $0) }), !socket.isEmpty else {
            throw RenderingFailure(
                .badKey, "signing with ssh-agent: SSH_AUTH_SOCK is not set; start one with: eval $(ssh-agent)")
        }
        let selection: SSHAgentKeys.Selection
        if choice.isEmpty || choice == "only" {
            selection = .only
        } else if choice.hasPrefix("SHA256:") {
            selection = .fingerprint(choice)
        } else if choice.hasSuffix(".pub") {
            let text = String(decoding: try KeyFile.read(choice, what: "public key"), as: UTF8.self)
            selection = .publicKey(try SSHPublicKey(parsing: text.prefix { $0 != "\n" }))
        } else {
            selection = .comment(choice)
        }
        return try SSHSigner(
            agent: SSHAgent(path: socket, signingTimeout: .seconds(60)), key: selection, within: patience)
    }

    private static func certificateSigner(_ certificate: String, _ key: String) throws -> CMSSigner {
        let signer = try CMSSigner(
            certificates: KeyFile.read(certificate, what: "certificate"),
            key: KeyFile.read(key, what: "certificate's private key", secret: true), subject: certificate)
        let now = Int64(time(nil))
        // What it signs now would be worth nothing.
        guard signer.certificate.notBefore <= now, now <= signer.certificate.notAfter else {
            throw RenderingFailure(
                .badKey,
                "reading the certificate \(certificate): \(signer.certificate.subject) is not valid now; use the current one"
            )
        }
        return signer
    }
}

/// A time stamp authority that is reached over HTTP.
struct AuthorityByHTTP: TimestampService {
    let client: TimestampClient

    var name: String { client.url.description }

    func answer(to request: [UInt8]) async throws -> [UInt8] {
        try await client.answer(to: request)
    }
}
