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

    /// Kinds of well-known extensions whose objects are credentials: of them only metadata is kept.
    private static let credentialKinds: Set<String> = [
        "Token", "ClusterRegistrationToken", "OAuthClient", "OAuthAccessToken", "OAuthAuthorizeToken",
    ]

    /// Kinds whose objects may hold what must not be captured.
    public static func concerns(kind: String) -> Bool {
        kind == "Secret" || kind == "ConfigMap" || credentialKinds.contains(kind)
    }

    /// The object as it may be kept.
    public func redacted(kind: String, _ object: JSONValue) -> JSONValue {
        guard var members = object.object else { return object }
        if kind == "Secret" {
            let values = Self.values(members, ["data", "stringData"])
            members["data"] = members["data"].map {
                mapValues($0) { [UInt8](Data(base64Encoded: $0) ?? Data($0.utf8)) }
            }
            members["stringData"] = members["stringData"].map { mapValues($0) { Array($0.utf8) } }
            redactAnnotations(&members, values: values)
        } else if kind == "ConfigMap", Self.isHelmRelease(object) {
            members["data"] = members["data"].map { mapValues($0) { Array($0.utf8) } }
            members["binaryData"] = members["binaryData"].map { mapValues($0) { Array($0.utf8) } }
            redactAnnotations(&members, values: [])
        } else if Self.credentialKinds.contains(kind) {
            var kept = JSONObject()
            for member in members {
                let isPlain = ["apiVersion", "kind", "metadata"].contains(member.key)
                kept.append(
                    (key: member.key, value: isPlain ? member.value : .string(token(for: Self.bytes(member.value)))))
            }
            members = kept
            redactAnnotations(&members, values: [])
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

    /// Annotations in which tools keep the manifest that they applied, values included.
    private static let manifestCopies: Set<String> = [
        lastApplied, "kapp.k14s.io/original", "objectset.rio.cattle.io/applied", "banzaicloud.com/last-applied",
    ]

    /// Annotations that are a copy of the manifest, or hold a value, are replaced like the values themselves. Of members that
    /// stand twice only the last, which is the one that was looked at, is kept.
    private func redactAnnotations(_ members: inout JSONObject, values: [String]) {
        guard let found = members["metadata"] else { return }
        members["metadata"] = found
        guard var metadata = found.object, let annotations = metadata["annotations"], !annotations.isNull else {
            return
        }
        var kept = JSONObject()
        for member in annotations.object ?? [:] {
            let text = member.value.string
            let isCopy = Self.manifestCopies.contains(member.key) || text == nil
            let isSecret = isCopy || values.contains { text?.contains($0) == true }
            kept.append(
                (key: member.key, value: isSecret ? .string(token(for: Self.bytes(member.value))) : member.value))
        }
        metadata["annotations"] =
            annotations.object == nil ? .string(token(for: annotations.serialized())) : .object(kept)
        members["metadata"] = .object(metadata)
    }

    private static func bytes(_ value: JSONValue) -> [UInt8] {
        value.string.map { Array($0.utf8) } ?? value.serialized()
    }

    /// The values of an object's maps as they stand, and decoded; shorter ones than four bytes are in everything.
    private static func values(_ members: JSONObject, _ keys: [String]) -> [String] {
        keys.flatMap { members[$0]?.object?.compactMap(\.value.string) ?? [] }
            .flatMap { text in [text, Data(base64Encoded: text).flatMap { String(validating: $0, as: UTF8.self) }] }
            .compactMap(\.self).filter { $0.utf8.count >= 4 }
    }

    /// Helm 3 with the ConfigMap driver keeps the whole release, values included, in one ConfigMap.
    private static func isHelmRelease(_ object: JSONValue) -> Bool {
        let metadata = ObjectMetadata(object)
        return metadata.labels["owner"] == "helm" || metadata.name.hasPrefix("sh.helm.release.")
            || metadata.labels["OWNER"] == "TILLER"
    }
}
