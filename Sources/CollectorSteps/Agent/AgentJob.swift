internal import StructuredText

/// One step of a collector, for the host or one container of it.
package struct AgentJob: Sendable, Hashable {
    /// The container that a step is for, as the API server names it.
    package struct Container: Sendable, Hashable {
        /// Without the runtime's name before it; nil when the pod's status has none.
        var id: String?
        /// As ``PodSummary/Container/runtime``.
        var runtime: String?
        var namespace: String
        var pod: String
        var uid: String
        var name: String

        package init(
            id: String?, runtime: String? = nil, namespace: String, pod: String, uid: String, name: String
        ) {
            self.id = id
            self.runtime = runtime
            self.namespace = namespace
            self.pod = pod
            self.uid = uid
            self.name = name
        }
    }

    /// The definition's YAML, and the values of its parameters: the agent reads it as the operator's side did.
    package var definition: String
    package var values: [String: String] = [:]
    /// Which of its steps, from 0.
    package var step: Int
    /// Nil for a step of the host.
    package var container: Container?
    package var timeoutMilliseconds: Int
    package var bytes: UInt64
    package var sinceSeconds: Int?
    package var tailLines: Int?

    package init(
        definition: String, values: [String: String] = [:], step: Int, container: Container? = nil,
        timeoutMilliseconds: Int, bytes: UInt64, sinceSeconds: Int? = nil, tailLines: Int? = nil
    ) {
        self.definition = definition
        self.values = values
        self.step = step
        self.container = container
        self.timeoutMilliseconds = timeoutMilliseconds
        self.bytes = bytes
        self.sinceSeconds = sinceSeconds
        self.tailLines = tailLines
    }

    var json: JSONObject {
        var object: JSONObject = [
            "definition": .string(definition), "step": JSONValue(step),
            "timeout": JSONValue(timeoutMilliseconds), "bytes": JSONValue(bytes),
        ]
        if !values.isEmpty {
            object["values"] = .object(
                JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }))
        }
        if let container {
            var named: JSONObject = [
                "namespace": .string(container.namespace), "pod": .string(container.pod),
                "uid": .string(container.uid), "name": .string(container.name),
            ]
            if let id = container.id { named["id"] = .string(id) }
            if let runtime = container.runtime { named["runtime"] = .string(runtime) }
            object["container"] = .object(named)
        }
        if let sinceSeconds { object["since"] = JSONValue(sinceSeconds) }
        if let tailLines { object["tail"] = JSONValue(tailLines) }
        return object
    }
}

extension AgentJob {
    package init(_ bytes: [UInt8]) throws(AgentProtocolError) {
        guard let json = try? JSONValue(parsing: bytes),
            let definition = json["definition"]?.string, let step = json["step"]?.int,
            let timeout = json["timeout"]?.int, let limit = json["bytes"]?.int, limit >= 0, timeout > 0
        else { throw AgentProtocolError(reason: "was asked for a job that it cannot read") }
        self.init(
            definition: definition, step: step, timeoutMilliseconds: timeout, bytes: UInt64(limit),
            sinceSeconds: json["since"]?.int, tailLines: json["tail"]?.int)
        for (name, value) in json["values"]?.object ?? [:] { values[name] = value.string }
        guard let named = json["container"] else { return }
        guard let namespace = named["namespace"]?.string, let pod = named["pod"]?.string,
            let uid = named["uid"]?.string, let name = named["name"]?.string
        else { throw AgentProtocolError(reason: "was asked for a container without a name") }
        container = Container(
            id: named["id"]?.string, runtime: named["runtime"]?.string, namespace: namespace, pod: pod, uid: uid,
            name: name)
    }
}
