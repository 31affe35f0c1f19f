public import StructuredText

/// A `metav1.LabelSelector`: matchLabels and matchExpressions, all of which must hold.
public struct LabelSelector: Sendable, Hashable {
    enum Requirement: Sendable, Hashable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case doesNotExist(String)
    }

    let requirements: [Requirement]
    /// False when an operator is not known: then it matches nothing, and `matches` says so by being false.
    let isUnderstood: Bool

    /// Nil when there is no selector. An empty selector matches everything.
    public init?(_ value: JSONValue?) {
        guard let selector = value, selector.object != nil else { return nil }
        var requirements: [Requirement] = ObjectMetadata.strings(selector["matchLabels"]).map {
            .isIn($0.key, [$0.value])
        }
        var understood = true
        for expression in selector["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = Set((expression["values"]?.array ?? []).compactMap(\.string))
            switch expression["operator"]?.string {
            case "In": requirements.append(.isIn(key, values))
            case "NotIn": requirements.append(.isNotIn(key, values))
            case "Exists": requirements.append(.exists(key))
            case "DoesNotExist": requirements.append(.doesNotExist(key))
            default: understood = false
            }
        }
        self.requirements = requirements
        isUnderstood = understood
    }

    /// The plain map that Services and ReplicationControllers have. Nil when it is absent or empty: such a Service selects nothing.
    public init?(plain value: JSONValue?) {
        let labels = ObjectMetadata.strings(value)
        guard !labels.isEmpty else { return nil }
        requirements = labels.map { .isIn($0.key, [$0.value]) }
        isUnderstood = true
    }

    public func matches(_ labels: [String: String]) -> Bool {
        isUnderstood
            && requirements.allSatisfy { requirement in
                switch requirement {
                case .isIn(let key, let values): labels[key].map(values.contains) ?? false
                case .isNotIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
                case .exists(let key): labels[key] != nil
                case .doesNotExist(let key): labels[key] == nil
                }
            }
    }
}
