internal import StructuredText

/// Takes what is found: hands differences on, counts them, and groups what could not be compared.
final class ComparisonTally {
    private struct Gap: Hashable {
        let section: DifferenceSection
        let missingIn: ComparedSide
        let what, namespace, reason: String
    }

    private static let mostGaps = 5_000

    let options: ComparisonOptions
    private(set) var summary = ComparisonSummary()
    private var gaps: [Gap: Int] = [:]
    private let take: (Difference) throws -> Void

    init(_ options: ComparisonOptions, _ take: @escaping (Difference) throws -> Void) {
        self.options = options
        self.take = take
    }

    func begin(_ section: DifferenceSection) {
        if summary.counts[section] == nil { summary.counts[section] = DifferenceCounts() }
    }

    func add(_ difference: Difference) throws {
        summary.counts[difference.section]?.add(difference.change)
        try take(difference)
    }

    func same(_ section: DifferenceSection) { summary.counts[section]?.same += 1 }

    func noise(_ section: DifferenceSection, _ count: Int = 1) { summary.counts[section]?.noise += count }

    func failed(_ section: DifferenceSection, _ reason: String) { summary.counts[section]?.failure = reason }

    func notCompared(
        _ section: DifferenceSection, missingIn: ComparedSide, _ what: String, namespace: String, _ reason: String
    ) {
        let gap = Gap(section: section, missingIn: missingIn, what: what, namespace: namespace, reason: reason)
        guard gaps[gap] != nil || gaps.count < Self.mostGaps else { return summary.notComparedLeft += 1 }
        gaps[gap, default: 0] += 1
    }

    func finish() -> ComparisonSummary {
        summary.notCompared = gaps.map { gap, count in
            NotCompared(
                section: gap.section, missingIn: gap.missingIn, what: gap.what, namespace: gap.namespace,
                reason: gap.reason, count: count)
        }.sorted { one, other in
            func key(_ gap: NotCompared) -> [String] {
                [gap.missingIn.rawValue, gap.namespace, gap.what, gap.reason]
            }
            let sections = DifferenceSection.allCases
            let (left, right) = (sections.firstIndex(of: one.section) ?? 0, sections.firstIndex(of: other.section) ?? 0)
            return left == right ? KeyedRows.order(key(one), key(other)) < 0 : left < right
        }
        return summary
    }
}
