/// Why a run cannot have the collectors that were asked for.
public struct SelectionError: Error, Sendable, CustomStringConvertible {
    /// Which kinds of failure there are; more may come.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// No catalog has a collector or profile of this name.
        public static let notThere = Code(name: "notThere")
        /// It was to be left out, and nothing works without it.
        public static let needed = Code(name: "needed")
        /// A parameter of a collector has no value.
        public static let missingValue = Code(name: "missingValue")
        /// A parameter cannot have the value that was given, or there is no such parameter, or it does not run.
        public static let badValue = Code(name: "badValue")
    }

    public let code: Code
    public let description: String

    init(what: String, name: String, known: [String]) {
        code = .notThere
        description =
            "there is no \(what) \(NameSuggestion.shown(name)); \(NameSuggestion.advice(for: name, among: known))"
    }

    /// A pattern that fits only what must be named.
    init(pattern: String, unnamed collectors: [String]) {
        code = .notThere
        description =
            "--with \(NameSuggestion.shown(pattern)) does not name \(collectors.joined(separator: ", ")): what runs programs or dials "
            + "from here, or captures what is not the target or whatever lies at a path, runs only by its whole name: "
            + collectors.map { "--with \($0)" }.joined(separator: " ")
    }

    init(needed name: String) {
        code = .needed
        description =
            "\(name) cannot be left out: it finds the targets, from which everything else is planned; "
            + "to capture nothing in containers choose what runs by --profile and --with"
    }

    init(missing parameter: CollectorParameter, of collector: String) {
        code = .missingValue
        description =
            "collector \(collector) needs \(parameter.name) (\(parameter.title)): "
            + "--set \(collector).\(parameter.name)=VALUE"
    }

    init(parameter name: String, of collector: String, known: [String]) {
        code = .badValue
        let advice = known.isEmpty ? "it has none" : NameSuggestion.advice(for: name, among: known)
        description = "collector \(collector) has no parameter \(NameSuggestion.shown(name)); \(advice)"
    }

    init(tooManyValues bytes: Int, limit: Int) {
        code = .badValue
        description = "the values of all parameters together have \(bytes) bytes, more than \(limit)"
    }

    init(value reason: String, of collector: String) {
        code = .badValue
        description = "collector \(collector): \(reason)"
    }
}
