import Cryptography
import Foundation
import Testing

/// Certificates for a server of this run, as the real openssl judges them.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct ServerCredentialsTests {
    private static let now = Int64(Date().timeIntervalSince1970)

    private func made(
        _ names: [ServerCredentials.Name] = [.address("127.0.0.1"), .address("::1"), .dns("localhost")],
        validity: ClosedRange<Int64> = now - 3_600...now + 86_400
    ) throws -> (folder: TemporaryFolder, credentials: ServerCredentials) {
        let folder = try TemporaryFolder()
        let credentials = try ServerCredentials(subject: "exhibit serve", names: names, validity: validity)
        try folder.write(credentials.authority, as: "ca.pem")
        try folder.write(credentials.certificate, as: "server.pem")
        try folder.write(credentials.privateKey, as: "key.pem")
        return (folder, credentials)
    }

    /// Files are those of the folder.
    private func openssl(_ arguments: [String], in folder: TemporaryFolder) throws -> StockTool.Outcome {
        try StockTool.openssl.run(
            arguments.map { $0.hasSuffix(".pem") ? folder.path($0) : $0 }, in: folder)
    }

    private func verify(_ arguments: [String], in folder: TemporaryFolder) throws -> StockTool.Outcome {
        try openssl(
            ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem"] + arguments + ["server.pem"],
            in: folder)
    }

    @Test func theStrictestClientBelievesTheServerByItsNames() throws {
        let (folder, _) = try made()
        for name in [["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"], ["-verify_hostname", "localhost"]] {
            let outcome = try verify(name, in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        for name in [["-verify_ip", "127.0.0.2"], ["-verify_hostname", "evil.example"], ["-purpose", "sslclient"]] {
            #expect(try verify(name, in: folder).status != 0)
        }
    }

    @Test func certificatesSayWhatTheyAreFor() throws {
        let (folder, _) = try made()
        let authority = try openssl(["x509", "-in", "ca.pem", "-noout", "-text"], in: folder).output
        for words in [
            "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0",
            "X509v3 Key Usage: critical\n                Certificate Sign\n", "X509v3 Subject Key Identifier",
            "NIST CURVE: P-256", "Version: 3",
        ] {
            #expect(authority.contains(words), "\(words) in \(authority)")
        }
        let server = try openssl(["x509", "-in", "server.pem", "-noout", "-text"], in: folder).output
        for words in [
            "X509v3 Basic Constraints: critical\n                CA:FALSE",
            "X509v3 Key Usage: critical\n                Digital Signature\n", "TLS Web Server Authentication\n",
            "X509v3 Authority Key Identifier", "DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1",
        ] {
            #expect(server.contains(words), "\(words) in \(server)")
        }
    }

    @Test func theKeyIsThatOfTheCertificate() throws {
        let (folder, credentials) = try made()
        let ofKey = try openssl(["pkey", "-in", "key.pem", "-pubout"], in: folder)
        let ofCertificate = try openssl(["x509", "-in", "server.pem", "-noout", "-pubkey"], in: folder)
        #expect(ofKey.status == 0 && ofKey.output == ofCertificate.output)
        let (_, other) = try made()
        #expect(other.privateKey != credentials.privateKey && other.authority != credentials.authority)
    }

    @Test func validityIsWhatWasAskedFor() throws {
        let (folder, _) = try made(validity: 1_000_000_000...1_000_086_400)
        let dates = try openssl(["x509", "-in", "server.pem", "-noout", "-dates"], in: folder).output
        #expect(dates == "notBefore=Sep  9 01:46:40 2001 GMT\nnotAfter=Sep 10 01:46:40 2001 GMT\n")
        #expect(try verify([], in: folder).status != 0)
    }

    @Test(
        arguments: [
            .dns(""), .dns("a,DNS:b"), .dns("a b"), .dns("a\u{0}b"), .dns("@section"), .address("a,IP:1.2.3.4"),
            .address("1"),
            .dns("é"),
        ] as [ServerCredentials.Name])
    func namesCannotBeginOthers(name: ServerCredentials.Name) {
        expectFailure(.malformed) {
            _ = try ServerCredentials(subject: "x", names: [name], validity: Self.now...Self.now + 60)
        }
    }
}
