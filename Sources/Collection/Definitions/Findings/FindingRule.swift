public import StructuredText

/// What is wrong, or worth knowing, when a question to the tables of a capture has an answer: each row of it is a finding.
public struct FindingRule: Sendable, Hashable {
    /// 1 to 63 of a–z, 0–9 and `-`; unique over all collectors.
    public var id: String
    public var severity: FindingSeverity
    /// One statement that reads, over the tables of `docs/query.md` and those of all collectors.
    public var sql: String
    /// A sentence; `{column}` stands for the row's value.
    public var says: String
    /// What to look at, or do, next.
    public var advice: String
    /// Each alone must make it fire; they are its tests, and its documentation.
    public var fires: [FindingExample]
    /// Each alone must leave it silent.
    public var silent: [FindingExample]
    /// Where it begins in the definition's file, from 1.
    public var line: Int?

    /// What no definition may exceed.
    public enum Bounds {
        /// Of one collector.
        public static let rules = 64
        /// Of the statement, in bytes.
        public static let sql = 16 << 10
        /// Of `says` and of `advice`, in bytes.
        public static let words = 2 << 10
    }
}

/// How soon somebody should look, from the first to the last.
public enum FindingSeverity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Something does not work, or looks like an attack.
    case critical
    /// Something is wrong, or about to be.
    case warning
    /// Nothing is wrong by itself; it may explain what is.
    case notice

    public static func < (lhs: FindingSeverity, rhs: FindingSeverity) -> Bool {
        (allCases.firstIndex(of: lhs) ?? 0) < (allCases.firstIndex(of: rhs) ?? 0)
    }
}

/// A small capture, by what is in it.
public struct FindingExample: Sendable, Hashable {
    /// Objects of the Kubernetes API.
    public var objects: [JSONValue] = []
    /// Rows of tables, by the table's name: columns that are not named are null.
    public var rows: [String: [JSONObject]] = [:]
    /// Current logs, by `namespace/pod/container`.
    public var logs: [String: String] = [:]

    public init() {}
}
