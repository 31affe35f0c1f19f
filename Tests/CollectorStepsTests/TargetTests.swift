import CollectorSteps
import Foundation
import TestSupport
import Testing

struct TargetTests {
    @Test(arguments: [
        ("host", TargetSpecification.host), ("node/self", .host), ("cluster", .cluster),
        ("namespace/prod", .namespace("prod")), ("ns/prod", .namespace("prod")),
        ("Namespaces/prod", .namespace("prod")),
        ("pod/api-7d9", .pod("api-7d9")), ("po/a", .pod("a")), ("PODS/a", .pod("a")),
        ("deployment/api", .workload(resource: "deployment", name: "api")),
        ("deploy/api", .workload(resource: "deploy", name: "api")),
        ("Rollouts.argoproj.io/api", .workload(resource: "rollouts.argoproj.io", name: "api")),
        ("node/worker-1", .workload(resource: "node", name: "worker-1")),
    ])
    func isRead(_ text: String, _ expected: TargetSpecification) {
        #expect(TargetSpecification(text) == expected)
    }

    @Test(arguments: ["", "/", "pod", "pod/", "/api", "pod/a/b", "pod//a", "hosts", "prod", "Host"])
    func isRefused(_ text: String) {
        #expect(TargetSpecification(text) == nil)
    }

    @Test(arguments: ["host", "cluster", "namespace/prod", "pod/api-7d9", "deployment/api"])
    func itsTextIsReadBack(_ text: String) throws {
        let target = try #require(TargetSpecification(text))
        #expect(target.text == text)
        #expect(target.needsCluster == (text != "host"))
    }

    @Test
    func pathsAreThoseOfMustGather() {
        #expect(
            ObjectPaths.list(namespace: "n", group: "", resource: "pods") == ["namespaces", "n", "core", "pods.yaml"])
        #expect(
            ObjectPaths.list(namespace: "n", group: "apps", resource: "deployments")
                == ["namespaces", "n", "apps", "deployments.yaml"])
        #expect(
            ObjectPaths.clusterScoped(group: "", resource: "nodes", name: "w")
                == ["cluster-scoped-resources", "core", "nodes", "w.yaml"])
        #expect(ObjectPaths.namespace("n") == ["namespaces", "n", "n.yaml"])
        #expect(ObjectPaths.pod(namespace: "n", name: "p") == ["namespaces", "n", "pods", "p", "p.yaml"])
        let log = ["namespaces", "n", "pods", "p", "c", "c", "logs"]
        #expect(ObjectPaths.log(namespace: "n", pod: "p", container: "c", previous: false) == log + ["current.log"])
        #expect(ObjectPaths.log(namespace: "n", pod: "p", container: "c", previous: true) == log + ["previous.log"])
        #expect(
            ObjectPaths.container(namespace: "n", pod: "p", container: "c", ["sockets", "f"])
                == ["namespaces", "n", "pods", "p", "c", "sockets", "f"])
    }

    @Test(arguments: [
        ("plain text", "plain text"), ("a\nb\tc", "a\u{FFFD}b\u{FFFD}c"), ("\u{1B}[31mred", "\u{FFFD}[31mred"),
        ("a\u{202E}b", "a\u{FFFD}b"), ("a\u{2028}b\u{85}", "a\u{FFFD}b\u{FFFD}"), ("ünï ✓ 名", "ünï ✓ 名"), ("", ""),
        ("\u{FEFF}x\u{200B}", "\u{FFFD}x\u{FFFD}"),
    ])
    func linesAreSafe(_ text: String, _ expected: String) {
        #expect(TextSafety.oneLine(text) == expected)
    }

    @Test
    func linesAreShort() {
        #expect(TextSafety.oneLine(String(repeating: "e\u{301}", count: 1 << 16)).unicodeScalars.count == 300)
    }
}
