import Foundation
import Testing

/// The collectors `web` and `network-to`, with a real server in a pod: asked from this machine, and from another pod.
@Suite(.needsBinary, .needsCluster)
struct ReachingTests {
    private static func withServer(_ body: (_ namespace: ClusterNamespace, _ address: String) async throws -> Void)
        async throws
    {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(
                pod: "server", script: "mkdir /www; echo here I am >/www/index.html; exec httpd -f -p 8080 -h /www")
            try await namespace.run(pod: "client", script: "exec sleep 600")
            let address = try await TestCluster.kubectl([
                "get", "pod", "server", "-n", namespace.name, "-o", "jsonpath={.status.podIP}",
            ])
            try await body(namespace, address.text)
        }
    }

    private static func capture(
        _ namespace: ClusterNamespace, _ collector: String, _ settings: [String], environment: [String: String] = [:]
    ) async throws -> (Capture, LedgerLine) {
        let run = try await CollectRun.run(
            ["pod/client", "-n", namespace.name, "--profile", "minimal", "--with", collector]
                + settings.flatMap { ["--set", "\(collector).\($0)"] }, kubeconfig: try TestCluster.kubeconfig(),
            environment: environment)
        let capture = try await run.capture()
        let lines = try capture.ledger().filter { $0.collector == collector }
        #expect(lines.count == 1, "\(lines)")
        return (capture, try #require(lines.first))
    }

    @Test
    func aPodSaysWhatItReaches() async throws {
        try await Self.withServer { namespace, address in
            let folder = "data/namespaces/\(namespace.name)/pods/client/main/services/network-to"
            let (there, line) = try await Self.capture(
                namespace, "network-to", ["host=\(address)", "port=8080", "ask=http"])
            #expect(line.state == "ok" && line.target.container == "main", "\(line)")
            #expect(try there.text("\(folder)/connect.txt").hasSuffix("(exit code 0)\n"))
            let answer = try there.text("\(folder)/http.txt")
            #expect(answer.contains("200 OK") && answer.contains("here I am"), "\(answer)")
            let (refused, second) = try await Self.capture(namespace, "network-to", ["host=\(address)", "port=9"])
            #expect(second.state == "ok", "\(second)")
            #expect(try refused.text("\(folder)/connect.txt").contains("refused"))
            #expect(!refused.has("\(folder)/http.txt"))
            // A host is no code.
            let (_, third) = try await Self.capture(
                namespace, "network-to", ["host=x;touch /tmp/done", "port=9", "ask=http"])
            #expect(third.state == "error" && third.reason?.message.contains("not the name") == true, "\(third)")
        }
    }

    @Test
    func thisMachineSaysWhatAURLAnswers() async throws {
        _ = try TestCluster.localPort()
        try await Self.withServer { namespace, address in
            let (capture, line) = try await Self.capture(namespace, "web", ["url=http://\(address):8080/"])
            #expect(line.state == "ok" && line.source == "local", "\(line)")
            #expect(try capture.text("data/local/web/answer.txt") == "here I am\n")
            #expect(try capture.text("data/local/web/answer.txt.response.json").contains(#""status":200"#))
            let (_, lost) = try await Self.capture(namespace, "web", ["url=http://\(address):8080/nothing"])
            #expect(lost.state == "partial" && lost.reason?.code == "HTTPStatus", "\(lost)")
            // A login goes over TLS only, and is not sent without one.
            let url = "url=http://\(address):8080/"
            let (_, unset) = try await Self.capture(namespace, "web-login", [url])
            #expect(unset.state == "error" && unset.reason?.code == "NoVariable", "\(unset)")
            let (plain, refused) = try await Self.capture(
                namespace, "web-login", [url], environment: ["EXHIBIT_WEB_AUTHORIZATION": "Bearer ab-cd-ef"])
            #expect(refused.state == "denied" && refused.reason?.code == "Plaintext", "\(refused)")
            for path in try plain.paths() { #expect(try !plain.text(path).contains("ab-cd-ef"), "\(path)") }
        }
    }
}
