/// Why a run cannot have the collectors that were asked for.
public struct SelectionError: Error, Sendable, CustomStringConvertible {
    /// Which kinds of failure there are; more may come.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// No catalog has a collector or profile of this name.
        public static let notThere = Code(name: "notThere")
        /// It was to be left out, and nothing works without it.
        public static let needed = Code(name: "needed")
    }

    public let code: Code
    public let description: String

    init(what: String, name: String, known: [String]) {
        code = .notThere
        description =
            "there is no \(what) \(NameSuggestion.shown(name)); \(NameSuggestion.advice(for: name, among: known))"
    }

    init(needed name: String) {
        code = .needed
        description =
            "\(name) cannot be left out: it finds the targets, from which everything else is planned; "
            + "to capture nothing in containers choose what runs by --profile and --with"
    }
}
