internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// In which state of the cluster each list was read.
final class ReadLists: Sendable {
    private struct Key: Hashable {
        var resource: APIResource
        /// Nil: all namespaces, or none.
        var namespace: String?
    }

    private let versions = Mutex<[Key: (order: Int, result: ListResult)]>([:])

    /// A list that is read again, with another selector, keeps its first.
    func note(_ resource: APIResource, namespace: String?, _ result: ListResult) {
        versions.withLock { versions in
            let key = Key(resource: resource, namespace: namespace)
            if versions[key] == nil { versions[key] = (versions.count, result) }
        }
    }

    /// Nil when it was not read, or has none.
    func resourceVersion(_ resource: APIResource, namespace: String?) -> String? {
        let version = versions.withLock {
            $0[Key(resource: resource, namespace: namespace)]?.result.resourceVersion ?? ""
        }
        return version.isEmpty ? nil : version
    }

    /// JSON lines, in the order in which the lists ended (format.md 3.2).
    var lines: [UInt8] {
        let lists = versions.withLock { Array($0) }.sorted { $0.value.order < $1.value.order }
        return lists.flatMap { key, value in
            var line: JSONObject = [
                "group": .string(key.resource.group), "version": .string(key.resource.version),
                "resource": .string(key.resource.resource), "kind": .string(key.resource.kind),
            ]
            if let namespace = key.namespace { line["namespace"] = .string(namespace) }
            line["resourceVersion"] = .string(value.result.resourceVersion)
            line["consistent"] = .bool(!value.result.restarted && !value.result.inconsistent)
            return JSONValue.object(line).serialized() + [0x0A]
        }
    }
}
