/// One whole item of a step's option: an argument, a header's value, a URL. Nothing is ever put into the middle of a text, so
/// there is nothing to escape.
public enum OptionItem: Sendable, Hashable, ExpressibleByStringLiteral {
    /// What the definition says, or a parameter's value once there is one.
    case text(String)
    /// `{parameter: NAME}`: a value that the operator gives. None is left in a definition that runs, see
    /// ``CollectorDefinition/resolving(_:)``.
    case parameter(String)
    /// `{environment: NAME}`: what an environment variable of the operator's has when the step runs. For secrets: the value is
    /// never part of a definition, nor of anything that is recorded.
    case environment(String)

    public init(stringLiteral value: String) {
        self = .text(value)
    }

    /// As a definition writes it.
    public var shown: String {
        switch self {
        case .text(let text): text
        case .parameter(let name): "{parameter: \(name)}"
        case .environment(let name): "{environment: \(name)}"
        }
    }
}

/// An item that has a name, as the header of a request.
public struct NamedItem: Sendable, Hashable {
    public var name: String
    public var value: OptionItem

    public init(_ name: String, _ value: OptionItem) {
        self.name = name
        self.value = value
    }
}

/// A value of a step's option, as its kind wants it.
public enum OptionValue: Sendable, Hashable {
    case flag(Bool)
    case numbers([Int])
    case item(OptionItem)
    case items([OptionItem])
    /// In the order of the file.
    case named([NamedItem])

    /// All items in it.
    var items: [OptionItem] {
        switch self {
        case .flag, .numbers: []
        case .item(let item): [item]
        case .items(let items): items
        case .named(let named): named.map(\.value)
        }
    }

    /// With each item as `change` has it.
    func mapItems(_ change: (OptionItem) throws(SelectionError) -> OptionItem) throws(SelectionError) -> OptionValue {
        switch self {
        case .flag, .numbers: return self
        case .item(let item): return .item(try change(item))
        case .items(let items): return .items(try items.map { item throws(SelectionError) in try change(item) })
        case .named(let named):
            return .named(
                try named.map { item throws(SelectionError) in NamedItem(item.name, try change(item.value)) })
        }
    }
}
