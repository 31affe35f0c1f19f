import Inspection
import OfflineServer
import StructuredText
import Testing

struct ClusterAPITests {
    @Test(arguments: [
        ("POST", "api/v1/namespaces/prod/pods", "creating something"),
        ("DELETE", "api/v1/namespaces/prod/pods/a", "deleting something"),
        ("PATCH", "api/v1/namespaces/prod/pods/a", "changing something"),
        ("POST", "api/v1/namespaces/prod/pods/a/exec", "running a command in a container"),
        ("GET", "api/v1/namespaces/prod/pods/a/exec", "running a command in a container"),
        ("GET", "api/v1/namespaces/prod/pods/a/attach", "attaching to a container"),
        ("GET", "api/v1/namespaces/prod/pods/a/portforward", "forwarding a port"),
        ("GET", "api/v1/namespaces/prod/services/a/proxy/x/y", "a request to a pod, service or node"),
        ("POST", "api/v1/namespaces/prod/pods/a/eviction", "evicting a pod"),
        ("POST", "api/v1/namespaces/prod/serviceaccounts/a/token", "making a token"),
        ("POST", "apis/authorization.k8s.io/v1/subjectaccessreviews", "reviewing the access of another account"),
    ])
    func whatWouldChangeSomethingIsRefused(method: String, path: String, words: String) async throws {
        let status = try await ClusterBundle().api().ask(path, method: method, body: [:]).json()
        #expect(status["code"]?.int == 405)
        #expect(status["reason"]?.string == "MethodNotAllowed")
        #expect(status["message"]?.string?.hasPrefix("\(words) is not possible") == true)
    }

    @Test func whoAsksHowItIsHearsThatItIsWell() async throws {
        let api = try await ClusterBundle().api()
        for path in ["healthz", "livez", "readyz"] { #expect(try await api.ask(path).text() == "ok") }
        // How a part of the cluster was, nobody asked.
        #expect(try await api.ask("livez/etcd").status == 404)
        #expect(try await api.json("")["paths"]?.array?.contains(.string("/api/v1")) == true)
    }

    @Test func aHeadHasNoBody() async throws {
        let response = try await ClusterBundle().api().ask("version", method: "HEAD")
        #expect(response.status == 200)
        #expect(try await response.collected().isEmpty)
        #expect(try await ClusterBundle().api().ask("api/v1/x", method: "HEAD").status == 404)
    }

    @Test func placesThatDoNotFitAreNotThere() async throws {
        var bundle = ClusterBundle()
        bundle.add("nodes", nil, [TestObject.make("v1", "Node", nil, "n1")])
        bundle.add("namespaces", nil, [TestObject.make("v1", "Namespace", nil, "prod")])
        let api = try await bundle.api()
        #expect(try await api.json("api/v1/namespaces/prod/nodes/n1")["code"]?.int == 404)
        #expect(try await api.json("api/v1/pods/a")["code"]?.int == 404)
        #expect(try await api.json("api/v1/nodes/n1/unicorn")["code"]?.int == 404)
        #expect(try await api.names("api/v1/nodes") == ["n1"])
        for path in ["api/v1/namespaces/prod", "api/v1/namespaces/prod/status"] {
            #expect(try await api.json(path)["kind"]?.string == "Namespace")
        }
    }

    // MARK: Reviews

    private static func access() async throws -> ClusterAPI {
        var bundle = ClusterBundle()
        bundle.documents["cluster/api/access/rules/prod.json"] =
            #"{"kind":"SelfSubjectRulesReview","status":{"resourceRules":[{"verbs":["delete"],"apiGroups":["apps"],"resources":["deployments"],"resourceNames":["web"]},{"verbs":["*"],"apiGroups":[""],"resources":["pods/exec"]}],"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/healthz","/logs/*"]}],"incomplete":false}}"#
        return try await bundle.api()
    }

    private func allowed(_ spec: JSONValue) async throws -> JSONValue {
        let answer = try await Self.access().ask(
            "apis/authorization.k8s.io/v1/selfsubjectaccessreviews", method: "POST",
            body: ["kind": "SelfSubjectAccessReview", "spec": spec])
        #expect(answer.status == 201)
        return try await answer.json()["status"] ?? nil
    }

    @Test(arguments: [
        ("delete", "apps", "deployments", "", "web", true), ("delete", "apps", "deployments", "", "db", false),
        ("delete", "", "deployments", "", "web", false), ("create", "", "pods", "exec", "a", true),
        ("create", "", "pods", "", "", false), ("list", "", "pods", "", "", false),
        ("get", "", "pods", "log", "a", false), ("get", "", "pods", "exec", "a", true),
    ])
    func rulesThatWereCapturedDecide(
        verb: String, group: String, resource: String, sub: String, name: String, isAllowed: Bool
    ) async throws {
        let status = try await allowed([
            "resourceAttributes": [
                "namespace": "prod", "verb": .string(verb), "group": .string(group), "resource": .string(resource),
                "subresource": .string(sub), "name": .string(name),
            ]
        ])
        #expect(status["allowed"]?.bool == isAllowed)
    }

    @Test(arguments: [("list", "pods", true), ("delete", "pods", false), ("list", "unicorns", false)])
    func whereNoRulesWereCapturedWhatIsHereMayBeRead(verb: String, resource: String, isAllowed: Bool) async throws {
        let status = try await allowed(["resourceAttributes": ["verb": .string(verb), "resource": .string(resource)]])
        #expect(status["allowed"]?.bool == isAllowed)
    }

    @Test func whatAnotherAccountWouldSeeIsNotSaid() async throws {
        let request = APIRequest(path: ["api", "v1", "pods"], headers: [("impersonate-user", "system:anonymous")])
        let api = try await Self.access()
        let failure = await #expect(throws: APIFailure.self) { _ = try await api.respond(to: request) }
        #expect(failure?.code == 403)
    }

    @Test(arguments: [("/healthz", true), ("/logs/x", true), ("/metrics", false)])
    func pathsThatAreNoResourcesToo(path: String, isAllowed: Bool) async throws {
        let status = try await allowed(["nonResourceAttributes": ["verb": "get", "path": .string(path)]])
        #expect(status["allowed"]?.bool == isAllowed)
    }

    @Test func rulesThatWereNotCapturedAreSaidToBeMissing() async throws {
        let status = try await allowed([
            "resourceAttributes": ["namespace": "../x", "verb": "create", "resource": "pods"]
        ])
        #expect(status["allowed"]?.bool == false)
        #expect(status["evaluationError"]?.string == "the rules of namespace ../x were not captured")
        let api = try await Self.access()
        let path = "apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        let known = try await api.ask(path, method: "POST", body: ["spec": ["namespace": "prod"]]).json()
        #expect(known["status"]?["resourceRules"]?.array?.count == 2)
        #expect(known["spec"]?["namespace"]?.string == "prod")
        let unknown = try await api.ask(path, method: "POST", body: ["spec": ["namespace": "dev"]]).json()
        #expect(unknown["status"]?["incomplete"]?.bool == true)
        #expect(try await api.ask(path, method: "POST", body: ["spec"]).status == 400)
    }

    @Test func whoCapturedIsSaidWhereItIsKnown() async throws {
        let path = "apis/authentication.k8s.io/v1/selfsubjectreviews"
        #expect(try await Self.access().ask(path, method: "POST", body: [:]).status == 403)
        var bundle = ClusterBundle()
        bundle.documents["cluster/api/access/self.json"] =
            #"{"kind":"SelfSubjectReview","status":{"userInfo":{"username":"admin"}}}"#
        let review = try await bundle.api().ask(path, method: "POST", body: [:]).json()
        #expect(review["status"]?["userInfo"]?["username"]?.string == "admin")
    }
}
