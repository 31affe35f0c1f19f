internal import Cryptography
internal import FoundationEssentials
public import StructuredText

/// Replaces secret values in objects by keyed hashes (format.md section 12): equal values stay comparable, none is disclosed.
public struct SecretRedactor: Sendable {
    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
    private let key: CaseKey

    public init(key: CaseKey) {
        self.key = key
    }

    /// Kinds whose objects may hold what must not be captured.
    public static func concerns(kind: String) -> Bool {
        kind == "Secret" || kind == "ConfigMap"
    }

    /// The object as it may be kept.
    public func redacted(kind: String, _ object: JSONValue) -> JSONValue {
        guard var members = object.object else { return object }
        if kind == "Secret" {
            members["data"] = members["data"].map { mapValues($0) { [UInt8](Data(base64Encoded: $0) ?? Data($0.utf8)) } }
            members["stringData"] = members["stringData"].map { mapValues($0) { Array($0.utf8) } }
            redactLastApplied(&members)
        } else if kind == "ConfigMap", Self.isHelmRelease(object) {
            members["data"] = members["data"].map { mapValues($0) { Array($0.utf8) } }
            members["binaryData"] = members["binaryData"].map { mapValues($0) { Array($0.utf8) } }
            redactLastApplied(&members)
        }
        return .object(members)
    }

    /// `hmac-sha256:` and 32 hex digits.
    public func token(for value: [UInt8]) -> String {
        key.token(for: value)
    }

    /// Every value of a map, whatever its type: an object that lies about its types discloses nothing.
    private func mapValues(_ map: JSONValue, bytes: (String) -> [UInt8]) -> JSONValue {
        guard let object = map.object else { return map.isNull ? map : .string(token(for: map.serialized())) }
        var result = JSONObject()
        for member in object {
            let value = member.value.string.map(bytes) ?? member.value.serialized()
            result.append((key: member.key, value: .string(token(for: value))))
        }
        return .object(result)
    }

    private func redactLastApplied(_ members: inout JSONObject) {
        guard var metadata = members["metadata"]?.object, var annotations = metadata["annotations"]?.object,
            let value = annotations[Self.lastApplied]
        else { return }
        annotations[Self.lastApplied] = .string(token(for: value.string.map { Array($0.utf8) } ?? value.serialized()))
        metadata["annotations"] = .object(annotations)
        members["metadata"] = .object(metadata)
    }

    /// Helm 3 with the ConfigMap driver keeps the whole release, values included, in one ConfigMap.
    private static func isHelmRelease(_ object: JSONValue) -> Bool {
        let metadata = ObjectMetadata(object)
        return metadata.labels["owner"] == "helm" || metadata.name.hasPrefix("sh.helm.release.")
            || metadata.labels["OWNER"] == "TILLER"
    }
}
