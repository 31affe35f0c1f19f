import Foundation
import Testing

/// The manifests of `deploy/`, as an administrator would apply them.
@Suite(.needsTool("kubectl"), .needsTool("python3"), .needsCluster)
struct DeployTests {
    /// What a Role allows.
    private struct Right: Hashable, Comparable, CustomStringConvertible {
        let group: String
        let resource: String
        let verb: String

        var description: String { "\(verb) \(resource).\(group)" }

        static func < (left: Right, right: Right) -> Bool { left.description < right.description }
    }

    private struct Object: Decodable {
        struct Rule: Decodable {
            var apiGroups: [String]
            var resources: [String]
            var verbs: [String]
        }

        var kind: String
        var rules: [Rule]?

        var rights: [Right] {
            (rules ?? []).flatMap { rule in
                rule.apiGroups.flatMap { group in
                    rule.resources.flatMap { resource in
                        rule.verbs.map { Right(group: group, resource: resource, verb: $0) }
                    }
                }
            }
        }
    }

    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/deploy"

    /// What the roles in a file allow together, read by a YAML library that is not ours.
    private func rights(in path: String) async throws -> Set<Right> {
        let read = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"
        let json = try await Tool.run("python3", ["-c", read, path]).output
        return Set(try JSONDecoder().decode([Object].self, from: Data(json)).flatMap(\.rights))
    }

    @Test(arguments: ["agent-pod.yaml", "agent-daemonset.yaml", "rbac.yaml"])
    func theServerTakesThem(name: String) async throws {
        try await Scratch.withFolder { folder in
            // Its placeholders are filled in, and it is for a namespace that is there.
            let text = try Files.text(Self.folder + "/" + name)
                .replacing("namespace: exhibit-agents", with: "namespace: default")
                .replacing("nodeName: NODE", with: "nodeName: node1").replacing("\"UNTIL\"", with: "\"4102444800\"")
            try Files.write(text, to: folder + "/" + name)
            let outcome = try await TestCluster.kubectl(["apply", "--dry-run=server", "-f", folder + "/" + name])
            let objects = text.split(separator: "\n").count { $0.hasPrefix("kind: ") }
            #expect(
                outcome.text.split(separator: "\n").count { $0.hasSuffix("(server dry run)") } == objects,
                "\(outcome.summary)")
        }
    }

    /// Of the kinds that are Kubernetes' own, `rbac.yaml` lacks none that this server has, and nothing else that a capture needs.
    @Test(.needsBinary)
    func theRolesSuffice() async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok,
                [
                    "doctor", "cluster", "--rbac", "all", "--subject", "ana", "--kubeconfig",
                    try TestCluster.kubeconfig(),
                ])
            try Files.write(outcome.output, to: folder + "/needed.yaml")
            let needed = try await rights(in: folder + "/needed.yaml").filter {
                $0.group.hasSuffix(".k8s.io") || !$0.group.contains(".")
            }
            #expect(needed.count > 40, "\(outcome.summary)")
            let allowed = try await rights(in: Self.folder + "/rbac.yaml")
            #expect(needed.subtracting(allowed).sorted() == [])
            #expect(!allowed.contains { $0.verb == "*" || $0.resource == "*" || $0.resource == "nodes/proxy" })
        }
    }
}
