public import StructuredText

/// Which labels an object must have: `app=web,tier in (a, b),!canary`, and `matchLabels` with `matchExpressions` of an object.
///
/// Source: k8s.io/apimachinery, pkg/labels/selector.go. `gt` and `lt`, which only node affinity knows, are not.
public struct LabelSelector: Hashable, Sendable {
    /// Why a text is no selector.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// One condition; all must hold.
    struct Requirement: Hashable, Sendable {
        enum Condition: Hashable, Sendable {
            case isIn(Set<String>)
            /// Also holds where the label is not there.
            case isNotIn(Set<String>)
            case exists
            case doesNotExist
        }

        let key: String
        let condition: Condition
    }

    let requirements: [Requirement]

    /// Reads what `kubectl -l` takes. An empty text selects everything.
    public init(parsing text: String) throws(Malformed) {
        var scanner = Scanner(text)
        var found: [Requirement] = []
        scanner.skipBlanks()
        while !scanner.isAtEnd {
            found.append(try scanner.requirement())
            scanner.skipBlanks()
            guard !scanner.isAtEnd else { break }
            guard scanner.take(",") else { throw scanner.malformed("a comma is missing") }
            scanner.skipBlanks()
            guard !scanner.isAtEnd else { throw scanner.malformed("it ends with a comma") }
        }
        requirements = found
    }

    /// Of an object: `matchLabels` and `matchExpressions`, or the bare map of a Service. Nil for what is neither, and for an empty
    /// selector: which objects that means depends on who has it.
    public init?(object: JSONObject) {
        var found: [Requirement] = []
        func add(equal labels: JSONObject) -> Bool {
            for (key, value) in labels {
                guard let value = value.string else { return false }
                found.append(Requirement(key: key, condition: .isIn([value])))
            }
            return true
        }
        if object["matchLabels"] == nil, object["matchExpressions"] == nil {
            guard add(equal: object) else { return nil }
        } else {
            if let labels = object["matchLabels"]?.object, !add(equal: labels) { return nil }
            for expression in object["matchExpressions"]?.array ?? [] {
                guard let key = expression["key"]?.string else { return nil }
                let values = Set((expression["values"]?.array ?? []).compactMap(\.string))
                switch expression["operator"]?.string {
                case "In": found.append(Requirement(key: key, condition: .isIn(values)))
                case "NotIn": found.append(Requirement(key: key, condition: .isNotIn(values)))
                case "Exists": found.append(Requirement(key: key, condition: .exists))
                case "DoesNotExist": found.append(Requirement(key: key, condition: .doesNotExist))
                default: return nil
                }
            }
        }
        guard !found.isEmpty else { return nil }
        requirements = found
    }

    /// Whether an object with these labels is selected.
    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            let value = labels[requirement.key]
            return switch requirement.condition {
            case .isIn(let values): value.map(values.contains) ?? false
            case .isNotIn(let values): !(value.map(values.contains) ?? false)
            case .exists: value != nil
            case .doesNotExist: value == nil
            }
        }
    }

    private struct Scanner {
        private let text: String
        private var rest: Substring

        init(_ text: String) {
            self.text = text
            rest = text[...]
        }

        var isAtEnd: Bool { rest.isEmpty }

        func malformed(_ reason: String) -> Malformed {
            Malformed(description: "the selector \(text) cannot be understood: \(reason)")
        }

        mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

        mutating func take(_ word: String) -> Bool {
            guard rest.hasPrefix(word) else { return false }
            rest = rest.dropFirst(word.count)
            return true
        }

        mutating func requirement() throws(Malformed) -> Requirement {
            if take("!") {
                skipBlanks()
                return Requirement(key: try key(), condition: .doesNotExist)
            }
            let key = try key()
            skipBlanks()
            if isAtEnd || rest.first == "," { return Requirement(key: key, condition: .exists) }
            if take("!=") { return Requirement(key: key, condition: .isNotIn([value()])) }
            if take("==") || take("=") { return Requirement(key: key, condition: .isIn([value()])) }
            let word = token()
            switch word {
            case "in": return Requirement(key: key, condition: .isIn(try values()))
            case "notin": return Requirement(key: key, condition: .isNotIn(try values()))
            default: throw malformed("behind \(key) may come =, ==, !=, in (…) or notin (…)")
            }
        }

        private mutating func key() throws(Malformed) -> String {
            let key = token()
            guard !key.isEmpty else { throw malformed("the name of a label is missing") }
            return key
        }

        private mutating func token() -> String {
            let token = rest.prefix { $0.isLetter || $0.isNumber || "-_./".contains($0) }
            rest = rest.dropFirst(token.count)
            return String(token)
        }

        private mutating func value() -> String {
            skipBlanks()
            return token()
        }

        private mutating func values() throws(Malformed) -> Set<String> {
            skipBlanks()
            guard take("(") else { throw malformed("behind in and notin come values in parentheses") }
            var values: Set<String> = []
            while true {
                values.insert(value())
                skipBlanks()
                if take(")") { return values }
                guard take(",") else { throw malformed("a parenthesis is not closed") }
            }
        }
    }
}
