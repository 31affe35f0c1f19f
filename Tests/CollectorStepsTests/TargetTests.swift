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
            ObjectPaths.container(namespace: "n", pod: "p", container: "c", "sockets", "f")
                == ["namespaces", "n", "pods", "p", "c", "sockets", "f"])
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("api", "api", 0), ("api", "pai", 2),
        ("web-1", "web-2", 1),
    ])
    func distancesOfNames(_ left: String, _ right: String, _ distance: Int) {
        #expect(NameDistance.between(left, right) == distance)
        #expect(NameDistance.between(right, left) == distance)
    }

    @Test
    func aDistanceIsBoundedAndAMetric() {
        var generator = SeededGenerator(seed: 1)
        func name() -> String {
            String(
                (0..<Int.random(in: 0...9, using: &generator)).map { _ in "abc-".randomElement(using: &generator) ?? "a"
                })
        }
        for _ in 0..<500 {
            let (a, b, c) = (name(), name(), name())
            let ab = NameDistance.between(a, b)
            #expect(ab <= max(a.count, b.count))
            #expect((ab == 0) == (a == b))
            #expect(NameDistance.between(a, c) <= ab + NameDistance.between(b, c))
        }
        // What a server says may be long: no more than a name's length of it is looked at.
        #expect(NameDistance.between(String(repeating: "x", count: 1 << 20), "y") == 253)
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
