public import StructuredText

/// Which limit cut an output: `{"limit": bytes}`, `{"tail": lines}`, or another member.
public struct Truncation: Hashable, Sendable {
    public var members: JSONObject

    public init(members: JSONObject) {
        self.members = members
    }

    /// Cut off behind this many bytes.
    public init(limit: UInt64) {
        self.init(members: ["limit": JSONValue(limit)])
    }

    /// Only the last lines were asked for.
    public init(tail: some BinaryInteger) {
        self.init(members: ["tail": JSONValue(tail)])
    }

    public var limit: Int? { members["limit"]?.int }
    public var tail: Int? { members["tail"]?.int }
}
