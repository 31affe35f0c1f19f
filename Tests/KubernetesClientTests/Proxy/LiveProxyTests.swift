import Foundation
import KubernetesClient
import StructuredText
import Testing

/// Through real proxies (Debian's tinyproxy and microsocks) to the real API server.
@Suite(
    .enabled(if: LiveCluster.isThere, "EXHIBIT_TEST_KUBECONFIG is not set: no cluster to test on"),
    .enabled(if: ProxyProcess.areInstalled, "tinyproxy and microsocks are not installed: Scripts/setup --tests"),
    .timeLimit(.minutes(2)))
struct LiveProxyTests {
    /// Reads, and runs a command, both through whatever is between.
    private static func use(_ client: KubernetesClient) async throws {
        _ = try await client.version()
        let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
        var name: String?
        _ = try await client.list(pods, namespace: LiveCluster.namespace, labelSelector: "app=shell") { bytes in
            name = try JSONValue(parsing: bytes)["metadata"]?["name"]?.string ?? name
        }
        var output: [UInt8] = []
        let result = try await client.exec(
            namespace: LiveCluster.namespace, pod: try #require(name), container: "shell", argv: ["echo", "through"]
        ) { _, bytes in output += bytes }
        #expect(result == .exited(code: 0) && output == Array("through\n".utf8))
    }

    private static func access(proxy url: String) throws -> ClusterAccess {
        try ProxyProcess.kubeconfig(adding: "proxy-url: '\(url)'") { path in
            try Kubeconfig.load(explicitPath: path, environment: [:]).access(context: nil)
        }
    }

    private static func withClient(_ access: ClusterAccess, _ body: (KubernetesClient) async throws -> Void)
        async throws
    {
        let client = try KubernetesClient(access: access)
        do {
            try await body(client)
            await client.shutdown()
        } catch {
            await client.shutdown()
            throw error
        }
    }

    @Test func requestsAndCommandsGoThroughAnHTTPProxyWithALogin() async throws {
        try await ProxyProcess.http(user: "alice", password: "sesame") { proxy in
            let access = try Self.access(proxy: "http://alice:sesam%65@127.0.0.1:\(proxy.port)")
            try await Self.withClient(access, Self.use)
            // One for the requests, which share a connection or two, and one for the command.
            let asked = try proxy.log().components(separatedBy: "CONNECT 127.0.0.1:").count - 1
            #expect(asked >= 2)
        }
    }

    @Test func requestsAndCommandsGoThroughSOCKS() async throws {
        try await ProxyProcess.socks { proxy in
            try await Self.withClient(try Self.access(proxy: "socks5://127.0.0.1:\(proxy.port)"), Self.use)
            #expect(try proxy.log().components(separatedBy: "connected to").count > 2)
        }
    }

    @Test(arguments: ["", "alice:wrong-one@"])
    func aLoginThatIsWrongIsSaidAndNotRepeated(_ login: String) async throws {
        try await ProxyProcess.http(user: "alice", password: "sesame") { proxy in
            try await Self.withClient(try Self.access(proxy: "http://\(login)127.0.0.1:\(proxy.port)")) { client in
                let read = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                let ran = await #expect(throws: KubernetesError.self) {
                    _ = try await client.exec(namespace: "x", pod: "y", argv: ["true"]) { _, _ in }
                }
                for error in [read, ran] {
                    #expect(error?.code == .proxyFailed)
                    #expect(error?.reason.contains("login") == true && error?.advice.contains("proxy-url") == true)
                    #expect("\(String(describing: error))".contains("wrong-one") == false)
                }
            }
        }
    }

    @Test func aProxyThatDoesNotGetThroughSaysWhy() async throws {
        try await ProxyProcess.http { proxy in
            // Nothing listens on port 1 of this machine.
            var access = try Self.access(proxy: "http://127.0.0.1:\(proxy.port)")
            access.server = "https://127.0.0.1:1"
            try await Self.withClient(access) { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(error?.code == .proxyFailed)
                #expect(
                    error?.reason.contains("does not connect to 127.0.0.1:1: 500") == true,
                    "\(String(describing: error))")
            }
        }
        try await ProxyProcess.socks { proxy in
            var access = try Self.access(proxy: "socks5://127.0.0.1:\(proxy.port)")
            access.server = "https://127.0.0.1:1"
            try await Self.withClient(access) { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(error?.code == .proxyFailed)
                #expect(error?.reason.contains("connection refused") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func aProxyThatIsNotThereIsNotTakenForTheServer() async throws {
        try await Self.withClient(try Self.access(proxy: "http://127.0.0.1:1")) { client in
            let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
            #expect(error?.code == .connectionRefused && error?.reason.contains("the proxy http://127.0.0.1:1") == true)
        }
    }

    /// The machine's own name is none of those that the environment's proxy is never used for. The certificate is for another
    /// name than what is connected to: the proxy is asked for the former.
    @Test func theEnvironmentsProxyIsUsedForOtherNames() async throws {
        let server = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:]).access(context: nil)
            .server
        guard server == "https://127.0.0.1:6443" else { try Test.cancel("the API server is not on this machine") }
        try await ProxyProcess.http { proxy in
            let host = ProcessInfo.processInfo.hostName
            func access(_ environment: [String: String]) throws -> ClusterAccess {
                try ProxyProcess.kubeconfig(server: "https://\(host):6443", adding: "tls-server-name: kubernetes") {
                    path in
                    try Kubeconfig.load(explicitPath: path, environment: environment).access(context: nil)
                }
            }
            let environment = ["HTTPS_PROXY": "127.0.0.1:\(proxy.port)"]
            try await Self.withClient(try access(environment), Self.use)
            #expect(try proxy.log().contains("CONNECT \(host):6443"))
            let before = try proxy.log().count
            try await Self.withClient(
                try access(environment.merging(["NO_PROXY": "x.example,\(host)"]) { one, _ in one }), Self.use)
            #expect(try proxy.log().count == before)
        }
    }
}
