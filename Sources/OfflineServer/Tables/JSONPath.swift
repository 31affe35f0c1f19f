internal import StructuredText

/// Where a printer column finds its value: `.status.conditions[?(@.type=="Ready")].status`.
///
/// Source: k8s.io/client-go, util/jsonpath: fields, keys in quotes, indices, `[*]`, and filters that compare with a text or a number or
/// ask whether something is there. Slices, unions and `..` are not.
struct JSONPath: Hashable, Sendable {
    enum Comparison: String, Hashable {
        case equal = "=="
        case different = "!="
        case exists = ""
    }

    enum Step: Hashable {
        case member(String)
        /// From the end, where negative.
        case index(Int)
        case all
        indirect case filter(JSONPath, Comparison, String)
    }

    private(set) var steps: [Step] = []

    /// Longer ones, in bytes, and filters within so many others are not known: whoever made the capture wrote them.
    private static let mostBytes = 4 << 10
    private static let deepest = 8
    /// Of a path through lists in lists: what is looked at.
    private static let mostValues = 4_096

    /// Nil for what this does not know.
    init?(_ text: String) {
        guard text.utf8.count <= Self.mostBytes else { return nil }
        var scanner = Scanner(rest: text[...])
        if scanner.rest.first == "$" || scanner.rest.first == "@" { scanner.rest.removeFirst() }
        guard let steps = scanner.steps(), scanner.rest.isEmpty else { return nil }
        self.steps = steps
    }

    private init(steps: [Step]) {
        self.steps = steps
    }

    /// The first that is there, as a column takes it; nil also where too much would have to be looked at.
    func first(in value: JSONValue) -> JSONValue? {
        var left = Self.mostValues
        return values(in: value, &left).first
    }

    private func values(in value: JSONValue, _ left: inout Int) -> [JSONValue] {
        var found = [value]
        for step in steps {
            var next: [JSONValue] = []
            for value in found {
                let taken = Self.take(step, value, &left)
                left -= taken.count + 1
                guard left > 0 else { return [] }
                next += taken
            }
            found = next
        }
        return found
    }

    private static func take(_ step: Step, _ value: JSONValue, _ left: inout Int) -> [JSONValue] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
            guard let array = value.array else { return [] }
            return value[index < 0 ? array.count + index : index].map { [$0] } ?? []
        case .all:
            guard (value.array?.count ?? value.object?.count ?? 0) <= left else {
                left = 0
                return []
            }
            return value.array ?? value.object?.map(\.value) ?? []
        case .filter(let path, let comparison, let wanted):
            var taken: [JSONValue] = []
            for element in value.array ?? [] {
                left -= 1
                guard left > 0 else { return [] }
                let found = path.values(in: element, &left).first
                let isTaken =
                    switch comparison {
                    case .exists: found != nil
                    case .equal: found.map { $0.columnText == wanted } ?? false
                    case .different: found.map { $0.columnText != wanted } ?? false
                    }
                if isTaken { taken.append(element) }
            }
            return taken
        }
    }

    private struct Scanner {
        var rest: Substring
        private var depth = 0

        init(rest: Substring) { self.rest = rest }

        mutating func take(_ text: String) -> Bool {
            guard rest.hasPrefix(text) else { return false }
            rest.removeFirst(text.count)
            return true
        }

        mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

        /// As far as it is a path.
        mutating func steps() -> [Step]? {
            var steps: [Step] = []
            while let first = rest.first {
                if first == "." {
                    rest.removeFirst()
                    guard let next = rest.first else { return steps.isEmpty ? [] : nil }
                    if next == "[" { continue }
                    guard let name = name() else { return nil }
                    steps.append(name == "*" ? .all : .member(name))
                } else if first == "[" {
                    rest.removeFirst()
                    guard let step = bracket() else { return nil }
                    steps.append(step)
                } else {
                    break
                }
            }
            return steps
        }

        /// Up to the next dot or bracket, where no backslash stands before it.
        private mutating func name() -> String? {
            var name = ""
            while let next = rest.first, !".[ ]=!<>)".contains(next) {
                rest.removeFirst()
                if next == "\\" {
                    guard let escaped = rest.popFirst() else { return nil }
                    name.append(escaped)
                } else {
                    name.append(next)
                }
            }
            return name.isEmpty ? nil : name
        }

        private mutating func bracket() -> Step? {
            skipBlanks()
            let step: Step
            if take("*") {
                step = .all
            } else if take("?(") {
                guard let filter = filter() else { return nil }
                step = filter
            } else if let text = quoted() {
                step = .member(text)
            } else {
                let digits = rest.prefix { $0.isNumber || $0 == "-" }
                guard let index = Int(digits) else { return nil }
                rest.removeFirst(digits.count)
                step = .index(index)
            }
            skipBlanks()
            return take("]") ? step : nil
        }

        private mutating func filter() -> Step? {
            guard depth < JSONPath.deepest else { return nil }
            depth += 1
            defer { depth -= 1 }
            skipBlanks()
            guard take("@"), let path = steps() else { return nil }
            skipBlanks()
            if take(")") { return .filter(JSONPath(steps: path), .exists, "") }
            guard let comparison = take("==") ? Comparison.equal : take("!=") ? .different : nil else { return nil }
            skipBlanks()
            var wanted = quoted()
            if wanted == nil {
                let word = rest.prefix { $0 != ")" && $0 != " " }
                rest.removeFirst(word.count)
                wanted = word.isEmpty ? nil : String(word)
            }
            skipBlanks()
            guard let wanted, take(")") else { return nil }
            return .filter(JSONPath(steps: path), comparison, wanted)
        }

        private mutating func quoted() -> String? {
            guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
            var copy = rest.dropFirst()
            var text = ""
            while let next = copy.popFirst() {
                if next == quote {
                    rest = copy
                    return text
                }
                if next == "\\", let escaped = copy.popFirst() { text.append(escaped) } else { text.append(next) }
            }
            return nil
        }
    }
}

extension JSONValue {
    /// As a column of type `string` shows it: lists and objects as JSON, whose members are sorted as Go does; nil for null.
    var columnText: String? {
        switch self {
        case .null: nil
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .array, .object: String(decoding: sorted.serialized(), as: UTF8.self)
        }
    }

    private var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                JSONObject(
                    members.map { ($0.key, $0.value.sorted) }
                        .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
        default: self
        }
    }
}
