internal import Bundle
internal import BundleFormat
internal import SQLite

/// What one side of a comparison is.
public struct ComparedCapture: Sendable {
    public let kind: CaptureKind
    /// What the capture says of itself: `case`, `operator`, `started`, `targets`, `cluster_uid` and others; not all have all. Where it
    /// does not say `cluster_uid`, its own object of Namespace kube-system does.
    public let facts: [String: String]
    /// Of a bundle that is sealed, and whose end can be read.
    public let sealID: String?
    /// Things in it that could not be read, or not wholly.
    public let problems: Int

    public init(_ database: EvidenceDatabase) async throws {
        kind = database.capture.kind
        var facts: [String: String] = [:]
        for row in try await database.rows("SELECT name, value FROM bundle LIMIT 1000") {
            if let name = row[0].text { facts[name] = row[1].text }
        }
        if facts["cluster_uid"] == nil {
            facts["cluster_uid"] =
                try await database.rows(
                    "SELECT uid FROM objects WHERE kind = 'Namespace' AND name = 'kube-system' AND uid <> '' LIMIT 1"
                ).first?.first?.text
        }
        self.facts = facts
        problems = Int(clamping: try await database.rows("SELECT count(*) FROM problems").first?.first?.integer ?? 0)
        sealID = database.closing?.sealID?.description
    }
}

extension ComparedCapture {
    /// What is to be known before the differences of two captures are read.
    public static func warnings(_ old: ComparedCapture, _ new: ComparedCapture) -> [String] {
        var warnings: [String] = []
        if let one = old.facts["bundle"], one == new.facts["bundle"] {
            warnings.append("A and B are one capture: the same bundle, or copies of it")
        }
        if old.kind != new.kind {
            warnings.append("they were made by different tools: \(old.kind.words), and \(new.kind.words)")
        }
        if let one = old.facts["cluster_uid"], let other = new.facts["cluster_uid"], one != other {
            warnings.append("they are of different clusters: the uid of kube-system is \(one) in A, and \(other) in B")
        } else if let one = old.facts["cluster_server"], let other = new.facts["cluster_server"], one != other,
            old.facts["cluster_uid"] == nil || new.facts["cluster_uid"] == nil
        {
            warnings.append("they may be of different clusters: A is of \(one), and B of \(other)")
        }
        if let one = old.facts["targets"], let other = new.facts["targets"], one != other {
            warnings.append("they are of different targets: A is of \(one), and B of \(other)")
        }
        if let one = old.facts["started"], let other = new.facts["started"], one > other {
            warnings.append(
                "A is later than B: what is said to be new was there before, and what is said to be gone came later")
        }
        for (name, side) in [("A", old), ("B", new)] {
            if side.kind != .exhibit {
                warnings.append(
                    "\(name) is \(side.kind.words): it does not say what was left out; what is not in it is called gone where it has others of its kind"
                )
            }
            if side.problems > 0 {
                warnings.append(
                    "\(side.problems == 1 ? "1 thing" : "\(side.problems) things") in \(name) could not be read, or not wholly: what is missing there may be in these"
                )
            }
        }
        if !hasSameCaseKey(old, new), [old, new].contains(where: { $0.facts["secrets"] == "hashed" }) {
            warnings.append(
                "values of Secrets are not compared: they are hashed by the key of a case, and these are not of one case"
            )
        }
        return warnings
    }

    /// Whether equal values of Secrets have equal hashes: the key is the case's.
    static func hasSameCaseKey(_ old: ComparedCapture, _ new: ComparedCapture) -> Bool {
        guard let one = old.facts["case"], let other = new.facts["case"] else { return false }
        return one == other
    }
}
