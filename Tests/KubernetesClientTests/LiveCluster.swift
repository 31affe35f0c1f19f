import KubernetesClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The cluster of `EXHIBIT_TEST_KUBECONFIG`, brought up by `Scripts/test-cluster`.
enum LiveCluster {
    static let namespace = "exhibit-demo"

    static var kubeconfig: String? {
        guard let path = getenv("EXHIBIT_TEST_KUBECONFIG") else { return nil }
        let text = String(cString: path)
        return text.isEmpty ? nil : text
    }

    static var isThere: Bool { kubeconfig != nil }

    /// A kubeconfig beside the administrator's, as in "restricted"; nil when there is none.
    static func sibling(_ name: String) -> String? {
        guard let kubeconfig else { return nil }
        let folder = kubeconfig.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        let path = "\(folder)/\(name).kubeconfig"
        return access(path, R_OK) == 0 ? path : nil
    }

    /// Lends a client and shuts it down.
    static func withClient<Result>(
        _ path: String? = nil, options: ClientOptions = ClientOptions(),
        _ body: (KubernetesClient) async throws -> Result
    ) async throws -> Result {
        let config = try Kubeconfig.load(explicitPath: path ?? kubeconfig, environment: [:])
        let client = try KubernetesClient(access: config.access(context: nil), options: options)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
