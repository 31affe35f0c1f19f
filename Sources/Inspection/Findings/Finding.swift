public import Collection

/// What a rule found in a capture.
public struct Finding: Sendable, Hashable {
    /// The rule's.
    public let id: String
    public let severity: FindingSeverity
    /// Whose rule it is.
    public let collector: String
    /// What is, in a sentence. It quotes the capture: whoever shows it escapes it.
    public let says: String
    public let advice: String
    /// What it is about, as far as the row says it.
    public let object: Object
    public let evidence: Evidence

    public struct Object: Sendable, Hashable {
        public let kind: String?
        public let namespace: String?
        public let name: String?
        public let container: String?
        public let node: String?
    }

    /// Where that stands.
    public struct Evidence: Sendable, Hashable {
        /// A file of the capture.
        public let entry: String?
        /// In the file, from 1.
        public let line: Int?
        /// Whose word it is: `api`, `node`, `in-container`, `local`.
        public let source: String?
    }
}

/// What became of all rules.
public struct Findings: Sendable {
    /// The most severe first, then by rule and object.
    public internal(set) var findings: [Finding] = []
    /// Rules that had more rows than are kept, and how many more.
    public internal(set) var left: [String: Int] = [:]
    /// Rules that could not be asked, and why.
    public internal(set) var failed: [String: String] = [:]
    /// How many rules were asked.
    public internal(set) var asked = 0

    /// Leaves out what is less severe.
    public mutating func keep(_ least: FindingSeverity) {
        findings.removeAll { $0.severity > least }
    }
}
