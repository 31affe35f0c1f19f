import Foundation
import KubernetesClient
import NIOHTTP1
import StructuredText
import Testing

/// Credential plugins: real programs, and a server that can be made to refuse.
@Suite(
    .enabled(if: TestCertificates.shared != nil, "the openssl command is needed to make certificates"),
    .timeLimit(.minutes(1)))
struct PluginTests {
    private static let version = FakeStep.http(200, #"{"gitVersion":"v1.31.0"}"#)

    /// Asks a server that accepts the token `good`, or any when `accepts` says so.
    private static func ask<Result>(
        _ plugin: CredentialPlugin, timeout: Duration = .seconds(20), pause: Duration = .seconds(10),
        accepts: @escaping @Sendable (FakeRequest) -> Bool = { $0.head.headers["authorization"] == ["Bearer good"] },
        _ change: (inout ClusterAccess) -> Void = { _ in },
        _ body: (KubernetesClient, FakeServer) async throws -> Result
    ) async throws -> Result {
        let made = try #require(TestCertificates.shared)
        let script: FakeServer.Script = { request in
            guard accepts(request) else { return [.http(401, "no")] }
            return request.head.headers.contains(name: "upgrade")
                ? [.upgrade(request), .frame(1, "hi"), .success] : [version]
        }
        return try await FakeServer.serving(tls: made.server("server"), script) { server in
            var access = ClusterAccess(server: server.url)
            access.certificateAuthority = .file(made.path("ca.crt"))
            access.plugin = plugin
            change(&access)
            var options = ClientOptions(retry: .none)
            options.pluginTimeout = timeout
            options.pluginRenewalPause = pause
            let client = try KubernetesClient(access: access, options: options)
            do {
                let result = try await body(client, server)
                await client.shutdown()
                return result
            } catch {
                await client.shutdown()
                throw error
            }
        }
    }

    private static func failure(
        _ plugin: CredentialPlugin, timeout: Duration = .seconds(20)
    ) async throws -> KubernetesError? {
        try await ask(plugin, timeout: timeout) { client, server in
            let error = await #expect(throws: KubernetesError.self) { try await client.version() }
            #expect(server.requests.isEmpty)
            return error
        }
    }

    @Test func oneRunServesManyRequests() async throws {
        let folder = PluginFolder()
        try await Self.ask(folder.plugin("sleep 0.1; echo '\(PluginFolder.credential(#""token":"good""#))'")) {
            client, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await client.version() } }
                try await group.waitForAll()
            }
            #expect(server.requests.count == 20 && folder.calls == 1)
            let result = try await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in }
            #expect(result == .exited(code: 0) && folder.calls == 1)
        }
    }

    @Test func itRunsAgainWhenItsTimeIsOver() async throws {
        let folder = PluginFolder()
        func status(_ moment: String) -> String {
            PluginFolder.credential(#""token":"good","expirationTimestamp":"\#(moment)""#)
        }
        try await Self.ask(folder.answering(status("2020-01-01T00:00:00Z"))) { client, _ in
            _ = try await client.version()
            _ = try await client.version()
            #expect(folder.calls == 2)
            // Soon, with a fraction and in another zone.
            let soon = Date.now.addingTimeInterval(2 + 2 * 3600).formatted(.iso8601).dropLast()
            folder.answer(status("\(soon).25+02:00"))
            _ = try await client.version()
            _ = try await client.version()
            #expect(folder.calls == 3)
            try await Task.sleep(for: .milliseconds(2_300))
            folder.answer(status("2999-01-01T00:00:00Z"))
            _ = try await client.version()
            _ = try await client.version()
            #expect(folder.calls == 4)
        }
    }

    @Test func aRefusalRunsItOnceMore() async throws {
        let folder = PluginFolder()
        try await Self.ask(folder.answering(PluginFolder.credential(#""token":"old""#)), pause: .zero) {
            client, server in
            let refused = await #expect(throws: KubernetesError.self) { try await client.version() }
            #expect(refused?.code == .unauthorized && folder.calls == 2 && server.requests.count == 2)
            folder.answer(PluginFolder.credential(#""token":"good""#))
            _ = try await client.version()
            #expect(folder.calls == 3 && server.requests.count == 4)
            // The same for a command in a container.
            folder.answer(PluginFolder.credential(#""token":"old""#))
        }
        try await Self.ask(folder.answering(PluginFolder.credential(#""token":"old""#)), pause: .zero) { client, _ in
            let command = Task { try await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in } }
            let refused = await #expect(throws: KubernetesError.self) { try await command.value }
            #expect(refused?.code == .unauthorized && folder.calls == 5)
            folder.answer(PluginFolder.credential(#""token":"good""#))
            let result = try await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in }
            #expect(result == .exited(code: 0) && folder.calls == 6)
        }
    }

    /// All requests that were refused with one credential share the next, and what refuses everything does not make it run for each.
    @Test func whatRefusesEverybodyRunsItOnce() async throws {
        let folder = PluginFolder()
        let plugin = folder.plugin("sleep 0.1; echo '\(PluginFolder.credential(#""token":"old""#))'")
        try await Self.ask(plugin) { client, server in
            let ends = await withTaskGroup(of: KubernetesError.Code?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do throws(KubernetesError) {
                            _ = try await client.version()
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ends.allSatisfy { $0 == .unauthorized } && folder.calls == 2, "\(folder.calls)")
            // Each asked once more, with the other credential.
            #expect(server.requests.count > 20 && server.requests.count <= 40)
            for _ in 0..<10 { _ = try? await client.version() }
            _ = try? await client.nodeLog(node: "n", file: ["x"]) { _ in }
            _ = try? await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in }
            #expect(folder.calls == 2, "\(folder.calls)")
        }
    }

    @Test func afterAPauseItRunsAgain() async throws {
        let folder = PluginFolder()
        let old = folder.answering(PluginFolder.credential(#""token":"old""#))
        try await Self.ask(old, pause: .seconds(3)) { client, _ in
            for _ in 0..<3 { _ = try? await client.version() }
            #expect(folder.calls == 2)
            folder.answer(PluginFolder.credential(#""token":"good""#))
            try await Task.sleep(for: .milliseconds(3_100))
            _ = try await client.version()
            #expect(folder.calls == 3)
        }
    }

    /// A service behind the API server cannot make it run.
    @Test func whatAServiceInAPodAnswersDoesNotRunIt() async throws {
        let folder = PluginFolder()
        let plugin = folder.answering(PluginFolder.credential(#""token":"good""#))
        try await Self.ask(plugin, accepts: { !$0.head.uri.contains("/proxy/") }) { client, server in
            let question = PodQuestion(namespace: "ns", pod: "web", isTLS: false, port: 80, path: "/x", query: [])
            var status = 0
            try await client.ask(question, head: { status = $0.status }, chunk: { _ in })
            #expect(status == 401 && folder.calls == 1 && server.requests.count == 1)
        }
    }

    @Test(arguments: CredentialPlugin.Version.allCases)
    func itIsToldAboutTheCluster(version: CredentialPlugin.Version) async throws {
        let folder = PluginFolder()
        let made = try #require(TestCertificates.shared)
        setenv("EXHIBIT_TEST_INHERITED", "yes", 1)
        var plugin = folder.plugin(
            """
            printf '%s\\n' "$1" "$ADDED$EXHIBIT_TEST_INHERITED" "$KUBERNETES_EXEC_INFO" > \(folder.path)/told
            cat >> \(folder.path)/told
            echo '\(PluginFolder.credential(#""token":"good""#, version: version.rawValue))'
            """, version: version)
        plugin.arguments = ["a b"]
        plugin.environment = ["ADDED": "$(id)"]
        func told() async throws -> [Substring] {
            try await Self.ask(plugin, accepts: { _ in true }) { client, _ in _ = try await client.version() }
            return folder.read("told").split(separator: "\n")
        }
        let brief = try await told()
        #expect(
            brief == [
                "a b", "$(id)yes",
                #"{"apiVersion":"\#(version.rawValue)","kind":"ExecCredential","spec":{"interactive":false}}"#,
            ])
        plugin.providesClusterInfo = true
        plugin.clusterConfiguration = ["audience": "x"]
        let info = try #require(try await told().last)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any])
        let spec = try #require(json["spec"] as? [String: Any])
        let cluster = try #require(spec["cluster"] as? [String: Any])
        #expect((cluster["server"] as? String)?.hasPrefix("https://127.0.0.1:") == true)
        #expect(
            cluster["certificate-authority-data"] as? String
                == (try Data(contentsOf: URL(fileURLWithPath: made.path("ca.crt"))).base64EncodedString()))
        #expect((cluster["config"] as? [String: String]) == ["audience": "x"] && cluster.count == 3)
    }

    @Test(arguments: [
        ("true", "printed nothing"), ("echo oops", "not JSON"), ("echo '{}'", "of the kind none"),
        (#"echo '{"kind":"Status"}'"#, "of the kind Status"),
        (
            "echo '\(PluginFolder.credential(#""token":"t""#, version: "client.authentication.k8s.io/v1beta1"))'",
            "v1beta1"
        ),
        (#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'"#, "no status"),
        ("echo '\(PluginFolder.credential(""))'", "neither a token nor"),
        ("echo '\(PluginFolder.credential(#""token":7"#))'", "not text"),
        ("echo '\(PluginFolder.credential(#""token":"a\\nb: c""#))'", "no token can"),
        ("echo '\(PluginFolder.credential(#""clientKeyData":"x""#))'", "not both"),
        ("echo '\(PluginFolder.credential(#""clientKeyData":"x","clientCertificateData":"y""#))'", "PEM"),
        ("echo '\(PluginFolder.credential(#""token":"t","expirationTimestamp":"soon""#))'", "RFC 3339"),
        ("yes", "more than 1048576 bytes"), ("echo Bearer TOKEN >&2; exit 3", "exit code 3"),
        ("kill -9 $$", "signal 9"),
    ])
    func whatItDoesWrongIsSaid(script: String, word: String) async throws {
        let folder = PluginFolder()
        let error = try #require(try await Self.failure(folder.plugin(script)))
        #expect(error.code == .credentialPluginFailed && error.reason.contains(word), "\(error)")
        #expect(!"\(error)".contains("TOKEN"), "what it says may be a secret, and errors go into bundles")
        #expect(!error.advice.isEmpty && error.doing.contains(folder.path))
    }

    @Test func aPluginThatIsNotThere() async throws {
        var plugin = CredentialPlugin(version: .v1, command: "no-such-plugin-anywhere")
        plugin.installHint = "Install it:\n  brew install it\u{1B}[2J"
        let error = try #require(try await Self.failure(plugin))
        #expect(error.code == .credentialPluginFailed && error.doing.contains("no-such-plugin-anywhere"))
        #expect(error.advice.hasPrefix("Install it:") && !error.advice.contains("\u{1B}"), "\(error.advice)")
        plugin.installHint = nil
        #expect(try await Self.failure(plugin)?.advice.isEmpty == false)
    }

    @Test func aPluginThatHangsCostsItsTimeOnce() async throws {
        let folder = PluginFolder()
        try await Self.ask(folder.plugin("echo Waiting >&2; sleep 1000"), timeout: .milliseconds(300)) { client, _ in
            let begin = ContinuousClock.now
            for _ in 0..<50 {
                let error = await #expect(throws: KubernetesError.self) { try await client.version() }
                #expect(error?.reason.contains("did not end within 0.3 seconds") == true)
            }
            #expect(folder.calls == 1 && ContinuousClock.now - begin < .seconds(3))
        }
    }

    @Test func whoeverIsCancelledDoesNotWait() async throws {
        let folder = PluginFolder()
        let plugin = folder.plugin("sleep 1; echo '\(PluginFolder.credential(#""token":"good""#))'")
        try await Self.ask(plugin) { client, _ in
            let begin = ContinuousClock.now
            let first = Task { try await client.version() }
            let second = Task { try await client.version() }
            try await Task.sleep(for: .milliseconds(200))
            first.cancel()
            let error = await #expect(throws: KubernetesError.self) { try await first.value }
            #expect(error?.code == .cancelled && ContinuousClock.now - begin < .milliseconds(900))
            #expect(try await second.value.gitVersion == "v1.31.0" && folder.calls == 1)
        }
        // When nobody waits any more, it is ended, and the next one begins anew.
        try await Self.ask(plugin) { client, _ in
            let only = Task { try await client.version() }
            try await Task.sleep(for: .milliseconds(200))
            only.cancel()
            await #expect(throws: KubernetesError.self) { try await only.value }
            _ = try await client.version()
            #expect(folder.calls == 3)
        }
    }

    @Test func itIsNotAskedWithoutNeed() async throws {
        let folder = PluginFolder()
        let plugin = folder.answering(PluginFolder.credential(#""token":"plugin""#))
        try await Self.ask(plugin, { $0.token = "good" }) { client, _ in _ = try await client.version() }
        try await Self.ask(plugin, accepts: { $0.head.headers["authorization"].first?.hasPrefix("Basic ") == true }) {
            $0.username = "me"
        } _: { client, _ in
            _ = try await client.version()
        }
        // A secret does not go over a connection that anyone can read.
        try await FakeServer.serving({ _ in [Self.version] }) { server in
            try await server.withClient {
                $0.plugin = plugin
            } _: {
                _ = try await $0.version()
            }
            #expect(server.requests.first?.headers["authorization"] == [])
        }
        #expect(folder.calls == 0)
    }
}
