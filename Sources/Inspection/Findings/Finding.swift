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
    /// What it is called by where somebody dismisses it: unlike that of any other finding of the capture.
    public internal(set) var name: FindingName

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
    /// Each rule that was asked.
    public internal(set) var rules: [Rule] = []

    /// What became of a rule.
    public struct Rule: Sendable, Hashable {
        public let id: String
        public let severity: FindingSeverity
        /// Whose rule it is.
        public let collector: String
        /// How many rows it had that are kept.
        public let found: Int
        /// How many more it had.
        public let more: Int
        /// Why it could not be asked.
        public let failure: String?
    }

    /// Rules that had more rows than are kept, and how many more.
    public var left: [String: Int] {
        Dictionary(rules.lazy.filter { $0.more > 0 }.map { ($0.id, $0.more) }) { first, _ in first }
    }

    /// Rules that could not be asked, and why.
    public var failed: [String: String] {
        Dictionary(rules.lazy.compactMap { rule in rule.failure.map { (rule.id, $0) } }) { first, _ in first }
    }

    /// How many rules were asked.
    public var asked: Int { rules.count }

    /// How many were left out by ``keep(_:)``, of those that are kept at all.
    public private(set) var lessSevere = 0

    /// Leaves out what is less severe.
    public mutating func keep(_ least: FindingSeverity) {
        let count = findings.count
        findings.removeAll { $0.severity > least }
        lessSevere += count - findings.count
        rules = rules.map { $0.severity > least ? $0.withoutMore : $0 }
    }

    /// How many there are of a severity, those that are only counted included.
    public func count(of severity: FindingSeverity) -> Int {
        findings.count { $0.severity == severity }
            + rules.filter { $0.severity == severity }.reduce(0) { $0 + $1.more }
    }

    /// Those of a rule together, in their order.
    public var byRule: [[Finding]] {
        var groups: [[Finding]] = []
        for finding in findings {
            if groups.last?.first?.id == finding.id {
                groups[groups.count - 1].append(finding)
            } else {
                groups.append([finding])
            }
        }
        return groups
    }
}

extension Findings.Rule {
    /// The same, with nothing that is only counted.
    var withoutMore: Findings.Rule {
        Findings.Rule(id: id, severity: severity, collector: collector, found: found, more: 0, failure: failure)
    }
}

extension Finding.Evidence {
    /// `entry:line, by the word of …`; nil where nothing says it. It is as captured: whoever shows it escapes it.
    public var words: String? {
        entry.map { $0 + (line.map { ":\($0)" } ?? "") + (source.map { ", by the word of \($0)" } ?? "") }
    }
}
