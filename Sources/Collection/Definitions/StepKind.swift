public import BundleFormat

/// A kind of step: what a definition may say of it, and what it does to whom. Definitions are checked against it, and the
/// reference of step kinds in docs/collector-reference.md is made from it.
public struct StepKind: Sendable, Hashable {
    /// As definitions write it: `list`, `logs`, `exec` …
    public var name: String
    /// Where it can be used. Two kinds may share a name if they share no scope.
    public var scopes: [CollectorScope]
    /// What it captures, in a sentence or two.
    public var summary: String
    /// Who says what it brings.
    public var source: EvidenceSource
    /// Whether it runs something in the target; else it only asks or reads.
    public var runsInTarget: Bool
    /// Whether the target sees that it was asked, though nothing is run in it.
    public var asksTarget = false
    /// Whether the target has a say in what is asked of it, what is captured is not the target, or it is whatever lies at a place: a
    /// collector with such a step runs only when it is named.
    public var mustBeNamed = false
    /// What stands beside `output`: names that begin with it and end so.
    public var companions: [String] = []
    public var options: [StepOption]
    /// Where its output goes.
    public var output: Output
    /// Whether what is captured in containers is planned from what it finds.
    public var findsPods = false

    public enum Output: Sendable, Hashable {
        /// The kind names its files: these, below `data/`, with places such as `<pod>`.
        case fixed([String])
        /// The definition names the file, by `output`; it goes into this folder below `data/`.
        case named(folder: String)
    }

    public init(
        _ name: String, scopes: [CollectorScope], summary: String, source: EvidenceSource, runsInTarget: Bool = false,
        options: [StepOption] = [], output: Output
    ) {
        self.name = name
        self.scopes = scopes
        self.summary = summary
        self.source = source
        self.runsInTarget = runsInTarget
        self.options = options
        self.output = output
    }

    /// Whether a step of this kind has `output`.
    public var namesOutput: Bool { if case .named = output { true } else { false } }
}

/// An option of a step kind.
public struct StepOption: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// `true` or `false`.
        case flag
        /// A list of text.
        case texts
        /// A list of names of files, as `output` may have them.
        case fileNames
        /// A command and its arguments, each a text of its own; an argument may be a parameter.
        case argv
        /// A list of whole numbers within a range.
        case numbers(ClosedRange<Int>)
        /// A text, or a parameter.
        case text
        /// A whole number within a range, or a parameter.
        case number(ClosedRange<Int>)
        /// One of these, or a parameter.
        case choice([String])
        /// The path of a URL as ``RequestText`` has it, or a parameter.
        case path
        /// A URL as ``URLText`` has it, or a parameter.
        case url
        /// A list of texts, of which each may be a parameter.
        case items
        /// A list of hosts with their ports (``AddressText``), of which each may be a parameter.
        case addresses
        /// A list of some of these.
        case choices([String])
        /// A list of 1 to 32 absolute paths of files or folders (``FilePathText``), of which each may be a parameter.
        case filePaths
        /// A list of 1 to 32 patterns of file names (``FilePathText``), of which each may be a parameter.
        case namePatterns
        /// A number of bytes (``UnitNotation``) up to one, as 16MiB, or a parameter.
        case size(UInt64)
        /// A mapping from names to texts, of which each may be a parameter; where `secrets` belong into it, an environment
        /// variable, too.
        case named(secrets: Bool)

        /// What stands for its value where a message shows how a step is written.
        var example: String {
            switch self {
            case .texts, .fileNames, .argv, .numbers, .items, .addresses, .choices, .filePaths, .namePatterns: "[...]"
            case .flag, .text, .number, .choice, .path, .url, .size: "..."
            case .named: "{...}"
            }
        }

        /// Why a text, be it of a definition or a parameter's value, cannot be an item of such an option, as the end of a
        /// sentence that begins with the option's name; nil when it can.
        func objection(to text: String) -> String? {
            switch self {
            case .number(let range):
                Int(text).map { String($0) == text && range.contains($0) } == true
                    ? nil : "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .choice(let values):
                values.contains(text) ? nil : "must be one of \(values.joined(separator: ", "))"
            case .url: URLText.objection(to: text)
            case .addresses: AddressText.objection(to: text)
            case .choices(let values):
                values.contains(text) ? nil : "must be a list of some of \(values.joined(separator: ", "))"
            case .path: RequestText.objection(toPath: text)
            case .filePaths: FilePathText.objection(toPath: text)
            case .namePatterns: FilePathText.objection(toPattern: text)
            case .size(let most):
                UnitNotation.bytes(text).map { $0 > 0 && $0 <= most } == true
                    ? nil : "must be a size such as 512KiB or 16MiB, of at most \(most >> 20)MiB"
            case .flag, .texts, .fileNames, .argv, .numbers, .text, .items, .named:
                text.utf8.contains(0) ? "must not have a NUL in it" : nil
            }
        }
    }

    public var name: String
    public var kind: Kind
    public var isRequired: Bool
    /// What it means, and what holds when it is not given.
    public var summary: String

    public init(_ name: String, _ kind: Kind, required: Bool = false, summary: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.summary = summary
    }
}

/// The step kinds that definitions can use.
public struct StepKinds: Sendable {
    /// In the order of their names, then of their scopes.
    public let all: [StepKind]

    public init(_ kinds: [StepKind]) {
        func place(_ kind: StepKind) -> (String, String) {
            (kind.name, kind.scopes.map(\.rawValue).joined(separator: " "))
        }
        all = kinds.sorted { place($0) < place($1) }
    }

    public func kind(_ name: String, of scope: CollectorScope) -> StepKind? {
        all.first { $0.name == name && $0.scopes.contains(scope) }
    }

    /// Names of the kinds that a collector of this scope can use, sorted.
    public func names(of scope: CollectorScope) -> [String] {
        all.filter { $0.scopes.contains(scope) }.map(\.name)
    }

    /// The scopes in which there is a kind of this name.
    func scopes(of name: String) -> [CollectorScope] {
        all.filter { $0.name == name }.flatMap(\.scopes)
    }
}
