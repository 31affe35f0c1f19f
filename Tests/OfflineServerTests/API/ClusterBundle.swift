import Bundle
import BundleFormat
import Collection
import Inspection
import OfflineServer
import StructuredText

/// A bundle of a cluster: lists with their lines in the ledger, and documents of the API server.
struct ClusterBundle {
    /// A list that was asked for, and what came of it.
    struct List {
        let resource: String
        var namespace: String?
        /// Under `data/`; nil where nothing came.
        var path: String?
        var text = ""
        var outcome = Outcome.ok
    }

    var targets = ["namespace/prod"]
    var lists: [List] = []
    /// By their path under `data/`.
    var documents: [String: String] = [:]

    /// Objects of a namespace, as JSON.
    mutating func add(_ resource: String, _ namespace: String?, _ objects: [JSONValue], _ outcome: Outcome = .ok) {
        let list: JSONValue = ["apiVersion": "v1", "kind": "List", "items": .array(objects)]
        let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
        let group = parts.count > 1 ? parts[1] : "core"
        let folder = namespace.map { "namespaces/\($0)" } ?? "cluster-scoped-resources"
        lists.append(
            List(
                resource: resource, namespace: namespace, path: "\(folder)/\(group)/\(parts[0]).json",
                text: String(decoding: list.serialized(), as: UTF8.self), outcome: outcome))
    }

    func database() async throws -> EvidenceDatabase {
        let folder = try ScratchFolder()
        let path = folder.path + "/case.tar.zst"
        let files = documents.map { document in
            WrittenBundle.Attempt(target: Target(kind: "Cluster"), path: document.key, text: document.value)
        }
        let asked = lists.map { list in
            WrittenBundle.Attempt(
                collector: "objects", step: "list",
                target: Target(namespace: list.namespace, resource: list.resource), path: list.path, text: list.text,
                outcome: list.outcome)
        }
        try await WrittenBundle.write(files + asked, targets: targets, to: path)
        return try await EvidenceDatabase(BundleCapture(try await BundleReader(path: path)))
    }

    func api() async throws -> ClusterAPI {
        ClusterAPI(ServedCapture(name: "case", database: try await database(), captured: nil))
    }
}

/// Objects as the API server gives them.
enum TestObject {
    static func make(
        _ apiVersion: String, _ kind: String, _ namespace: String?, _ name: String, version: Int = 7,
        labels: [String: String] = [:], _ more: [(String, JSONValue)] = []
    ) -> JSONValue {
        var metadata: [(String, JSONValue)] = [("name", .string(name))]
        if let namespace { metadata.append(("namespace", .string(namespace))) }
        metadata += [
            ("uid", .string("\(namespace ?? "")-\(name)-\(version)")), ("resourceVersion", .string("\(version)")),
        ]
        if !labels.isEmpty {
            metadata.append(
                ("labels", .object(JSONObject(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))))
        }
        metadata.append(("managedFields", [["manager": "kubelet", "operation": "Update"]]))
        return .object(
            JSONObject(
                [
                    ("apiVersion", .string(apiVersion)), ("kind", .string(kind)),
                    ("metadata", .object(JSONObject(metadata))),
                ] + more))
    }

    static func pod(
        _ namespace: String, _ name: String, version: Int = 7, labels: [String: String] = [:],
        phase: String = "Running",
        node: String = "n1"
    ) -> JSONValue {
        make(
            "v1", "Pod", namespace, name, version: version, labels: labels,
            [("spec", ["nodeName": .string(node)]), ("status", ["phase": .string(phase)])])
    }
}

extension ClusterAPI {
    /// What is answered to a GET; a failure as the `Status` that a client gets.
    func ask(
        _ path: String, _ query: [(String, String)] = [], accept: String? = nil, method: String = "GET",
        body: JSONValue? = nil
    ) async throws -> APIResponse {
        let request = APIRequest(
            method: method, path: path.split(separator: "/").map(String.init),
            query: query.map { (name: $0.0, value: $0.1) }, headers: accept.map { [(name: "accept", value: $0)] } ?? [],
            body: body?.serialized() ?? [])
        do {
            return try await respond(to: request)
        } catch let failure as APIFailure {
            return failure.response
        }
    }

    func json(_ path: String, _ query: [(String, String)] = [], accept: String? = nil) async throws -> JSONValue {
        try await ask(path, query, accept: accept).json()
    }

    func names(_ path: String, _ query: [(String, String)] = []) async throws -> [String] {
        try await json(path, query).names
    }
}

extension JSONValue {
    /// Of the items of a list, with their namespaces.
    var names: [String] {
        (self["items"]?.array ?? []).map { item in
            let metadata = item["metadata"]
            return (metadata?["namespace"]?.string.map { $0 + "/" } ?? "") + (metadata?["name"]?.string ?? "")
        }
    }
}
