import Inspection
import OfflineServer
import StructuredText
import Testing

struct DiscoveryTests {
    private static let core =
        #"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"","namespaced":true,"kind":"Pod","verbs":["get","list","watch"],"shortNames":["po"]},{"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}]}"#
    private static let groups =
        #"{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}]}"#
    private static let aggregated =
        #"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{"metadata":{"name":"apps","creationTimestamp":null},"versions":[{"version":"v1","resources":[{"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["get"]}],"freshness":"Current"}]}]}"#
    private static let version =
        "{\n  \"major\": \"1\",\n  \"minor\": \"32\",\n  \"gitVersion\": \"v1.32.1\"\n}"

    private static func bundle() -> ClusterBundle {
        var bundle = ClusterBundle()
        bundle.documents = [
            "cluster/api/version.json": version, "cluster/api/api/v1.json": core, "cluster/api/apis.json": groups,
            "cluster/api/apis.aggregated.json": aggregated,
            "cluster/api/apis/apps/v1.json":
                #"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"apps/v1","resources":[]}"#,
            "cluster/api/openapi/v2.json": "{\"swagger\":\"2.0\"}", "cluster/api/openapi/v2.pb": "protobuf",
            "cluster/api/openapi/v3/api/v1.json": "{\"openapi\":\"3.0.0\"}",
        ]
        return bundle
    }

    @Test(arguments: [
        ("version", version), ("api/v1", core), ("apis", groups), ("openapi/v2", "{\"swagger\":\"2.0\"}"),
        ("openapi/v3/api/v1", "{\"openapi\":\"3.0.0\"}"),
    ])
    func documentsAreAsTheyWereCaptured(path: String, text: String) async throws {
        #expect(try await Self.bundle().api().ask(path).text() == text)
    }

    @Test func aggregatedDiscoveryIsForWhoAsksForItsVersion() async throws {
        let api = try await Self.bundle().api()
        func accept(_ version: String) -> String {
            "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList,application/json"
        }
        let answer = try await api.ask("apis", accept: accept("v2"))
        #expect(try await answer.text() == Self.aggregated)
        #expect(answer.mediaType == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
        #expect(try await api.ask("apis", accept: accept("v2beta1")).text() == Self.groups)
    }

    @Test(arguments: [
        "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
    ])
    func openAPIIsProtobufForWhoAsksForIt(type: String) async throws {
        let answer = try await Self.bundle().api().ask("openapi/v2", accept: type)
        #expect(try await answer.text() == "protobuf")
        #expect(answer.mediaType == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
    }

    @Test func whatIsNotDescribedIsNotFound() async throws {
        let api = try await ClusterBundle().api()
        for path in [
            "openapi/v2", "openapi/v3", "openapi/v3/apis/apps/v1", "openapi/v4", "api/v1/unicorns", "apis/x/v1/y",
        ] {
            #expect(try await api.json(path)["code"]?.int == 404)
        }
    }

    @Test(arguments: [
        #"{"kind":"APIResourceList","groupVersion":"../../../.ssh/v1","resources":[]}"#,
        #"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"../x","kind":"X","namespaced":true,"verbs":[]}]}"#,
        #"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"x","kind":"X\n","namespaced":true,"verbs":[]}]}"#,
        "[[[", "", #"{"groupVersion":"v1"}"#,
    ])
    func namesThatClientsMakePathsOfAreJudged(document: String) async throws {
        var bundle = ClusterBundle()
        bundle.documents["cluster/api/api/v1.json"] = document
        bundle.documents["cluster/api/apis.json"] =
            #"{"kind":"APIGroupList","groups":[{"name":"../../x","versions":[{"groupVersion":"../../x/v1","version":"v1"}]}]}"#
        let api = try await bundle.api()
        #expect(!(try await api.ask("api/v1").text()).contains(".."))
        #expect(!(try await api.ask("apis").text()).contains(".."))
        #expect(try await api.notes().count == 2)
    }

    @Test func withoutDocumentsWhatIsThereIsServed() async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "customresourcedefinitions.apiextensions.k8s.io", nil,
            [
                TestObject.make(
                    "apiextensions.k8s.io/v1", "CustomResourceDefinition", nil, "mice.example.org",
                    [
                        (
                            "spec",
                            [
                                "group": "example.org",
                                "names": [
                                    "kind": "Mouse", "plural": "mice", "singular": "mouse",
                                    "shortNames": ["mo", "../x"],
                                ],
                                "scope": "Namespaced",
                                "versions": [
                                    [
                                        "name": "v1", "served": true,
                                        "selectableFields": [["jsonPath": ".spec.color"]],
                                    ], ["name": "v0", "served": false],
                                ],
                            ]
                        )
                    ])
            ])
        bundle.add(
            "mice.example.org", "prod",
            [
                TestObject.make("example.org/v1", "Mouse", "prod", "mickey", [("spec", ["color": "black"])]),
                TestObject.make("example.org/v1", "Mouse", "prod", "itchy", [("spec", ["color": "grey"])]),
            ])
        bundle.add("widgets.b.example.org", "prod", [TestObject.make("b.example.org/v2", "Widget", "prod", "w")])
        let api = try await bundle.api()
        let resources = try await api.json("apis/example.org/v1")["resources"]
        #expect(resources?[0]?["name"]?.string == "mice")
        #expect(resources?[0]?["shortNames"]?.array?.map(\.string) == ["mo"])
        #expect(try await api.json("apis/example.org/v0")["code"]?.int == 404)
        #expect(try await api.json("apis/example.org")["preferredVersion"]?["version"]?.string == "v1")
        #expect(try await api.names("apis/b.example.org/v2/namespaces/prod/widgets") == ["prod/w"])
        let black = try await api.names("apis/example.org/v1/mice", [("fieldSelector", "spec.color=black")])
        #expect(black == ["prod/mickey"])
        let unknown = try await api.json("apis/example.org/v1/mice", [("fieldSelector", "spec.size=1")])
        #expect(unknown["code"]?.int == 400)
        let core = try await api.json("api/v1")["resources"]?.array ?? []
        let pods = core.first { $0["name"]?.string == "pods" }
        #expect(pods?["shortNames"]?[0]?.string == "po")
        #expect(pods?["categories"]?[0]?.string == "all")
        #expect(try await api.json("apis")["groups"]?.array?.contains { $0["name"]?.string == "apps" } == true)
    }

    @Test(arguments: [("v1.29.4+k3s1", "29"), ("v1.29\"; rm", "0"), ("latest", "0")])
    func theVersionIsThatOfANodeElse(kubelet: String, minor: String) async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "nodes", nil,
            [
                TestObject.make(
                    "v1", "Node", nil, "n1", [("status", ["nodeInfo": ["kubeletVersion": .string(kubelet)]])])
            ])
        let version = try await bundle.api().json("version")
        #expect(version["minor"]?.string == minor)
        #expect(version["gitVersion"]?.string == (minor == "0" ? "v0.0.0" : kubelet))
    }

    @Test func preferredVersionsComeFirst() async throws {
        var bundle = ClusterBundle()
        for version in ["v1alpha1", "v1beta2", "v1", "v2", "v1beta10", "odd"] {
            bundle.add("cases.e.org", "prod", [TestObject.make("e.org/\(version)", "Case", "prod", "c\(version)")])
        }
        let group = try await bundle.api().json("apis/e.org")
        let versions = group["versions"]?.array?.compactMap { $0["version"]?.string }
        #expect(versions == ["v2", "v1", "v1beta10", "v1beta2", "v1alpha1", "odd"])
    }
}
