import Foundation
import Testing

/// A custom resource of a well-known system: its real group, version, names and scope, with a schema that lets everything in.
struct CustomKind: Sendable {
    var group: String
    var version = "v1"
    var plural: String
    var kind: String
    var isNamespaced = true

    /// Source: github.com/cert-manager/cert-manager, deploy/crds.
    static let certManager = [
        CustomKind(group: "cert-manager.io", plural: "certificates", kind: "Certificate"),
        CustomKind(group: "cert-manager.io", plural: "certificaterequests", kind: "CertificateRequest"),
        CustomKind(group: "cert-manager.io", plural: "issuers", kind: "Issuer"),
        CustomKind(group: "cert-manager.io", plural: "clusterissuers", kind: "ClusterIssuer", isNamespaced: false),
        CustomKind(group: "acme.cert-manager.io", plural: "orders", kind: "Order"),
        CustomKind(group: "acme.cert-manager.io", plural: "challenges", kind: "Challenge"),
    ]

    /// Source: github.com/vmware-tanzu/velero, config/crd/v1/bases.
    static let velero = [
        CustomKind(group: "velero.io", plural: "backups", kind: "Backup"),
        CustomKind(group: "velero.io", plural: "restores", kind: "Restore"),
        CustomKind(group: "velero.io", plural: "schedules", kind: "Schedule"),
    ]

    /// A namespace in a cluster that has the kinds, which are gone when the body is done.
    static func with(_ kinds: [CustomKind], _ body: (ClusterNamespace) async throws -> Void) async throws {
        let names = kinds.map { "\($0.plural).\($0.group)" }
        try await ClusterNamespace.with { namespace in
            do {
                try await namespace.apply(kinds.map(\.definition).joined(separator: "\n---\n"))
                try await TestCluster.kubectl(
                    ["wait", "--for=condition=Established", "--timeout=30s"] + names.map { "crd/\($0)" })
                try await body(namespace)
            } catch {
                _ = try? await TestCluster.kubectl(["delete", "crd"] + names, mayFail: true)
                throw error
            }
            try await TestCluster.kubectl(["delete", "crd"] + names)
        }
    }

    var definition: String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(plural).\(group)}
        spec:
          group: \(group)
          scope: \(isNamespaced ? "Namespaced" : "Cluster")
          names: {plural: \(plural), singular: \(kind.lowercased()), kind: \(kind), listKind: \(kind)List}
          versions:
          - name: \(version)
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """
    }

    /// One of it; of a kind without namespaces it has the name of that of the test.
    func object(_ namespace: String) -> String {
        """
        apiVersion: \(group)/\(version)
        kind: \(kind)
        metadata: {name: \(isNamespaced ? "one" : namespace)}
        spec: {said: of \(plural)}
        """
    }

    /// Where a capture has it.
    func file(_ namespace: String) -> String {
        isNamespaced
            ? "namespaces/\(namespace)/\(group)/\(plural).yaml"
            : "cluster-scoped-resources/\(group)/\(plural)/\(namespace).yaml"
    }
}
