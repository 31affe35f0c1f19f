import Collection
import Inspection
import OfflineServer
import SQLite
import StructuredText
import Testing

struct ObjectEndpointTests {
    private static func bundle() -> ClusterBundle {
        var bundle = ClusterBundle()
        bundle.targets = ["namespace/prod", "namespace/prod-b"]
        bundle.add(
            "pods", "prod",
            [
                TestObject.pod("prod", "web-0", labels: ["app": "web", "tier": "front"]),
                TestObject.pod("prod", "db", labels: ["app": "db"], phase: "Pending", node: "n2"),
            ])
        bundle.add("pods", "prod-b", [TestObject.pod("prod-b", "job", version: 12)])
        bundle.add("jobs.batch", "prod", [], .ok)
        bundle.add("services", "default", [TestObject.make("v1", "Service", "default", "kubernetes")])
        bundle.add("secrets", "default", [])
        bundle.lists.append(
            ClusterBundle.List(
                resource: "configmaps", namespace: "prod", outcome: .denied("Forbidden", "configmaps is forbidden")))
        return bundle
    }

    @Test func aListIsInTheOrderOfTheKeysOfTheStore() async throws {
        let api = try await Self.bundle().api()
        let response = try await api.ask("api/v1/pods")
        let list = try await response.json()
        #expect(list.names == ["prod-b/job", "prod/db", "prod/web-0"])
        #expect(list["kind"]?.string == "PodList")
        #expect(list["apiVersion"]?.string == "v1")
        #expect(list["metadata"]?["resourceVersion"]?.string == "12")
        #expect(response.warnings.count == 1)
        #expect(response.warnings.first?.contains("only those of namespace prod, prod-b were captured") == true)
    }

    @Test func anObjectIsAsItWasCaptured() async throws {
        let api = try await Self.bundle().api()
        let bytes = try await api.ask("api/v1/namespaces/prod/pods/db").collected()
        let captured = TestObject.pod("prod", "db", labels: ["app": "db"], phase: "Pending", node: "n2")
        #expect(bytes == captured.serialized() + Array("\n".utf8))
        #expect(try await api.ask("api/v1/namespaces/prod/pods").warnings == [])
    }

    @Test func whatWasNotThereIsNotFound() async throws {
        let status = try await Self.bundle().api().json("api/v1/namespaces/prod/pods/nobody")
        #expect(status["message"]?.string == #"pods "nobody" not found"#)
        #expect(status["code"]?.int == 404)
        #expect(status["details"]?["name"]?.string == "nobody")
    }

    @Test func whatWasLookedForAndNotThereIsAnEmptyList() async throws {
        let list = try await Self.bundle().api().json("apis/batch/v1/namespaces/prod/jobs")
        #expect(list["kind"]?.string == "JobList")
        #expect(list["items"]?.array?.isEmpty == true)
    }

    @Test(arguments: [
        ("api/v1/namespaces/prod/configmaps", "configmaps of namespace prod were not captured: denied (Forbidden)"),
        ("api/v1/namespaces/other/pods", "pods of namespace other were not captured: they were not asked for"),
        (
            "api/v1/namespaces/default/secrets",
            "secrets of namespace default were not captured: only those that belong to what was captured are here"
        ),
        ("api/v1/nodes", "nodes were not captured: they were not asked for"),
        ("api/v1/endpoints", "endpoints of all namespaces were not captured: they were not asked for"),
    ])
    func whatWasNotCapturedIsNoEmptyList(path: String, message: String) async throws {
        let api = try await Self.bundle().api()
        for query in [[], [("watch", "1")]] {
            let status = try await api.json(path, query)
            #expect(status["message"]?.string == message)
            #expect(status["reason"]?.string == "Forbidden")
            #expect(status["code"]?.int == 403)
        }
    }

    @Test func aNarrowListHasAWarning() async throws {
        let api = try await Self.bundle().api()
        let response = try await api.ask("api/v1/namespaces/default/services")
        #expect(try await response.json().names == ["default/kubernetes"])
        #expect(
            response.warnings.first?.hasPrefix("299 - \"services of namespace default: this may not be all: ") == true)
        let missing = try await api.json("api/v1/namespaces/default/services/web")
        #expect(missing["code"]?.int == 403)
        #expect(missing["message"]?.string?.contains("\"web\" is not here") == true)
    }

    @Test(arguments: [
        ("labelSelector", "app=web", ["prod/web-0"]), ("labelSelector", "app in (web,db),!tier", ["prod/db"]),
        ("labelSelector", "app!=web", ["prod-b/job", "prod/db"]),
        ("fieldSelector", "status.phase!=Running", ["prod/db"]),
        ("fieldSelector", "spec.nodeName=n1,metadata.namespace=prod", ["prod/web-0"]),
        ("fieldSelector", "metadata.name=job", ["prod-b/job"]), ("fieldSelector", "spec.hostNetwork=true", []),
        ("fieldSelector", "spec.hostNetwork=false", ["prod-b/job", "prod/db", "prod/web-0"]),
    ])
    func selectorsSelect(parameter: String, text: String, names: [String]) async throws {
        #expect(try await Self.bundle().api().names("api/v1/pods", [(parameter, text)]) == names)
    }

    @Test(arguments: [
        ("fieldSelector", "spec.foo=1", "field label not supported: spec.foo"),
        ("fieldSelector", "spec", "invalid selector: 'spec'; can't understand 'spec'"),
        ("limit", "many", "limit: \"many\" is not a number"), ("limit", "-1", "limit must be a non-negative number"),
        ("continue", "eyJ2Ijoi", "continue key is not valid: it is none that this server has given for this list"),
        (
            "continue", "offline-1-99999",
            "continue key is not valid: it is none that this server has given for this list"
        ),
        ("includeObject", "All", "unrecognized includeObject value: \"All\""),
    ])
    func whatCannotBeUnderstoodIsSaid(parameter: String, text: String, message: String) async throws {
        let status = try await Self.bundle().api().json("api/v1/pods", [(parameter, text)])
        #expect(status["message"]?.string == message)
        #expect(status["code"]?.int == 400)
    }

    @Test func clientsThatTakeNoJSONAreToldSo() async throws {
        let api = try await Self.bundle().api()
        let protobuf = "application/vnd.kubernetes.protobuf"
        let status = try await api.json("api/v1/pods", accept: protobuf)
        #expect(status["code"]?.int == 406)
        #expect(status["reason"]?.string == "NotAcceptable")
        #expect(try await api.json("api/v1/pods", accept: "\(protobuf),*/*;q=0.5")["kind"]?.string == "PodList")
        #expect(try await api.json("api/v1/pods", accept: "application/json;q=0")["code"]?.int == 406)
    }

    @Test func metadataAloneCanBeHad() async throws {
        let api = try await Self.bundle().api()
        let list = try await api.json(
            "api/v1/namespaces/prod/pods", accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
        #expect(list["kind"]?.string == "PartialObjectMetadataList")
        #expect(list["items"]?[0]?["kind"]?.string == "PartialObjectMetadata")
        #expect(list["items"]?[0]?["spec"] == nil)
        #expect(list["items"]?[0]?["metadata"]?["managedFields"] != nil)
    }

    @Test(arguments: ["v1", "v1beta1"])
    func rowsHaveTheirObjectsMetadata(version: String) async throws {
        let api = try await Self.bundle().api()
        let accept = "application/json;as=Table;v=\(version);g=meta.k8s.io,application/json"
        let table = try await api.json("api/v1/namespaces/prod/pods", accept: accept)
        #expect(table["kind"]?.string == "Table")
        #expect(table["apiVersion"]?.string == "meta.k8s.io/\(version)")
        let rows = table["rows"]?.array ?? []
        #expect(rows.map { $0["object"]?["metadata"]?["name"]?.string } == ["db", "web-0"])
        #expect(rows.allSatisfy { $0["cells"]?.array?.count == table["columnDefinitions"]?.array?.count })
        let bare = try await api.json("api/v1/namespaces/prod/pods", [("includeObject", "None")], accept: accept)
        #expect(bare["rows"]?[0]?["object"]?.isNull == true)
        let full = try await api.json("api/v1/namespaces/prod/pods/db", [("includeObject", "Object")], accept: accept)
        #expect(full["rows"]?[0]?["object"]?["spec"]?["nodeName"]?.string == "n2")
    }

    @Test func valuesOfSecretsAreBase64ForClients() async throws {
        var bundle = ClusterBundle()
        let data: JSONValue = ["password": "hmac-sha256:ab", "user": "cm9vdA=="]
        bundle.add("secrets", "prod", [TestObject.make("v1", "Secret", "prod", "s", [("data", data)])])
        let secret = try await bundle.api().json("api/v1/namespaces/prod/secrets/s")
        #expect(secret["data"]?["password"]?.string == "aG1hYy1zaGEyNTY6YWI=")
        #expect(secret["data"]?["user"]?.string == "cm9vdA==")
        #expect(secret["metadata"]?["managedFields"] != nil)
    }

    @Test func anotherVersionIsSaid() async throws {
        var bundle = ClusterBundle()
        bundle.add(
            "horizontalpodautoscalers.autoscaling", "prod",
            [TestObject.make("autoscaling/v1", "HorizontalPodAutoscaler", "prod", "web")])
        bundle.add("cronjobs.batch", "prod", [TestObject.make("batch/v1beta1", "CronJob", "prod", "nightly")])
        for version in ["v1", "v2"] {
            bundle.documents["cluster/api/apis/autoscaling/\(version).json"] =
                #"{"kind":"APIResourceList","groupVersion":"autoscaling/\#(version)","resources":[{"name":"horizontalpodautoscalers","singularName":"","namespaced":true,"kind":"HorizontalPodAutoscaler","verbs":["get","list"]}]}"#
        }
        bundle.documents["cluster/api/apis/batch/v1.json"] =
            #"{"kind":"APIResourceList","groupVersion":"batch/v1","resources":[{"name":"cronjobs","singularName":"","namespaced":true,"kind":"CronJob","verbs":["get","list"]}]}"#
        let api = try await bundle.api()
        let path = "namespaces/prod/horizontalpodautoscalers"
        #expect(try await api.names("apis/autoscaling/v1/\(path)") == ["prod/web"])
        let status = try await api.json("apis/autoscaling/v2/\(path)")
        #expect(status["code"]?.int == 403)
        #expect(status["message"]?.string?.contains("they were captured as autoscaling/v1") == true)
        let jobs = try await api.json("apis/batch/v1/namespaces/prod/cronjobs")
        #expect(jobs["items"]?[0]?["apiVersion"]?.string == "batch/v1")
    }

    @Test func ofAnObjectThatWasMadeAnewTheNewestCounts() async throws {
        var bundle = ClusterBundle()
        func pod(_ version: Int, _ created: String) -> JSONValue {
            var pod = TestObject.pod("prod", "web", version: version).object ?? [:]
            var metadata = pod["metadata"]?.object ?? [:]
            metadata["creationTimestamp"] = .string(created)
            pod["metadata"] = .object(metadata)
            return .object(pod)
        }
        bundle.add("pods", "prod", [pod(9, "2026-01-02T00:00:00Z"), pod(5, "2026-01-01T00:00:00Z")])
        let api = try await bundle.api()
        let list = try await api.json("api/v1/pods")
        #expect(list["items"]?.array?.map { $0["metadata"]?["resourceVersion"]?.string } == ["9"])
        #expect(
            try await api.json("api/v1/namespaces/prod/pods/web")["metadata"]?["resourceVersion"]?.string == "9")
    }

    @Test func whatNobodyAskedForIsNotDenied() async throws {
        var bundle = ClusterBundle()
        bundle.add("deployments.apps", "prod", [TestObject.make("apps/v1", "Deployment", "prod", "web")])
        let api = try await bundle.api()
        for path in ["apis/apps/v1/namespaces/prod/deployments/web/scale", "metrics", "logs/kubelet.log"] {
            #expect(try await api.ask(path).status == 403, "\(path)")
        }
    }

    @Test func bothVersionsOfAnEventAreThereAndOneRow() async throws {
        var bundle = ClusterBundle()
        bundle.add("events", "prod", [TestObject.make("v1", "Event", "prod", "e.1", [("reason", "Killed")])])
        bundle.add(
            "events.events.k8s.io", "prod",
            [TestObject.make("events.k8s.io/v1", "Event", "prod", "e.1", [("reason", "Killed")])])
        let database = try await bundle.database()
        let api = ClusterAPI(ServedCapture(name: "case", database: database, captured: nil))
        #expect(try await api.names("api/v1/namespaces/prod/events") == ["prod/e.1"])
        let list = try await api.json("apis/events.k8s.io/v1/events", [("fieldSelector", "reason=Killed")])
        #expect(list["items"]?[0]?["apiVersion"]?.string == "events.k8s.io/v1")
        #expect(try await database.rows("SELECT count(*) FROM events") == [[.integer(1)]])
    }
}
