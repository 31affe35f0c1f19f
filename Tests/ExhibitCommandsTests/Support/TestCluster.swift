import Foundation
import Testing

/// The cluster of `Scripts/test-cluster`, or another one that `EXHIBIT_TEST_KUBECONFIG` names.
enum TestCluster {
    static let namespace = "exhibit-demo"

    /// The accounts that have a kubeconfig beside the administrator's.
    enum Account: String {
        case restricted, nothing, expired
    }

    static func kubeconfig() throws -> String {
        try #require(Requirements.kubeconfig, "no cluster: EXHIBIT_TEST_KUBECONFIG is not set")
    }

    /// The kubeconfig of an account; cancels the test when the cluster is another one that has no such account.
    static func kubeconfig(of account: Account) throws -> String {
        let folder = URL(fileURLWithPath: try kubeconfig()).deletingLastPathComponent().path
        let path = "\(folder)/\(account.rawValue).kubeconfig"
        if !Files.exists(path), !Requirements.isContinuousIntegration {
            try Test.cancel("\(path) is not there: this is not the cluster of Scripts/test-cluster")
        }
        return path
    }

    @discardableResult
    static func kubectl(
        _ arguments: [String], mayFail: Bool = false, at location: SourceLocation = #_sourceLocation
    ) async throws -> Program.Outcome {
        try await Tool.run(
            "kubectl", ["--request-timeout=30s"] + arguments, environment: ["KUBECONFIG": try kubeconfig()],
            mayFail: mayFail,
            at: location)
    }

    /// Names of objects, without their kind.
    static func names(of resource: String, in namespace: String = namespace, _ more: [String] = []) async throws
        -> [String]
    {
        try await kubectl(
            ["get", resource, "-n", namespace, "-o", "jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}"] + more
        )
        .text.split(separator: "\n").map(String.init)
    }

    /// The one pod with this label.
    static func pod(_ app: String) async throws -> String {
        let names = try await names(of: "pods", ["-l", "app=\(app)"])
        return try #require(names.first, "no pod with app=\(app) in \(namespace)")
    }

    /// A copy of the administrator's kubeconfig that speaks to another address.
    static func kubeconfig(server: String, in folder: String) throws -> String {
        var lines = try Files.text(kubeconfig()).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        let index = try #require(lines.firstIndex { $0.trimmingPrefix(while: \.isWhitespace).hasPrefix("server:") })
        lines[index] = lines[index].prefix(while: \.isWhitespace) + "server: \(server)"
        let path = folder + "/other-server.kubeconfig"
        try Files.write(lines.joined(separator: "\n"), to: path)
        return path
    }

    /// Port of the API server on this machine; cancels the test for a cluster that is elsewhere.
    static func localPort() throws -> UInt16 {
        let line = try Files.text(kubeconfig()).split(separator: "\n")
            .first { $0.contains("server:") }.map { $0.trimmingPrefix(while: \.isWhitespace) }
        guard let line, let range = line.range(of: "https://127.0.0.1:"), let port = UInt16(line[range.upperBound...])
        else {
            try Test.cancel("the API server is not on 127.0.0.1: it cannot be slowed down")
        }
        return port
    }
}
