import Bundle
import Cryptography
import Foundation

/// Certificate authorities, people and a time stamp authority that the real `openssl` runs in a folder.
struct TestPKI {
    let folder: String

    static let isPossible = Command.exists(["openssl", "version"])
    static let missing = "openssl is not installed"

    /// Dates as `openssl ca` takes them.
    static let start = "20200101000000Z"
    static let end = "20400101000000Z"
    static let person = "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\n"
    private static let authority = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
    private static let timestamps = "basicConstraints=CA:false\nextendedKeyUsage=critical,timeStamping\n"

    /// With the authorities `root` and `clock`, the second for time stamps.
    init(in parent: String) throws {
        folder = parent + "/pki"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["root", "clock"] {
            let config = """
                [ca]
                default_ca=a
                [a]
                database=\(name).index
                serial=\(name).serial
                crlnumber=\(name).crlnumber
                new_certs_dir=.
                certificate=\(name).pem
                private_key=\(name).key
                default_md=sha256
                policy=p
                unique_subject=no
                [p]
                commonName=supplied
                organizationName=optional

                """
            try write(config, "\(name).cnf")
            try write("", "\(name).index")
            try write("10\n", "\(name).serial")
            try write("01\n", "\(name).crlnumber")
            try issue(name, by: name, extensions: Self.authority, extra: ["-selfsign"])
        }
        try issue("tsa", by: "clock", extensions: Self.timestamps)
        try write(
            "[tsa]\ndefault_tsa=t\n[t]\nserial=tsa.serial\ndefault_policy=1.2.3.4\ndigests=sha256\nsigner_digest=sha256\n"
                + "accuracy=secs:1\n", "tsa.cnf")
        try write("01\n", "tsa.serial")
    }

    /// Issues a certificate for a new key.
    @discardableResult
    func issue(
        _ name: String, by issuer: String = "root", subject: String? = nil, extensions: String = person,
        from start: String = start, to end: String = end, extra: [String] = []
    ) throws -> Self {
        try openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out \(name).key")
        try openssl(["req", "-new", "-key", "\(name).key", "-subj", subject ?? "/CN=\(name)", "-out", "\(name).csr"])
        try write(extensions + "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n", "\(name).ext")
        try openssl(
            [
                "ca", "-config", "\(issuer).cnf", "-batch", "-notext", "-in", "\(name).csr", "-out", "\(name).pem",
                "-startdate", start, "-enddate", end, "-extfile", "\(name).ext",
            ] + extra)
        return self
    }

    /// Takes a certificate back as of now; gives a list that says so.
    func revoke(_ name: String, by issuer: String = "root", reason: String = "superseded") throws -> [UInt8] {
        try openssl("ca -config \(issuer).cnf -revoke \(name).pem -crl_reason \(reason)")
        return try revocationList(by: issuer)
    }

    func revocationList(by issuer: String = "root") throws -> [UInt8] {
        try openssl("ca -config \(issuer).cnf -gencrl -crldays 3650 -out \(issuer).crl")
        return try read("\(issuer).crl")
    }

    func signer(_ name: String) throws -> SealSigner {
        .cms(try CMSSigner(certificates: read("\(name).pem"), key: read("\(name).key")))
    }

    func bundle(_ names: String...) throws -> CertificateBundle {
        try CertificateBundle(pem: Array(names.map { try read($0) }.joined()))
    }

    func certificate(_ name: String) throws -> Certificate { try bundle("\(name).pem").certificates[0] }

    private static let serial = NSLock()

    /// Answers a request for a time stamp.
    func answer(_ request: [UInt8]) throws -> [UInt8] {
        let name = "request-\(UInt64.random(in: 0 ... .max))"
        try Data(request).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        // The serial number's file is shared.
        try Self.serial.withLock {
            try openssl([
                "ts", "-reply", "-config", "tsa.cnf", "-queryfile", name, "-signer", "tsa.pem", "-inkey", "tsa.key",
                "-out", "\(name).tsr",
            ])
        }
        return try read("\(name).tsr")
    }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    func write(_ text: String, _ name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }

    func openssl(_ arguments: String) throws {
        try openssl(arguments.split(separator: " ").map(String.init))
    }

    func openssl(_ arguments: [String]) throws {
        let command = try Command(["openssl"] + arguments, in: folder)
        guard command.status == 0 else { throw Failure(text: "openssl \(arguments): \(command.output)") }
    }

    struct Failure: Error {
        let text: String
    }
}

/// A time stamp authority without a network.
struct TestTimestampService: TimestampService {
    var name = "https://tsa.example"
    let answer: @Sendable ([UInt8]) async throws -> [UInt8]

    init(_ pki: TestPKI) {
        answer = { try pki.answer($0) }
    }

    init(name: String, _ answer: @escaping @Sendable ([UInt8]) async throws -> [UInt8]) {
        self.name = name
        self.answer = answer
    }

    func answer(to request: [UInt8]) async throws -> [UInt8] { try await answer(request) }
}
