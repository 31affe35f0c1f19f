import Foundation
import KubernetesClient
import StructuredText
import Testing

/// Credential plugins that log in to the API server of the test cluster.
@Suite(
    .enabled(if: LiveCluster.isThere, "set EXHIBIT_TEST_KUBECONFIG, as Scripts/test-cluster env does"),
    .timeLimit(.minutes(2)))
struct LivePluginTests {
    /// A kubeconfig for the cluster whose user logs in through the plugin beside it.
    private static func kubeconfig(_ folder: PluginFolder, exec: String) throws -> String {
        folder.write(
            "kubeconfig",
            """
            current-context: c
            clusters:
            - {name: c, cluster: {server: '\(try value("server"))', \
            certificate-authority-data: \(try value("certificate-authority-data"))}}
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users:
            - {name: u, user: {exec: {command: ./plugin, apiVersion: \(PluginKubeconfigTests.v1), \
            interactiveMode: IfAvailable\(exec)}}}
            """, mode: 0o600)
    }

    /// The first value of a key in the administrator's kubeconfig.
    private static func value(_ key: String) throws -> String {
        let text = try String(contentsOfFile: try #require(LiveCluster.kubeconfig), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains("\(key): ") })
        return String(try #require(line.split(separator: " ").last))
    }

    /// Who the server takes us for, by what it refuses; nil when it refuses nothing.
    private static func identity(_ client: KubernetesClient) async throws -> String? {
        let review = try await client.accessReview(verb: "*", group: "*", resource: "*")
        if review.allowed { return nil }
        let error = await #expect(throws: KubernetesError.self) {
            try await client.exec(namespace: "default", pod: "no-such-pod", argv: ["true"]) { _, _ in }
        }
        return error?.reason
    }

    private static let serviceAccount = "system:serviceaccount:default:default"

    /// A line that prints a real token of a real service account as a credential, with more of a status.
    private static func token(_ status: String = "") throws -> String {
        let admin = try #require(LiveCluster.kubeconfig)
        return """
            token=$(kubectl --kubeconfig '\(admin)' -n default create token default --duration 10m) || exit
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{\(status)"token":"'"$token"'"}}'
            """
    }

    /// A line that prints the administrator's own certificate as a credential.
    private static func certificate() throws -> String {
        func pem(_ key: String) throws -> String {
            let pem = String(decoding: try #require(Data(base64Encoded: try value(key))), as: UTF8.self)
            return pem.replacingOccurrences(of: "\n", with: "\\n")
        }
        return """
            cat <<'END'
            {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":
            {"clientCertificateData":"\(try pem("client-certificate-data"))","clientKeyData":"\(try pem("client-key-data"))"}}
            END
            """
    }

    @Test func tokensOfAServiceAccount() async throws {
        let folder = PluginFolder()
        _ = folder.plugin(try Self.token())
        try await LiveCluster.withClient(Self.kubeconfig(folder, exec: "")) { client in
            let identity = try await Self.identity(client)
            #expect(identity?.contains(Self.serviceAccount) == true, "\(identity ?? "")")
            #expect(folder.calls == 1)
        }
    }

    @Test func certificates() async throws {
        let folder = PluginFolder()
        _ = folder.plugin(try Self.certificate())
        try await LiveCluster.withClient(Self.kubeconfig(folder, exec: "")) { client in
            let identity = try await Self.identity(client)
            #expect(identity == nil && folder.calls == 1)
            // A command has a connection of its own.
            let gone = await #expect(throws: KubernetesError.self) {
                try await client.exec(namespace: "default", pod: "no-such-pod", argv: ["true"]) { _, _ in }
            }
            #expect(gone?.code == .notFound && folder.calls == 1)
        }
    }

    @Test func whatHasExpiredIsAskedForAgain() async throws {
        let folder = PluginFolder()
        _ = folder.plugin(try Self.token(#""expirationTimestamp":"2020-01-01T00:00:00Z","#))
        try await LiveCluster.withClient(Self.kubeconfig(folder, exec: "")) { client in
            _ = try await client.version()
            _ = try await client.version()
            #expect(folder.calls == 2)
        }
    }

    /// First a token that the server does not know, then something that it does.
    @Test(arguments: [true, false])
    func whatIsRefusedIsAskedForAgain(byToken: Bool) async throws {
        let folder = PluginFolder()
        let bad = PluginFolder.credential(#""token":"not-a-token""#)
        _ = folder.plugin(
            """
            if [ $(wc -l < \(folder.path)/calls) = 1 ]; then echo '\(bad)'; exit; fi
            \(byToken ? try Self.token() : try Self.certificate())
            """)
        try await LiveCluster.withClient(Self.kubeconfig(folder, exec: "")) { client in
            let identity = try await Self.identity(client)
            #expect(byToken ? identity?.contains(Self.serviceAccount) == true : identity == nil, "\(identity ?? "")")
            #expect(folder.calls == 2)
        }
    }

    /// kubectl and this client ask the same plugin the same question.
    @Test func thePluginIsToldWhatKubectlTellsIt() async throws {
        let folder = PluginFolder()
        _ = folder.plugin("printf %s \"$KUBERNETES_EXEC_INFO\" > \(folder.path)/told\n" + (try Self.certificate()))
        let kubeconfig = try Self.kubeconfig(folder, exec: ", provideClusterInfo: true")
        try await LiveCluster.withClient(kubeconfig) { _ = try await $0.version() }
        let ours = try JSONSerialization.jsonObject(with: Data(folder.read("told").utf8)) as? NSDictionary
        let kubectl = Process()
        kubectl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        kubectl.arguments = ["kubectl", "--kubeconfig", kubeconfig, "get", "--raw", "/version"]
        kubectl.standardInput = FileHandle.nullDevice
        kubectl.standardOutput = FileHandle.nullDevice
        try kubectl.run()
        kubectl.waitUntilExit()
        #expect(kubectl.terminationStatus == 0 && folder.calls == 2)
        let theirs = try JSONSerialization.jsonObject(with: Data(folder.read("told").utf8)) as? NSDictionary
        #expect(ours != nil && ours == theirs, "\(String(describing: ours)) \(String(describing: theirs))")
    }
}
