import Inspection
import OfflineServer
import StructuredText
import Testing

struct HostileCaptureTests {
    @Test func namesOfAnyTextDoNoHarm() async throws {
        let names = [
            "a'; DROP TABLE objects; --", "x\"y\\z", "\u{1b}[31mred\u{202e}", "a/b",
            String(repeating: "n", count: 4_000),
        ]
        var bundle = ClusterBundle()
        bundle.add("pods", "prod", names.map { TestObject.pod("prod", $0) })
        let api = try await bundle.api()
        let list = try await api.json("api/v1/namespaces/prod/pods")
        #expect(Set(list.names) == Set(names.map { "prod/\($0)" }))
        for name in names {
            let escaped = String(name.flatMap { "\\,=".contains($0) ? ["\\", $0] : [$0] })
            let found = try await api.json("api/v1/pods", [("fieldSelector", "metadata.name=\(escaped)")])
            #expect(found.names == ["prod/\(name)"])
        }
        let status = try await api.json("api/v1/namespaces/prod/pods/\u{1b}[2Jnobody")
        #expect(status["code"]?.int == 404)
        #expect(status["message"]?.string?.contains("\u{1b}") == false)
    }

    @Test func kindsAndGroupsOfAnyTextAreNotServed() async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "things.x", "prod",
            [
                TestObject.make("../../etc/v1", "Thing", "prod", "a"), TestObject.make("x/../v1", "Thing", "prod", "b"),
                TestObject.make("x.org/v1", "Th/ing", "prod", "c"), TestObject.make("", "Thing", "prod", "d"),
                TestObject.make("x.org/v1", "Thing", "prod", "e"),
            ])
        let api = try await bundle.api()
        #expect(!(try await api.ask("apis").text()).contains(".."))
        #expect(try await api.names("apis/x.org/v1/things") == ["prod/e"])
        #expect(try await api.notes() == ["4 kinds have names that no API server has; they are not served"])
    }

    @Test func manyKindsAreBounded() async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "things.x", "prod", (0..<25_000).map { TestObject.make("x.org/v1", "Kind\($0)", "prod", "a") })
        let api = try await bundle.api()
        let resources = try await api.json("apis/x.org/v1")["resources"]?.array ?? []
        #expect(resources.count > 10_000 && resources.count <= 20_000)
    }

    @Test func aLargeObjectIsGivenWhole() async throws {
        var bundle = ClusterBundle()
        let text = String(repeating: "x", count: 6 << 20)
        bundle.add(
            "configmaps", "prod",
            ["a", "b"].map { TestObject.make("v1", "ConfigMap", "prod", $0, [("data", ["k": .string(text)])]) })
        let api = try await bundle.api()
        let list = try await api.json("api/v1/namespaces/prod/configmaps")
        #expect(list.names == ["prod/a", "prod/b"])
        #expect(list["items"]?[1]?["data"]?["k"]?.string?.utf8.count == 6 << 20)
    }

    @Test func anObjectMayHaveAnythingForItsParts() async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "pods", "prod",
            [
                ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a", "namespace": "prod", "labels": [1]]],
                [
                    "apiVersion": "v1", "kind": "Pod", "spec": "none", "status": [],
                    "metadata": ["name": "b", "namespace": "prod", "labels": ["app": nil], "managedFields": "all"],
                ], ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": 7, "namespace": "prod"]],
            ])
        let api = try await bundle.api()
        #expect(
            try await api.names("api/v1/pods", [("fieldSelector", "spec.nodeName=")]).suffix(2) == ["prod/a", "prod/b"])
        #expect(try await api.names("api/v1/pods", [("labelSelector", "app")]) == ["prod/b"])
        let object = try await api.json("api/v1/namespaces/prod/pods/b")
        #expect(object["metadata"]?["managedFields"]?.string == "all")
    }
}
