import Foundation
import KubernetesClient
import Testing

/// Through real proxies (Debian's tinyproxy and microsocks) to the real API server.
@Suite(
    .enabled(if: LiveCluster.isThere, "EXHIBIT_TEST_KUBECONFIG is not set: no cluster to test on"),
    .enabled(
        if: ProxyProcess.areInstalled("tinyproxy", "microsocks"),
        "tinyproxy and microsocks are not installed: Scripts/setup --tests"),
    .timeLimit(.minutes(2)))
struct LiveProxyTests {
    @Test func requestsAndCommandsGoThroughAnHTTPProxyWithALogin() async throws {
        try await ProxyProcess.http(user: "alice", password: "sesame") { proxy in
            let access = try ProxiedCluster.access(proxy: "http://alice:sesam%65@127.0.0.1:\(proxy.port)")
            try await ProxiedCluster.withClient(access, ProxiedCluster.use)
            // One for the requests, which share a connection or two, and one for the command.
            let asked = try proxy.log().components(separatedBy: "CONNECT 127.0.0.1:").count - 1
            #expect(asked >= 2)
        }
    }

    @Test func requestsAndCommandsGoThroughSOCKS() async throws {
        try await ProxyProcess.socks { proxy in
            try await ProxiedCluster.withClient(
                try ProxiedCluster.access(proxy: "socks5://127.0.0.1:\(proxy.port)"), ProxiedCluster.use)
            #expect(try proxy.log().components(separatedBy: "connected to").count > 2)
        }
    }

    @Test func requestsAndCommandsGoThroughSOCKSWithALogin() async throws {
        // A colon and an at sign are as good as other characters in a password.
        try await ProxyProcess.socks(user: "alice", password: "ses:am@e") { proxy in
            let access = try ProxiedCluster.access(proxy: "socks5h://alice:ses:am%40e@127.0.0.1:\(proxy.port)")
            try await ProxiedCluster.withClient(access, ProxiedCluster.use)
            #expect(try proxy.log().components(separatedBy: "connected to").count > 2)
        }
    }

    @Test(arguments: ["", "alice:wrong-one@"])
    func aLoginThatIsWrongIsSaidAndNotRepeated(_ login: String) async throws {
        let said = login.isEmpty ? "it wants a login" : "it refuses the login"
        try await ProxyProcess.http(user: "alice", password: "sesame") { proxy in
            try await ProxiedCluster.isRefused(proxy: "http://\(login)127.0.0.1:\(proxy.port)", said)
        }
        try await ProxyProcess.socks(user: "alice", password: "sesame") { proxy in
            try await ProxiedCluster.isRefused(proxy: "socks5://\(login)127.0.0.1:\(proxy.port)", said)
        }
    }

    @Test func aProxyThatDoesNotGetThroughSaysWhy() async throws {
        try await ProxyProcess.http { proxy in
            // Nothing listens on port 1 of this machine.
            var access = try ProxiedCluster.access(proxy: "http://127.0.0.1:\(proxy.port)")
            access.server = "https://127.0.0.1:1"
            try await ProxiedCluster.withClient(access) { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(error?.code == .proxyFailed)
                #expect(
                    error?.reason.contains("does not connect to 127.0.0.1:1: 500") == true,
                    "\(String(describing: error))")
            }
        }
        try await ProxyProcess.socks { proxy in
            var access = try ProxiedCluster.access(proxy: "socks5://127.0.0.1:\(proxy.port)")
            access.server = "https://127.0.0.1:1"
            try await ProxiedCluster.withClient(access) { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(error?.code == .proxyFailed)
                #expect(error?.reason.contains("connection refused") == true, "\(String(describing: error))")
            }
        }
    }

    @Test(arguments: ["http", "https", "socks5"])
    func aProxyThatIsNotThereIsNotTakenForTheServer(_ scheme: String) async throws {
        try await ProxiedCluster.withClient(try ProxiedCluster.access(proxy: "\(scheme)://127.0.0.1:1")) { client in
            let error = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
            #expect(error?.code == .connectionRefused)
            #expect(error?.reason.contains("the proxy \(scheme)://127.0.0.1:1") == true)
        }
    }

    /// The certificate of the API server is for 127.0.0.1, and not for where the proxy is.
    @Test func aServerThatIsNamedByItsAddressIsVerifiedAsThatAndNotAsTheProxy() async throws {
        let server = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:]).access(context: nil)
            .server
        guard server == "https://127.0.0.1:6443" else { try Test.cancel("the API server is not on this machine") }
        try await ProxyProcess.http(host: "127.0.0.2") { proxy in
            let access = try ProxiedCluster.access(proxy: "http://127.0.0.2:\(proxy.port)")
            try await ProxiedCluster.withClient(access, ProxiedCluster.use)
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
            try await ProxiedCluster.withClient(try access(environment), ProxiedCluster.use)
            #expect(try proxy.log().contains("CONNECT \(host):6443"))
            let before = try proxy.log().count
            try await ProxiedCluster.withClient(
                try access(environment.merging(["NO_PROXY": "x.example,\(host)"]) { one, _ in one }), ProxiedCluster.use
            )
            #expect(try proxy.log().count == before)
        }
    }
}
