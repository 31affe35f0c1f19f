import Testing

/// A certificate authority that the real `openssl ca` runs in a temporary folder.
struct TestAuthority {
    /// Its folder's name, and its common name.
    let name: String
    let folder: TemporaryFolder
    /// Its own issuer; nil for a root.
    let issuer: String?

    /// What is in an issued certificate.
    enum Profile: String {
        case authority = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign"
        case authorityThatSigns =
            "basicConstraints=critical,CA:true\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign"
        case person = "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature"
        case codeSigner =
            "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,codeSigning"
        case timestamps = "basicConstraints=CA:false\nextendedKeyUsage=critical,timeStamping"
        case uncriticalTimestamps = "basicConstraints=CA:false\nextendedKeyUsage=timeStamping"
        case timestampsAndMore = "basicConstraints=CA:false\nextendedKeyUsage=critical,timeStamping,codeSigning"
    }

    /// A key by the arguments of `openssl genpkey`.
    enum Key: String, CaseIterable {
        case rsa2048 = "RSA -pkeyopt rsa_keygen_bits:2048"
        case rsa3072 = "RSA -pkeyopt rsa_keygen_bits:3072"
        case p256 = "EC -pkeyopt ec_paramgen_curve:P-256"
        case p384 = "EC -pkeyopt ec_paramgen_curve:P-384"
        case p521 = "EC -pkeyopt ec_paramgen_curve:P-521"
        case rsa1024 = "RSA -pkeyopt rsa_keygen_bits:1024"
        case ed25519 = "ED25519"
        case explicitP256 = "EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit"

        static let good: [Key] = [.rsa2048, .rsa3072, .p256, .p384, .p521]
    }

    /// Dates as `openssl ca` takes them.
    static let start = "20200101000000Z"
    static let end = "20400101000000Z"

    /// Makes a root.
    init(
        root name: String = "root", in folder: TemporaryFolder, key: Key = .p256, profile: Profile = .authority
    ) throws {
        self.name = name
        self.folder = folder
        issuer = nil
        try setUp()
        try request(name, key: key)
        try sign(name, profile: profile, from: Self.start, to: Self.end, extra: ["-selfsign"])
    }

    private init(name: String, folder: TemporaryFolder, issuer: String) throws {
        self.name = name
        self.folder = folder
        self.issuer = issuer
        try setUp()
    }

    /// Makes an authority below this one.
    func authority(_ name: String, key: Key = .p256, from start: String = start, to end: String = end) throws
        -> TestAuthority
    {
        try request(name, key: key)
        try sign(name, profile: .authority, from: start, to: end)
        return try TestAuthority(name: name, folder: folder, issuer: self.name)
    }

    /// Issues a certificate; the key is made if it is not there.
    @discardableResult
    func issue(
        _ name: String, key: Key = .p256, profile: Profile = .person, from start: String = start,
        to end: String = end, digest: String = "sha256"
    ) throws -> TestIdentity {
        try request(name, key: key)
        try sign(name, profile: profile, from: start, to: end, extra: ["-md", digest])
        return TestIdentity(name: name, folder: folder)
    }

    /// Takes a certificate back as of a time (`YYMMDDHHMMSSZ`).
    func revoke(_ identity: TestIdentity, at time: String, reason: String? = nil) throws {
        try openssl(["ca", "-config", config, "-revoke", identity.certificatePath])
        let index = try String(decoding: folder.read("\(name).index"), as: UTF8.self)
        let lines = index.split(separator: "\n").map { line in
            var fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if fields[0] == "R" && fields[5] == "/CN=\(identity.name)" {
                fields[2] = time + (reason.map { "," + $0 } ?? "")
            }
            return fields.joined(separator: "\t")
        }
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), as: "\(name).index")
    }

    /// Its revocation list, in PEM.
    func revocationList(
        from start: String = start, to end: String = end, digest: String = "sha256"
    ) throws -> [UInt8] {
        try openssl([
            "ca", "-config", config, "-gencrl", "-md", digest, "-crl_lastupdate", start, "-crl_nextupdate", end, "-out",
            folder.path("\(name).crl"),
        ])
        return try folder.read("\(name).crl")
    }

    /// Its certificate in PEM.
    var certificate: [UInt8] { get throws { try folder.read("\(name).pem") } }
    var certificatePath: String { folder.path("\(name).pem") }

    private var config: String { folder.path("\(name).cnf") }

    private func setUp() throws {
        let path = folder.path(name)
        let text = """
            [ca]
            default_ca=a
            [a]
            database=\(path).index
            serial=\(path).serial
            crlnumber=\(path).crlnumber
            new_certs_dir=\(folder.root)
            certificate=\(path).pem
            private_key=\(path).key
            default_md=sha256
            policy=p
            unique_subject=no
            crl_extensions=c
            [p]
            commonName=supplied
            [c]
            authorityKeyIdentifier=keyid

            """
        try folder.write(Array(text.utf8), as: "\(name).cnf")
        try folder.write([], as: "\(name).index")
        try folder.write(Array("unique_subject = no\n".utf8), as: "\(name).index.attr")
        // In hexadecimal, of whole bytes.
        let serial = String(Int.random(in: 0x1000_0000...0x7FFF_FFFF), radix: 16)
        try folder.write(Array((serial + "\n").utf8), as: "\(name).serial")
        try folder.write(Array("01\n".utf8), as: "\(name).crlnumber")
    }

    private func request(_ subject: String, key: Key) throws {
        if (try? folder.read("\(subject).key")) == nil {
            let words = key.rawValue.split(separator: " ").map(String.init)
            try openssl(["genpkey", "-algorithm"] + words + ["-out", folder.path("\(subject).key")])
        }
        try openssl([
            "req", "-new", "-key", folder.path("\(subject).key"), "-subj", "/CN=\(subject)", "-out",
            folder.path("\(subject).csr"),
        ])
    }

    private func sign(
        _ subject: String, profile: Profile, from start: String, to end: String, extra: [String] = []
    ) throws {
        let extensions = profile.rawValue + "\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        try folder.write(Array(extensions.utf8), as: "\(subject).ext")
        try openssl(
            [
                "ca", "-config", config, "-batch", "-notext", "-in", folder.path("\(subject).csr"), "-out",
                folder.path("\(subject).pem"), "-startdate", start, "-enddate", end, "-extfile",
                folder.path("\(subject).ext"),
            ] + extra)
    }

    private func openssl(_ arguments: [String]) throws {
        let outcome = try StockTool.openssl.run(arguments, in: folder)
        guard outcome.status == 0 else {
            throw StockTool.Failure(reason: arguments.joined(separator: " ") + ": " + outcome.errors)
        }
    }
}

/// A certificate and its key.
struct TestIdentity {
    let name: String
    let folder: TemporaryFolder

    var certificatePath: String { folder.path("\(name).pem") }
    var keyPath: String { folder.path("\(name).key") }
    var certificate: [UInt8] { get throws { try folder.read("\(name).pem") } }
    var key: [UInt8] { get throws { try folder.read("\(name).key") } }
}
