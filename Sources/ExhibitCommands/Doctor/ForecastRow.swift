internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import StructuredText

/// What is said of the attempts by one step.
struct ForecastRow {
    let collector: String
    let step: String
    let volatility: Int
    /// By what would become of them, and why, in the order in which they came.
    private(set) var groups: [ForecastGroup] = []
    private var places: [String: Int] = [:]
    /// Bytes after which one of those that may bring something is cut off; the largest.
    private(set) var limit: UInt64 = 0
    /// What else it leads to; nil where that is in the list.
    private(set) var leadsTo: String?

    /// A row for each step of each collector, in the order of the items.
    static func rows(_ items: [CapturePreview.Item]) -> [ForecastRow] {
        var rows: [ForecastRow] = []
        var places: [String: Int] = [:]
        for item in items {
            let key = "\(item.volatility) \(item.collector) \(item.step)"
            let place = places[key] ?? rows.count
            if place == rows.count {
                places[key] = place
                rows.append(ForecastRow(item))
            }
            rows[place].add(item)
        }
        return rows
    }

    private init(_ item: CapturePreview.Item) {
        (collector, step, volatility) = (item.collector, item.step, item.volatility)
    }

    private mutating func add(_ item: CapturePreview.Item) {
        let group = ForecastGroup(item.verdict)
        let key = "\(group.words)\0\(group.reason)"
        let place = places[key] ?? groups.count
        if place == groups.count {
            places[key] = place
            groups.append(group)
        }
        groups[place].targets.append(item.target)
        if group.mayBring { limit = max(limit, item.limits.bytes) }
        leadsTo = leadsTo ?? item.leadsTo
    }

    var attempts: Int { groups.reduce(0) { $0 + $1.targets.count } }
    var possible: Int { groups.first(where: \.isPossible)?.targets.count ?? 0 }
    var others: [ForecastGroup] { groups.filter { !$0.isPossible } }

    /// How many of the others, by their words, the most frequent first.
    var otherwise: [(words: String, count: Int)] {
        others.reduce(into: [:]) { $0[$1.words, default: 0] += $1.targets.count }
            .map { (words: $0.key, count: $0.value) }.sorted { ($1.count, $0.words) < ($0.count, $1.words) }
    }

    var json: JSONValue {
        [
            "collector": .string(collector), "step": .string(step), "volatility": JSONValue(volatility),
            "attempts": JSONValue(attempts), "possible": JSONValue(possible), "limitBytes": JSONValue(limit),
            "otherwise": .object(
                JSONObject(otherwise.sorted { $0.words < $1.words }.map { ($0.words, JSONValue($0.count)) })),
            "verdicts": .array(groups.map(\.json)), "leadsTo": leadsTo.map { .string($0) } ?? .null,
        ]
    }
}
