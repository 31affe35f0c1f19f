public import BundleFormat
internal import Cryptography

/// Findings that somebody looked at, and why they are none: records beside a bundle, or in it (docs/format.md, section 10).
public struct Dismissals: Sendable {
    public struct Dismissal: Hashable, Sendable {
        /// Why it is none, in the words of whoever dismissed it.
        public let text: String
        /// Who, as a claim.
        public let by: String
        /// When, as a claim: nanoseconds since 1970.
        public let time: Int64
        /// The record's number.
        public let record: UInt64
    }

    private var byName: [FindingName: Dismissal] = [:]

    /// - Parameter records: in their order; the last about a finding counts.
    public init(_ records: [AttestationRecord]) {
        for record in records {
            guard case .dismissal(let finding, let text, _) = record.body else { continue }
            byName[FindingName(rawValue: finding)] = Dismissal(
                text: text, by: record.by, time: record.time, record: record.number)
        }
    }

    public var isEmpty: Bool { byName.isEmpty }

    /// Of the finding itself, or else of all of its rule.
    public subscript(_ finding: Finding) -> Dismissal? {
        byName[finding.name] ?? byName[FindingName(rawValue: finding.id)]
    }
}

extension Dismissals {
    /// Those that stand, and those that somebody dismissed, each in their order.
    public func split(_ all: Findings) -> (standing: Findings, dismissed: [DismissedFinding]) {
        var standing = all
        var dismissed: [DismissedFinding] = []
        standing.findings.removeAll { finding in
            guard let dismissal = self[finding] else { return false }
            dismissed.append(DismissedFinding(finding: finding, dismissal: dismissal))
            return true
        }
        standing.rules = all.rules.map { byName[FindingName(rawValue: $0.id)] == nil ? $0 : $0.withoutMore }
        return (standing, dismissed)
    }
}

/// A finding, and who dismissed it.
public struct DismissedFinding: Hashable, Sendable {
    public let finding: Finding
    public let dismissal: Dismissals.Dismissal
}

/// How a finding is named in a record: its rule, as `container-out-of-memory`, or its rule and what it is about, as
/// `container-out-of-memory@prod/api-0/main`; where several have that, `#` and eight digits behind it.
public struct FindingName: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Whether it names something in a capture, not only a rule.
    public var hasObject: Bool { rawValue.contains("@") }
}

extension [Finding] {
    /// Gives each a name of its own: where several would have the same, what each says tells them apart.
    mutating func nameEach() {
        var count: [FindingName: Int] = [:]
        for finding in self { count[finding.name, default: 0] += 1 }
        for index in indices where count[self[index].name] ?? 0 > 1 {
            let words = "\(self[index].object.kind ?? "") \(self[index].says)"
            let digest = SHA256.digest(of: [UInt8](words.utf8)).hex.prefix(8)
            self[index].name = FindingName(rawValue: "\(self[index].name.rawValue)#\(digest)")
        }
    }
}

extension FindingName {
    /// Of a finding by itself.
    init(_ rule: String, _ object: Finding.Object) {
        let parts = [object.namespace, object.name ?? object.node, object.container].compactMap { $0 }
        self.init(rawValue: parts.isEmpty ? rule : "\(rule)@\(parts.joined(separator: "/"))")
    }
}
