import Foundation
import KubernetesClient
import Testing

/// Where a kubeconfig is looked for, and how several become one.
struct KubeconfigTests {
    /// A folder with these files, removed at the end.
    private static func withFiles<Result>(
        _ files: [String: String], _ body: (_ folder: String) throws -> Result
    ) throws -> Result {
        let folder =
            FileManager.default.temporaryDirectory.path + "/exhibit-kubeconfig-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            let path = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        return try body(folder)
    }

    private static func load(
        _ path: String? = nil, _ environment: [String: String] = [:], serviceAccount: String = "/nonexistent"
    ) throws(KubernetesError) -> Kubeconfig {
        try Kubeconfig.load(explicitPath: path, environment: environment, serviceAccountFolder: serviceAccount)
    }

    private static func failure<Result>(_ body: () throws -> Result) -> KubernetesError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? KubernetesError
        }
    }

    private static func config(_ name: String, server: String, user: String = "token: t", current: Bool = true)
        -> String
    {
        """
        apiVersion: v1
        kind: Config
        \(current ? "current-context: \(name)" : "")
        clusters: [{name: \(name), cluster: {server: "\(server)"}}]
        users:
        - name: \(name)
          user: {\(user)}
        contexts:
        - name: \(name)
          context: {cluster: \(name), user: \(name), namespace: ns-\(name)}
        """
    }

    @Test func theFirstFileWinsPerName() throws {
        try Self.withFiles([
            "a": Self.config("one", server: "https://a:1", user: "token: from-a"),
            "b": Self.config("one", server: "https://b:1", user: "token: from-b") + "\n"
                + "- name: extra\n  context: {cluster: two, user: one}",
            "c": Self.config("two", server: "https://c:1", user: "token: from-c"),
        ]) { folder throws in
            let config = try Self.load(nil, ["KUBECONFIG": "\(folder)/missing::\(folder)/a:\(folder)/b:\(folder)/c"])
            #expect(config.currentContext == "one" && config.contexts.map(\.name) == ["one", "extra", "two"])
            #expect(config.sources == ["a", "b", "c"].map { "\(folder)/\($0)" })
            let one = try config.access(context: nil)
            #expect(one.server == "https://a:1" && one.token == "from-a" && one.namespace == "ns-one")
            #expect(one.contextName == "one" && one.source == "\(folder)/a")
            // A context of one file may use the cluster of another.
            let extra = try config.access(context: "extra")
            #expect(extra.server == "https://c:1" && extra.token == "from-a" && extra.namespace == "default")
            #expect(try config.access(context: "two", namespace: "mine").namespace == "mine")
        }
    }

    @Test func theExplicitPathGoesBeforeAll() throws {
        try Self.withFiles([
            "a": Self.config("a", server: "https://a"), "b": Self.config("b", server: "https://b"),
            ".kube/config": Self.config("home", server: "https://home"),
        ]) { folder throws in
            #expect(try Self.load("\(folder)/b", ["KUBECONFIG": "\(folder)/a", "HOME": folder]).currentContext == "b")
            #expect(try Self.load(nil, ["KUBECONFIG": "\(folder)/a", "HOME": folder]).currentContext == "a")
            #expect(try Self.load(nil, ["KUBECONFIG": "", "HOME": folder]).currentContext == "home")
            #expect(Self.failure { try Self.load("\(folder)/none", ["HOME": folder]) }?.code == .noKubeconfig)
        }
    }

    @Test func nothingAnywhereSaysWhatWasTried() throws {
        let error = try #require(
            Self.failure { try Self.load(nil, ["KUBECONFIG": "/none/a:/none/b", "HOME": "/none"]) })
        #expect(error.code == .noKubeconfig && error.reason.contains("/none/a") && error.reason.contains("/none/b"))
        let home = try #require(Self.failure { try Self.load(nil, ["HOME": "/none"]) })
        #expect(home.code == .noKubeconfig && home.reason.contains("/none/.kube/config") && !home.advice.isEmpty)
    }

    @Test func aPodFindsItsServiceAccount() throws {
        try Self.withFiles(["token": "abc\n", "namespace": "prod", "ca.crt": "pem"]) { folder throws in
            let inside = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443", "HOME": folder]
            let access = try Self.load(nil, inside, serviceAccount: folder).access(context: nil)
            #expect(access.server == "https://[fd00::1]:6443" && access.namespace == "prod")
            #expect(access.tokenFile == "\(folder)/token" && access.certificateAuthority == .file("\(folder)/ca.crt"))
            #expect(
                Self.failure { try Self.load(nil, ["HOME": folder], serviceAccount: folder) }?.code == .noKubeconfig)
        }
    }

    @Test func relativePathsBelongToTheFile() throws {
        let text = """
            current-context: c
            clusters:
            - name: c
              cluster: {server: 'https://h/', certificate-authority: pki/ca.crt, tls-server-name: other, unknown: [1]}
            users:
            - name: u
              user: {client-certificate: /abs/c.crt, client-key-data: a2V5, tokenFile: tok, as: someone, as-groups: [g1, g2]}
            contexts:
            - {name: c, context: {cluster: c, user: u}}
            """
        try Self.withFiles(["deep/config": text]) { folder throws in
            let access = try Self.load("\(folder)/deep/config").access(context: nil)
            #expect(access.server == "https://h:443" && access.tlsServerName == "other")
            #expect(access.certificateAuthority == .file("\(folder)/deep/pki/ca.crt"))
            #expect(access.clientCertificate == .file("/abs/c.crt") && access.clientKey == .data(Array("key".utf8)))
            #expect(access.tokenFile == "\(folder)/deep/tok")
            #expect(access.impersonation == ClusterAccess.Impersonation(user: "someone", groups: ["g1", "g2"]))
        }
    }

    @Test func contextsThatAreNotThereAreNamed() throws {
        try Self.withFiles([
            "a": Self.config("one", server: "https://a", current: false), "empty": "", "null": "~\n",
            "dangling": "current-context: x\ncontexts: [{name: x, context: {cluster: nope, user: nope}}]",
        ]) { folder throws in
            let none = Self.failure { try Self.load("\(folder)/a").access(context: nil) }
            #expect(none?.code == .unknownContext && none?.advice.contains("one") == true)
            let wrong = Self.failure { try Self.load("\(folder)/a").access(context: "two") }
            #expect(wrong?.code == .unknownContext && wrong?.advice.contains("one") == true)
            #expect(Self.failure { try Self.load("\(folder)/empty").access(context: nil) }?.code == .unknownContext)
            #expect(Self.failure { try Self.load("\(folder)/null").access(context: nil) }?.code == .unknownContext)
            #expect(Self.failure { try Self.load("\(folder)/dangling").access(context: nil) }?.code == .badKubeconfig)
        }
    }

    @Test(arguments: [
        "auth-provider: {name: gcp}",
        "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}",
        "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
    ])
    func whatIsNotSupportedIsSaid(_ user: String) throws {
        try Self.withFiles(["a": Self.config("one", server: "https://a", user: user)]) { folder throws in
            let config = try Self.load("\(folder)/a")
            let error = Self.failure { try config.access(context: nil) }
            #expect(error?.code == .unsupportedCredential && error?.advice.isEmpty == false)
        }
    }

    @Test func badFilesAreClearErrors() throws {
        let deep = String(repeating: "[", count: 100_000)
        let steps = (0..<5000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        let bad = [
            "yaml": "a: [", "list": "- a\n- b", "word": "hello", "kind": "kind: Pod", "deep": deep, "steps": steps,
            "dashes": String(repeating: "- ", count: 100_000),
            "base64": "users: [{name: a, user: {client-key-data: '%%%'}}]",
        ]
        try Self.withFiles(bad) { folder throws in
            for name in bad.keys.sorted() {
                let error = Self.failure { try Self.load("\(folder)/\(name)") }
                #expect(error?.code == .badKubeconfig && error?.subject == "\(folder)/\(name)", "\(name)")
            }
            #expect(Self.failure { try Self.load(folder) }?.code == .badKubeconfig)
            let large = "\(folder)/large"
            #expect(FileManager.default.createFile(atPath: large, contents: Data(count: 20 << 20)))
            #expect(Self.failure { try Self.load(large) }?.reason.contains("larger than") == true)
            let binary = "\(folder)/binary"
            #expect(FileManager.default.createFile(atPath: binary, contents: Data([0xFF, 0xFE, 0x00])))
            #expect(Self.failure { try Self.load(binary) }?.code == .badKubeconfig)
        }
    }

    /// Found by fuzzing: 40 lines of aliases, used as a key, kept the parser busy for ever.
    @Test func aliasesAreFewAndCheap() throws {
        var bomb = "a: &a0 [x, x]\n"
        for number in 1..<40 { bomb += "a\(number): &a\(number) [*a\(number - 1), *a\(number - 1)]\n" }
        bomb += "? *a39\n: x\n"
        let shared = Self.config("one", server: "https://h", user: "&u {token: t}")
        let withAlias = shared + "\nextensions: [*u, \"a * b & c\"]\n"
        try Self.withFiles(["bomb": bomb, "shared": withAlias]) { folder throws in
            #expect(Self.failure { try Self.load("\(folder)/bomb") }?.reason.contains("aliases") == true)
            _ = try Self.load("\(folder)/shared").access(context: nil)
        }
    }

    @Test(arguments: [
        ("https://h", "https://h:443"), ("HTTPS://h:6443/", "https://h:6443"),
        ("http://10.0.0.1:8001", "http://10.0.0.1:8001"),
        ("h:6443", "https://h:6443"), ("https://[fd00::1]:6443", "https://[fd00::1]:6443"),
        ("https://rancher/k8s/clusters/c-1/", "https://rancher:443/k8s/clusters/c-1"),
    ])
    func serversAreUnderstood(_ text: String, _ expected: String) throws {
        try Self.withFiles(["a": Self.config("one", server: text)]) { folder throws in
            #expect(try Self.load("\(folder)/a").access(context: nil).server == expected)
        }
    }

    @Test(arguments: [
        "", "ftp://h", "https://", "https://user:pw@h", "https://h:0", "https://h:99999", "https://h:x",
        "https://h/a?b",
        "https://h/../x", "https://[fd00::1", "https://h h", "unix:///run/x", "https://h\\u0000",
    ])
    func serversThatMakeNoSenseAreNot(_ text: String) throws {
        try Self.withFiles(["a": Self.config("one", server: text)]) { folder throws in
            #expect(Self.failure { try Self.load("\(folder)/a").access(context: nil) }?.code == .badKubeconfig)
        }
    }
}
