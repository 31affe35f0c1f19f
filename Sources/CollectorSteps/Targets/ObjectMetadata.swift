public import StructuredText

/// The members of an object's metadata that the plan needs. Everything in it is the cluster's word.
public struct ObjectMetadata: Sendable, Hashable {
    public struct Owner: Sendable, Hashable {
        public var apiVersion: String
        public var kind: String
        public var name: String
        public var uid: String
    }

    public var name: String
    public var namespace: String?
    public var uid: String
    public var labels: [String: String]
    public var owners: [Owner]

    public init(_ object: JSONValue) {
        let metadata = object["metadata"]
        name = metadata?["name"]?.string ?? ""
        namespace = metadata?["namespace"]?.string
        uid = metadata?["uid"]?.string ?? ""
        labels = Self.strings(metadata?["labels"])
        owners = (metadata?["ownerReferences"]?.array ?? []).map { owner in
            Owner(
                apiVersion: owner["apiVersion"]?.string ?? "", kind: owner["kind"]?.string ?? "",
                name: owner["name"]?.string ?? "", uid: owner["uid"]?.string ?? "")
        }
    }

    /// Whether it can be the name of something in a cluster: 1 to 253 bytes (RFC 1123 subdomain). Which bytes, the API server judges.
    static func isName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
    }

    /// The string members of a JSON object.
    static func strings(_ value: JSONValue?) -> [String: String] {
        var result: [String: String] = [:]
        for member in value?.object ?? [:] {
            if let text = member.value.string { result[member.key] = text }
        }
        return result
    }
}
