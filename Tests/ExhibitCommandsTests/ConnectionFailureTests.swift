import Foundation
import Glibc
import Testing

/// No way to a cluster: an exit code for each reason, words on what to do, and nothing left on the disk.
@Suite(.needsBinary)
struct ConnectionFailureTests {
    private static let target = ["pod/any", "-n", "any"]

    private func kubeconfig(_ server: String, in folder: String) throws -> String {
        let path = folder + "/kubeconfig"
        try Files.write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: test, cluster: {server: "\(server)", insecure-skip-tls-verify: true}}]
            users: [{name: test, user: {token: none}}]
            contexts: [{name: first, context: {cluster: test, user: test}}, {name: second, context: {cluster: test, user: test}}]
            current-context: first
            """, to: path)
        return path
    }

    @Test
    func noKubeconfig() async throws {
        try await Scratch.withFolder { home in
            let run = try await CollectRun.run(Self.target, environment: ["HOME": home])
            #expect(run.outcome.status == Exhibit.Code.noKubeconfig)
            run.outcome.expectMessage("looking for a kubeconfig", home + "/.kube/config", "--kubeconfig", "KUBECONFIG")
        }
    }

    @Test
    func aKubeconfigThatIsNotThere() async throws {
        let run = try await CollectRun.run(Self.target, kubeconfig: "/no-such-kubeconfig")
        #expect(run.outcome.status == Exhibit.Code.noKubeconfig)
        run.outcome.expectMessage("reading the kubeconfig /no-such-kubeconfig", "--kubeconfig")
    }

    @Test(arguments: [
        "", "\u{0}\u{1}\u{2}", "a: [", "- 1\n- 2\n", "apiVersion: v1\nkind: Config\n",
        String(repeating: "[", count: 100_000),
    ])
    func aKubeconfigThatIsNone(text: String) async throws {
        try await Scratch.withFolder { folder in
            try Files.write(text, to: folder + "/kubeconfig")
            let run = try await CollectRun.run(Self.target, kubeconfig: folder + "/kubeconfig")
            // An empty one has no context.
            #expect(
                [Exhibit.Code.noKubeconfig, Exhibit.Code.wrongContext].contains(run.outcome.status),
                "\(run.outcome.summary)")
            run.outcome.expectMessage(folder + "/kubeconfig")
        }
    }

    @Test
    func aContextThatIsNotThere() async throws {
        try await Scratch.withFolder { folder in
            let path = try kubeconfig("https://127.0.0.1:1", in: folder)
            let run = try await CollectRun.run(Self.target + ["--context", "secnd"], kubeconfig: path)
            #expect(run.outcome.status == Exhibit.Code.wrongContext)
            run.outcome.expectMessage("choosing a context", "secnd", "first", "second")
        }
    }

    @Test
    func anAPIServerThatIsNotThere() async throws {
        try await Scratch.withFolder { folder in
            let port = try Listener.unusedPort()
            let run = try await CollectRun.run(
                Self.target, kubeconfig: try kubeconfig("https://127.0.0.1:\(port)", in: folder))
            #expect(run.outcome.status == Exhibit.Code.unreachable, "\(run.outcome.summary)")
            run.outcome.expectMessage("127.0.0.1:\(port)", "nothing listens", "kubeconfig")
            #expect(run.outcome.duration < .seconds(40))
        }
    }

    @Test
    func aNameThatDoesNotResolve() async throws {
        try await Scratch.withFolder { folder in
            let run = try await CollectRun.run(
                Self.target, kubeconfig: try kubeconfig("https://exhibit-test.invalid:6443", in: folder))
            #expect(run.outcome.status == Exhibit.Code.unreachable, "\(run.outcome.summary)")
            run.outcome.expectMessage("exhibit-test.invalid")
        }
    }

    /// It takes the connection and never says a word.
    @Test
    func anAPIServerThatHangs() async throws {
        try await Scratch.withFolder { folder in
            let listener = try Listener()
            defer { listener.stop() }
            let path = try kubeconfig("https://127.0.0.1:\(listener.port)", in: folder)
            let run = try await CollectRun.run(Self.target, kubeconfig: path)
            #expect(run.outcome.status == Exhibit.Code.serverTimeout, "\(run.outcome.summary)")
            run.outcome.expectMessage("127.0.0.1:\(listener.port)")
        }
    }

    @Test
    func aServerThatIsNoAPIServer() async throws {
        try await Scratch.withFolder { folder in
            let listener = try Listener { connection in
                let text = Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8)
                _ = text.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                shutdown(connection, Int32(SHUT_RDWR))
            }
            defer { listener.stop() }
            let path = try kubeconfig("https://127.0.0.1:\(listener.port)", in: folder)
            let run = try await CollectRun.run(Self.target, kubeconfig: path)
            #expect(
                [Exhibit.Code.unreachable, Exhibit.Code.certificate].contains(run.outcome.status),
                "\(run.outcome.summary)")
            run.outcome.expectMessage("127.0.0.1:\(listener.port)")
        }
    }

    @Test(.needsCluster)
    func aClientCertificateThatHasExpired() async throws {
        let run = try await CollectRun.run(Self.target, kubeconfig: try TestCluster.kubeconfig(of: .expired))
        #expect(run.outcome.status == Exhibit.Code.certificate)
        run.outcome.expectMessage("certificate", "expired at 2024", "kubeconfig")
    }

    /// The server's certificate is not from the authority of the kubeconfig.
    @Test(.needsCluster)
    func aServerThatIsNotTrusted() async throws {
        try await Scratch.withFolder { folder in
            let lines = try Files.text(TestCluster.kubeconfig()).split(separator: "\n")
                .filter { !$0.contains("certificate-authority") }
            try Files.write(lines.joined(separator: "\n") + "\n", to: folder + "/kubeconfig")
            let run = try await CollectRun.run(Self.target, kubeconfig: folder + "/kubeconfig")
            #expect(run.outcome.status == Exhibit.Code.certificate, "\(run.outcome.summary)")
            run.outcome.expectMessage("certificate")
        }
    }

    @Test(arguments: [
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: /no-such-plugin, interactiveMode: Never}",
        "auth-provider: {name: gcp}",
    ])
    func aCredentialThatCannotBeHad(user: String) async throws {
        try await Scratch.withFolder { folder in
            let path = try kubeconfig("https://127.0.0.1:1", in: folder)
            try Files.write(try Files.text(path).replacing("token: none", with: user), to: path)
            let run = try await CollectRun.run(Self.target, kubeconfig: path)
            #expect(!Exhibit.Code.sealed.contains(run.outcome.status))
            #expect(run.outcome.status == Exhibit.Code.unsupportedCredential, "\(run.outcome.summary)")
            if user.hasPrefix("exec") { run.outcome.expectMessage("/no-such-plugin") }
        }
    }

    @Test(.needsCluster)
    func aTokenThatTheServerDoesNotKnow() async throws {
        try await Scratch.withFolder { folder in
            let text = try Files.text(TestCluster.kubeconfig(of: .nothing))
            let edited = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.contains("token:") ? line.prefix { $0 != ":" } + ": not-a-token" : line
            }
            try Files.write(edited.joined(separator: "\n"), to: folder + "/kubeconfig")
            let run = try await CollectRun.run(Self.target, kubeconfig: folder + "/kubeconfig")
            #expect(run.outcome.status == Exhibit.Code.denied, "\(run.outcome.summary)")
            run.outcome.expectMessage("kubeconfig")
        }
    }
}

/// The cluster answers, but not with what was asked for.
@Suite(.needsBinary, .needsCluster)
struct MissingTargetTests {
    @Test(arguments: [
        (["pod/pari", "-n", TestCluster.namespace], "Did you mean pair?"),
        (["deployment/shel", "-n", TestCluster.namespace], "Did you mean shell?"),
        (["namespace/exhibit-dem"], "Did you mean exhibit-demo"),
        (["widget/x", "-n", TestCluster.namespace], "kubectl api-resources"),
        (["-n", "no-such-namespace-here"], "no-such-namespace-here"),
        (["pod/pair", "-n", "default"], "default"),
        (["-l", "app=nothing-like-it", "-n", TestCluster.namespace], "app=nothing-like-it"),
    ])
    func itIsSaidAndTheLikelyOneNamed(arguments: [String], text: String) async throws {
        let run = try await CollectRun.run(arguments, kubeconfig: try TestCluster.kubeconfig())
        #expect(run.outcome.status == Exhibit.Code.targetNotFound, "\(run.outcome.summary)")
        run.outcome.expectMessage(text)
    }
}
