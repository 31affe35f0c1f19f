public import StructuredText

/// What an attempt was made on: as much as applies.
public struct Target: Hashable, Sendable {
    public var kind: String?
    public var group: String?
    public var namespace: String?
    public var name: String?
    public var container: String?
    public var node: String?
    public var resource: String?

    public init(
        kind: String? = nil, group: String? = nil, namespace: String? = nil, name: String? = nil,
        container: String? = nil, node: String? = nil, resource: String? = nil
    ) {
        self.kind = kind
        self.group = group
        self.namespace = namespace
        self.name = name
        self.container = container
        self.node = node
        self.resource = resource
    }

    /// As a ledger line has it: the members that apply.
    public var json: JSONValue {
        var object = JSONObject()
        for (name, path) in Self.members where self[keyPath: path] != nil {
            object[name] = self[keyPath: path].map { .string($0) }
        }
        return .object(object)
    }

    init(_ reader: RecordReader) throws(FormatError) {
        self.init(
            kind: try reader.optionalString("kind"), group: try reader.optionalString("group"),
            namespace: try reader.optionalString("namespace"), name: try reader.optionalString("name"),
            container: try reader.optionalString("container"), node: try reader.optionalString("node"),
            resource: try reader.optionalString("resource"))
    }

    private static var members: [(String, KeyPath<Target, String?>)] {
        [
            ("kind", \.kind), ("group", \.group), ("namespace", \.namespace), ("name", \.name),
            ("container", \.container), ("node", \.node), ("resource", \.resource),
        ]
    }
}
