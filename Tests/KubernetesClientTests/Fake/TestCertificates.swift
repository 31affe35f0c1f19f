import Foundation
import NIOSSL

/// Authorities and certificates made by the `openssl` command for one run of the tests.
struct TestCertificates: Sendable {
    let folder: String

    /// Made once; nil when there is no `openssl` here.
    static let shared: TestCertificates? = try? TestCertificates()

    private init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/exhibit-kc-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try authority("ca")
        try authority("other")
        try certificate("server", names: "DNS:api.test,IP:127.0.0.1")
        try certificate("wrong-name", names: "DNS:elsewhere.test")
        try certificate("expired", names: "IP:127.0.0.1", isExpired: true)
        try certificate("client", names: "DNS:client")
        try certificate("client-expired", names: "DNS:client", isExpired: true)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The path of a kubeconfig for a server, of which the environment says how it is reached.
    func kubeconfig(server: String) throws -> String {
        let text = """
            current-context: c
            clusters: [{name: c, cluster: {server: '\(server)'}}]
            contexts: [{name: c, context: {cluster: c}}]
            """
        let path = path("kubeconfig-\(UInt64.random(in: 0...UInt64.max))")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    /// TLS for a fake server that shows this certificate.
    func server(_ name: String) throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(path("\(name).crt")).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: path("\(name).key"), format: .pem)
        return .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
    }

    private func authority(_ name: String) throws {
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            path("\(name).key"), "-out", path("\(name).crt"), "-subj", "/CN=\(name)", "-days", "30",
        ])
    }

    private func certificate(_ name: String, names: String, ca: String = "ca", isExpired: Bool = false) throws {
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            path("\(name).key"),
            "-out", path("\(name).csr"), "-subj", "/CN=\(name)",
        ])
        // Only `openssl ca` makes a certificate whose time is over.
        let configuration = """
            [ca]
            default_ca = it
            [it]
            database = \(path("\(name).index"))
            new_certs_dir = \(folder)
            rand_serial = yes
            default_md = sha256
            policy = any
            x509_extensions = names
            [any]
            commonName = supplied
            [names]
            subjectAltName = \(names)

            """
        try configuration.write(toFile: path("\(name).cnf"), atomically: false, encoding: .utf8)
        try "".write(toFile: path("\(name).index"), atomically: false, encoding: .utf8)
        try openssl([
            "ca", "-batch", "-notext", "-config", path("\(name).cnf"), "-in", path("\(name).csr"), "-cert",
            path("\(ca).crt"),
            "-keyfile", path("\(ca).key"), "-out", path("\(name).crt"), "-startdate", "20200101000000Z", "-enddate",
            isExpired ? "20210101000000Z" : "20491231000000Z",
        ])
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
