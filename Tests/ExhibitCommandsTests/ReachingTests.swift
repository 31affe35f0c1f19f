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

    /// Rows without the headings.
    private static func results(_ text: String) throws -> [[String]] {
        let rows = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        try #require(rows.first?.first == "tried" && rows.allSatisfy { $0.count == 9 }, "\(text)")
        return Array(rows.dropFirst())
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
            let rows = try Self.results(try there.text("\(folder)/results.tsv"))
            #expect(rows.map { $0[1] }.suffix(2) == ["connect", "http"], "\(rows)")
            #expect(rows.suffix(2).allSatisfy { $0[5] == "ok" && Int($0[7]) != nil }, "\(rows)")
            #expect(rows.last?[8].contains("HTTP/1.1 200 OK") == true)
            let (refused, second) = try await Self.capture(namespace, "network-to", ["host=\(address)", "port=9"])
            #expect(second.state == "ok", "\(second)")
            #expect(try refused.text("\(folder)/connect.txt").contains("refused"))
            #expect(!refused.has("\(folder)/http.txt"))
            let last = try #require(try Self.results(try refused.text("\(folder)/results.tsv")).last)
            #expect(Array(last[1...3]) == ["connect", address, "9"] && last[5] == "refused", "\(last)")
            #expect(last[8].contains("refused"))
            // A host is no code.
            let (_, third) = try await Self.capture(
                namespace, "network-to", ["host=x;touch /tmp/done", "port=9", "ask=http"])
            #expect(third.state == "error" && third.reason?.message.contains("not the name") == true, "\(third)")
        }
    }

    /// Through kubectl's port-forward, which brings the pod's server to this machine.
    @Test
    func thisMachineSaysWhatAURLAnswers() async throws {
        try await Self.withServer { namespace, _ in
            let argv = ["kubectl", "port-forward", "-n", namespace.name, "pod/server", ":8080", "--address=127.0.0.1"]
            let environment = ["KUBECONFIG": try TestCluster.kubeconfig()]
            try await LocalService.with(argv, environment: environment) { port in
                let url = "url=http://127.0.0.1:\(port)/"
                let (capture, line) = try await Self.capture(namespace, "web", [url])
                #expect(line.state == "ok" && line.source == "local", "\(line)")
                #expect(try capture.text("data/local/web/answer.txt") == "here I am\n")
                #expect(try capture.text("data/local/web/answer.txt.response.json").contains(#""status":200"#))
                let (_, lost) = try await Self.capture(namespace, "web", [url + "nothing"])
                #expect(lost.state == "partial" && lost.reason?.code == "HTTPStatus", "\(lost)")
                // A login comes from the environment, and is recorded nowhere.
                let (_, unset) = try await Self.capture(namespace, "web-login", [url])
                #expect(unset.state == "error" && unset.reason?.code == "NoVariable", "\(unset)")
                let login = ["EXHIBIT_WEB_AUTHORIZATION": "Bearer ab-cd-ef"]
                let (known, answered) = try await Self.capture(namespace, "web-login", [url], environment: login)
                #expect(answered.state == "ok", "\(answered)")
                #expect(try known.text("data/local/web-login/answer.txt") == "here I am\n")
                for path in try known.paths() { #expect(try !known.text(path).contains("ab-cd-ef"), "\(path)") }
                // It goes in plain text nowhere else.
                let (_, plain) = try await Self.capture(
                    namespace, "web-login", ["url=http://192.0.2.1/"], environment: login)
                #expect(plain.state == "denied" && plain.reason?.code == "Plaintext", "\(plain)")
            }
        }
    }
}
