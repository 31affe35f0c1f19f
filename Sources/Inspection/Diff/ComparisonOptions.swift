/// What is compared, and how.
public struct ComparisonOptions: Sendable {
    public var sections = Set(DifferenceSection.allCases)
    /// Only what is of this namespace.
    public var namespace: String?
    /// Fields that differ between any two captures are differences, too.
    public var includesNoise = false
    /// For the statements of one section.
    public var sectionTime = Duration.seconds(120)
    /// What is kept of a ledger, in lists, attempts and places: beyond it nothing is claimed to be new or gone.
    package var mostOfLedger = 500_000
    /// Whether values of Secrets were hashed with the key of one case.
    var hasSameCaseKey = false

    public init() {}
}
