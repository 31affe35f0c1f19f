/// A parameter of a collector, and the value that the operator gives it.
public struct ParameterSetting: Sendable, Hashable {
    public var collector: String
    public var parameter: String
    public var value: String

    public init(collector: String, parameter: String, value: String) {
        self.collector = collector
        self.parameter = parameter
        self.value = value
    }

    /// `COLLECTOR.NAME=VALUE`; the value is all that follows the first `=`. Nil for anything else.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "="), let dot = text[..<equals].firstIndex(of: ".") else { return nil }
        collector = String(text[..<dot])
        parameter = String(text[text.index(after: dot)..<equals])
        value = String(text[text.index(after: equals)...])
        guard CollectorDefinition.isName(collector), CollectorDefinition.isName(parameter) else { return nil }
    }
}

extension CollectorDefinition {
    /// The definition with a value in the place of each parameter: the one that is given, or else the default.
    ///
    /// Steps of what this returns have no parameters left, so step kinds know nothing of them.
    ///
    /// - Parameter values: by the names of parameters.
    /// - Throws: ``SelectionError/Code/badValue`` for a value that a parameter cannot have or a name that is none of them,
    ///   ``SelectionError/Code/missingValue`` where there is no value.
    public func resolving(_ values: [String: String]) throws(SelectionError) -> CollectorDefinition {
        for given in values.keys.sorted() where !parameters.contains(where: { $0.name == given }) {
            throw SelectionError(parameter: given, of: name, known: parameters.map(\.name))
        }
        var resolved = self
        resolved.values = [:]
        for parameter in parameters {
            guard let value = values[parameter.name] ?? parameter.defaultValue else {
                throw SelectionError(missing: parameter, of: name)
            }
            if let objection = parameter.objection(to: value) {
                throw SelectionError(value: "\(parameter.name) (\(parameter.title)) \(objection)", of: name)
            }
            resolved.values[parameter.name] = value
        }
        for index in steps.indices {
            for option in steps[index].kind.options {
                guard let value = steps[index].options[option.name] else { continue }
                resolved.steps[index].options[option.name] = try value.mapItems { item throws(SelectionError) in
                    try resolved.filled(item, option)
                }
            }
        }
        return resolved
    }

    private func filled(_ item: OptionItem, _ option: StepOption) throws(SelectionError) -> OptionItem {
        guard case .parameter(let parameter) = item else { return item }
        // The decoder sees to it that what is used is declared.
        guard let value = values[parameter] else {
            throw SelectionError(parameter: parameter, of: name, known: parameters.map(\.name))
        }
        if let objection = option.kind.objection(to: value) {
            throw SelectionError(value: "\(parameter) is used as \(option.name), which \(objection)", of: name)
        }
        return .text(value)
    }
}
