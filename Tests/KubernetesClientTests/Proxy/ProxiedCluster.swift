import Foundation
import KubernetesClient
import StructuredText
import Testing

/// The test cluster as it is reached through a proxy.
enum ProxiedCluster {
    /// Reads, runs a command, and speaks with a port of a pod, all through whatever is between.
    static func use(_ client: KubernetesClient) async throws {
        _ = try await client.version()
        let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)
        var name: String?
        _ = try await client.list(pods, namespace: LiveCluster.namespace, labelSelector: "app=shell") { bytes in
            name = try JSONValue(parsing: bytes)["metadata"]?["name"]?.string ?? name
        }
        let pod = try #require(name)
        var output: [UInt8] = []
        let result = try await client.exec(
            namespace: LiveCluster.namespace, pod: pod, container: "shell", argv: ["echo", "through"]
        ) { _, bytes in output += bytes }
        #expect(result == .exited(code: 0) && output == Array("through\n".utf8))
        let echo = try await client.forward(namespace: LiveCluster.namespace, pod: pod, port: 9000) { port in
            try await port.send(Array("back".utf8))
            var answer: [UInt8] = []
            while answer.count < 4, let more = try await port.receive() { answer += more }
            return answer
        }
        #expect(echo == Array("back".utf8))
    }

    /// What a request and a command end with.
    static func errors(_ client: KubernetesClient) async -> [KubernetesError?] {
        let read = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
        let ran = await #expect(throws: KubernetesError.self) {
            _ = try await client.exec(namespace: "x", pod: "y", argv: ["true"]) { _, _ in }
        }
        return [read, ran]
    }

    static func access(proxy url: String) throws -> ClusterAccess {
        try ProxyProcess.kubeconfig(adding: "proxy-url: '\(url)'") { path in
            try Kubeconfig.load(explicitPath: path, environment: [:]).access(context: nil)
        }
    }

    static func withClient(
        _ access: ClusterAccess, options: ClientOptions = ClientOptions(),
        _ body: (KubernetesClient) async throws -> Void
    ) async throws {
        let client = try KubernetesClient(access: access, options: options)
        do {
            try await body(client)
            await client.shutdown()
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Expects the words of a proxy that wants another login, for requests and commands, without the login in them.
    static func isRefused(
        proxy url: String, authority: String? = nil, _ words: String
    ) async throws {
        var access = try access(proxy: url)
        if let authority { access.certificateAuthority = .file(authority) }
        try await withClient(access) { client in
            for error in await errors(client) {
                #expect(error?.code == .proxyFailed && error?.reason.contains(words) == true)
                #expect(error?.advice.contains("proxy-url") == true)
                let scheme = url.prefix { $0 != ":" }
                #expect(error?.advice.contains("\(scheme)://USER:PASSWORD@") == true)
                #expect("\(String(describing: error))".contains("wrong-one") == false)
            }
        }
    }
}
