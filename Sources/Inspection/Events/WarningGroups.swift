/// Warnings that say the same about the same object.
public struct WarningGroup: Hashable, Sendable {
    public let reason: String
    /// `Pod`, `Node` …
    public let kind: String
    public let namespace: String
    public let name: String
    /// How often it happened, as the cluster counted.
    public package(set) var count: Int
    /// As captured, RFC 3339; empty when it is not known.
    public package(set) var lastSeen: String
    /// Of the last one.
    public package(set) var message: String

    /// `Pod prod/api-0`
    public var object: String {
        [kind, namespace.isEmpty ? name : "\(namespace)/\(name)"].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// Collects the warnings of captured `v1` Events into groups.
public struct WarningGroups: Sendable {
    private struct Key: Hashable {
        let reason, kind, namespace, name: String
    }

    /// Different groups beyond this are only counted.
    private static let maxGroups = 10_000

    private var groups: [Key: WarningGroup] = [:]
    /// Warnings that no group took.
    public private(set) var left = 0

    public init() {}

    /// Whether the text of an event can be one of a warning at all: far fewer are parsed than read.
    package static func mayBeWarning(_ text: [UInt8]) -> Bool {
        let word = Array("Warning".utf8)
        var index = 0
        while index + word.count <= text.count {
            if text[index] == word[0], text[index..<index + word.count].elementsEqual(word) { return true }
            index += 1
        }
        return false
    }

    /// Takes an event; others than warnings are passed over.
    package mutating func add(_ event: ObjectNode) {
        guard event["type"]?.text == "Warning" else { return }
        let object = event["involvedObject"]
        let key = Key(
            reason: event["reason"]?.text ?? "", kind: object?["kind"]?.text ?? "",
            namespace: object?["namespace"]?.text ?? "", name: object?["name"]?.text ?? "")
        let series = event["series"]
        let count = max(1, event["count"]?.int ?? 0, series?["count"]?.int ?? 0)
        let seen =
            [
                series?["lastObservedTime"], event["lastTimestamp"], event["eventTime"], event["firstTimestamp"],
                event["metadata"]?["creationTimestamp"],
            ].lazy.compactMap { $0?.text }.first ?? ""
        let message = String((event["message"]?.text ?? "").unicodeScalars.prefix(500).map(Character.init))
        guard var group = groups[key] else {
            guard groups.count < Self.maxGroups else {
                left += 1
                return
            }
            groups[key] = WarningGroup(
                reason: key.reason, kind: key.kind, namespace: key.namespace, name: key.name, count: count,
                lastSeen: seen,
                message: message)
            return
        }
        // Counts are what a hostile cluster says.
        group.count = group.count.addingReportingOverflow(count).overflow ? .max : group.count + count
        if seen >= group.lastSeen {
            group.lastSeen = seen
            group.message = message
        }
        groups[key] = group
    }

    /// The most frequent first, then the latest.
    public var worst: [WarningGroup] {
        groups.values.sorted {
            ($0.count, $0.lastSeen, $1.reason, $1.object) > ($1.count, $1.lastSeen, $0.reason, $0.object)
        }
    }
}
