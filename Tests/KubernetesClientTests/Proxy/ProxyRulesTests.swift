import Foundation
import KubernetesClient
import Testing

/// Which proxy a kubeconfig and the environment name, as kubectl takes them.
struct ProxyRulesTests {
    /// The proxy for a server, or the error.
    private static func proxy(
        _ server: String = "https://api.example.org:6443", url: String? = nil, in environment: [String: String] = [:]
    ) throws -> ClusterProxy? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "proxy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = """
            current-context: c
            clusters: [{name: c, cluster: {server: '\(server)'\(url.map { ", proxy-url: '\($0)'" } ?? "")}}]
            contexts: [{name: c, context: {cluster: c}}]
            """
        let path = folder.appending(path: "config").path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return try Kubeconfig.load(explicitPath: path, environment: environment).access(context: nil).proxy
    }

    @Test(arguments: [
        ("http://proxy:3128", "http://proxy:3128"), ("http://proxy", "http://proxy:80"),
        ("HTTP://proxy/path?x", "http://proxy:80"),
        ("https://proxy", "https://proxy:443"), ("https://user:p%40ss@[fd00::1]:3129", "https://[fd00::1]:3129"),
        ("socks5://user:p%40ss@proxy", "socks5://proxy:1080"), ("socks5://user@proxy:1", "socks5://proxy:1"),
        ("socks5://proxy", "socks5://proxy:1080"), ("socks5h://proxy:80", "socks5://proxy:80"),
        ("http://user:p%40ss@proxy:1", "http://proxy:1"), ("http://u:a@b@proxy:1", "http://proxy:1"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128"), ("http://[fd00::1]", "http://[fd00::1]:80"),
        ("socks5://[::1]", "socks5://[::1]:1080"),
    ])
    func aProxyURLIsTakenApart(_ url: String, _ expected: String) throws {
        let proxy = try #require(try Self.proxy(url: url))
        #expect(proxy.text == expected && proxy.source == "proxy-url of the cluster")
        for text in ["\(proxy)", String(reflecting: proxy), "\(Mirror(reflecting: proxy).children.map(\.value))"] {
            #expect(!text.contains("user") && !text.contains("p%40ss") && !text.contains("a@b"))
        }
    }

    @Test(arguments: [
        ("https://user:hidden@proxy:0", "badKubeconfig"), ("socks4://user:hidden@proxy", "badKubeconfig"),
        ("socks5://:hidden@proxy", "badKubeconfig"),
        ("socks5://user:hidden\(String(repeating: "n", count: 250))@proxy", "badKubeconfig"),
        ("ftp://user:hidden@proxy", "badKubeconfig"), ("proxy:3128", "badKubeconfig"),
        ("http://user:hidden@", "badKubeconfig"), ("http://user:hidden@proxy:99999", "badKubeconfig"),
        ("http://user:hidden@pro xy", "badKubeconfig"),
    ])
    func whatCannotBeUsedIsAnErrorThatRepeatsNoPassword(_ url: String, _ code: String) throws {
        let error = try #require(throws: KubernetesError.self) { try Self.proxy(url: url) }
        #expect(error.code.rawValue == code && !error.advice.isEmpty)
        #expect(!"\(error)".contains("hidden"))
        let fromEnvironment = #expect(throws: KubernetesError.self) {
            // Without a scheme it is http there.
            try Self.proxy(in: ["HTTPS_PROXY": url.contains("://") ? url : "pro xy"])
        }
        #expect(fromEnvironment?.reason.contains("HTTPS_PROXY") == true)
        #expect("\(String(describing: fromEnvironment))".contains("hidden") == false)
    }

    /// Source: golang.org/x/net `http/httpproxy`, `getEnvAny` and `proxyForURL`.
    @Test func theEnvironmentIsReadAsGoReadsIt() throws {
        let (upper, lower) = (["HTTPS_PROXY": "http://a:1"], ["https_proxy": "b:2"])
        #expect(try Self.proxy(in: upper)?.text == "http://a:1")
        #expect(try Self.proxy(in: lower)?.text == "http://b:2")
        #expect(try Self.proxy(in: lower)?.source == "https_proxy")
        #expect(try Self.proxy(in: upper.merging(lower) { one, _ in one })?.text == "http://a:1")
        #expect(try Self.proxy(in: ["HTTPS_PROXY": ""].merging(lower) { one, _ in one })?.text == "http://b:2")
        #expect(try Self.proxy(in: ["HTTP_PROXY": "http://a:1", "ALL_PROXY": "http://a:1"]) == nil)
        #expect(try Self.proxy("http://api.example.org", in: ["HTTP_PROXY": "http://a:1"])?.text == "http://a:1")
        #expect(try Self.proxy("http://api.example.org", in: ["HTTP_PROXY": "a:1", "REQUEST_METHOD": "GET"]) == nil)
        // The kubeconfig's goes before them, and no exception holds for it.
        let both = ["HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"]
        #expect(try Self.proxy(url: "http://own:9", in: both)?.text == "http://own:9")
        #expect(try Self.proxy(url: "", in: both) == nil)
        #expect(try Self.proxy("https://127.0.0.1:6443", url: "http://own:9")?.text == "http://own:9")
    }

    @Test(arguments: [
        "https://localhost:6443", "https://127.0.0.1:6443", "https://127.9.9.9", "https://[::1]:6443",
        "https://[::ffff:127.0.0.1]:1",
    ])
    func thisMachineIsNeverReachedThroughTheEnvironmentsProxy(_ server: String) throws {
        #expect(try Self.proxy(server, in: ["HTTPS_PROXY": "http://a:1"]) == nil)
    }

    /// Source: the same, `useProxy` and its matchers.
    @Test(arguments: [
        ("example.org", "api.example.org:443", true), ("example.org", "example.org:443", true),
        ("example.org", "badexample.org:443", false), (".example.org", "api.example.org:443", true),
        (".example.org", "example.org:443", false), ("*.example.org", "api.example.org:443", true),
        ("*.example.org", "example.org:443", false), ("EXAMPLE.org ", "API.Example.ORG:443", true),
        ("other, ,example.org", "example.org:443", true), ("example.org:443", "example.org:443", true),
        ("example.org:443", "example.org:6443", false), ("example.org:", "example.org:6443", true),
        ("*", "anything:1", true), ("ex*", "example:443", false), ("10.0.0.0/8", "10.1.2.3:443", true),
        ("10.0.0.0/8", "11.1.2.3:443", false), ("10.0.0.0/8", "api.example.org:443", false),
        ("0.0.0.0/0", "11.1.2.3:443", true), ("10.0.0.0/33", "10.1.2.3:443", false),
        ("10.1.2.0/23", "10.1.3.4:443", true), ("10.1.2.0/23", "10.1.4.4:443", false),
        ("10.1.2.3", "10.1.2.3:443", true), ("10.1.2.3:443", "10.1.2.3:443", true),
        ("10.1.2.3:80", "10.1.2.3:443", false), ("10.1.2", "10.1.2.3:443", false),
        ("::ffff:10.1.2.3", "10.1.2.3:443", true), ("fd00::1", "[fd00::1]:443", true),
        ("[fd00::1]:443", "[fd00:0::1]:443", true), ("[fd00::1]:80", "[fd00::1]:443", false),
        ("fd00::/8", "[fdff::1]:443", true), ("fd00::/8", "[fe80::1]:443", false), (":443", "example.org:443", false),
        ("", "example.org:443", false),
    ])
    func exceptionsAreThoseOfGo(_ exceptions: String, _ server: String, _ isException: Bool) throws {
        let environment = ["HTTPS_PROXY": "http://a:1", "no_proxy": exceptions]
        #expect((try Self.proxy("https://\(server)", in: environment) == nil) == isException)
    }
}
