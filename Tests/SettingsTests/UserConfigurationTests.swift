import Foundation
import Settings
import Testing

@Suite struct UserConfigurationTests {
    private func parse(_ text: String, path: String = "/home/ann/.config/exhibit/config.yaml") throws
        -> UserConfiguration
    {
        try UserConfiguration(text: text, path: path, home: "/home/ann")
    }

    @Test func everyKey() throws {
        let found = try parse(
            """
            # who
            operator: Ann Lee
            sign-agent: "SHA256:abc"
            certificate: ana.pem
            certificate-key: ~/keys/ana.key
            tsa: [https://a.example/, http://b.example/]
            tsa-http-ca: http.pem
            allowed-signers: /etc/exhibit/allowed
            ca:
              - ../ca/one.pem
              - two.pem
            tsa-ca: tsa.pem
            require-signer: ["email:ana@example.com"]
            encrypt-to: age1xyz
            touch: none
            """)
        #expect(found.operatorName == "Ann Lee" && found.signAgent == "SHA256:abc" && found.signKey == nil)
        #expect(
            found.certificate == "/home/ann/.config/exhibit/ana.pem" && found.certificateKey == "/home/ann/keys/ana.key"
        )
        #expect(found.timestampURLs == ["https://a.example/", "http://b.example/"])
        #expect(found.timestampHTTPAuthorities == "/home/ann/.config/exhibit/http.pem")
        #expect(found.allowedSigners == "/etc/exhibit/allowed")
        #expect(
            found.certificateAuthorities == [
                "/home/ann/.config/exhibit/../ca/one.pem", "/home/ann/.config/exhibit/two.pem",
            ])
        #expect(found.timestampAuthorities == ["/home/ann/.config/exhibit/tsa.pem"])
        #expect(found.requiredSigners == ["email:ana@example.com"] && found.recipients == ["age1xyz"])
        #expect(found.touch == "none")
        #expect(try parse("sign-key: k", path: "config.yaml").signKey == "k")
        #expect(try parse("sign-key: k", path: "/config.yaml").signKey == "/k")
        for empty in ["", "# nothing\n", "---\n"] { #expect(try parse(empty).tsaIsEmpty) }
    }

    @Test(
        arguments: [
            ("operator: a\nalowed-signers: b\n", 2, "did you mean allowed-signers?"),
            ("whatever: b\n", 1, "there are:"),
            ("tsa:\n  - [a]\n", 2, "tsa must be text"), ("operator: {a: b}\n", 1, "must be text"),
            ("operator: a\noperator: b\n", nil, "not YAML"), ("- a\n", 1, "key: value"),
            ("ca: ''\n", 1, "must name a file"),
            ("operator: a\ncertificate: a\n", 2, "go together"), ("sign-key: a\nsign-agent: b\n", 2, "exclude"),
            ("operator: a\ntouch: all\n", 2, "none, exec or agent"),
            ("operator: [\n", nil, "not YAML"), ("ca: [\(String(repeating: "a, ", count: 200))a]\n", 1, "more than"),
        ] as [(String, Int?, String)])
    func refusals(text: String, line: Int?, words: String) throws {
        do {
            _ = try parse(text)
            Issue.record("it was accepted")
        } catch let error as ConfigurationError {
            #expect(line == nil || error.line == line)
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test func onlyAFileThatNobodyElseCanChange() throws {
        let folder = NSTemporaryDirectory() + "exhibit-config-" + UUID().uuidString
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? manager.removeItem(atPath: folder) }
        let path = folder + "/config.yaml"
        try "operator: Ann\n".write(toFile: path, atomically: false, encoding: .utf8)
        func mode(_ bits: Int, _ path: String) throws {
            try manager.setAttributes([.posixPermissions: bits], ofItemAtPath: path)
        }
        func load() throws -> String? { try UserConfiguration(path: path, home: nil).operatorName }
        for bits in [0o600, 0o644, 0o400] {
            try mode(bits, path)
            #expect(try load() == "Ann")
        }
        for bits in [0o620, 0o602, 0o666] {
            try mode(bits, path)
            #expect(throws: ConfigurationError.self) { try load() }
        }
        // What is only looked at is read, with what there is to say against it.
        let looked = try LocalFile(path: path, limit: 100)
        #expect(looked.bytes == Array("operator: Ann\n".utf8))
        #expect(looked.objection?.reason == "others can write to it")
        try mode(0o600, path)
        #expect(try LocalFile(path: path, limit: 100).objection == nil)
        for bits in [0o770, 0o707] {
            try mode(bits, folder)
            #expect(throws: ConfigurationError.self) { try load() }
        }
        try mode(0o1777, folder)
        #expect(try load() == "Ann")
        try mode(0o700, folder)
        if geteuid() == 0 {
            #expect(chown(path, 1, 0) == 0)
            #expect(throws: ConfigurationError.self) { try load() }
            #expect(chown(path, 0, 0) == 0)
        }
        #expect(throws: ConfigurationError.self) { try TrustedFile(path: path, limit: 3) }
        #expect(throws: ConfigurationError.self) { try TrustedFile(path: folder, limit: 100) }
        #expect(throws: ConfigurationError.self) { try TrustedFile(path: folder + "/none", limit: 100) }
        #expect(mkfifo(folder + "/fifo", 0o600) == 0)
        #expect(throws: ConfigurationError.self) { try TrustedFile(path: folder + "/fifo", limit: 100) }
        try manager.removeItem(atPath: path)
        try Data([0xFF]).write(to: URL(fileURLWithPath: path))
        #expect(throws: ConfigurationError.self) { try load() }
    }
}

extension UserConfiguration {
    fileprivate var tsaIsEmpty: Bool { timestampURLs.isEmpty && operatorName == nil }
}
