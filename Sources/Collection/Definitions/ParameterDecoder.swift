internal import Yams

/// Decodes `parameters` of a collector, and the items of options that may be one.
struct ParameterDecoder {
    let reader: DefinitionReader

    // MARK: parameters

    /// In the order of the file.
    func parameters(_ node: Node?) throws(DefinitionError) -> [CollectorParameter] {
        guard let node else { return [] }
        let members = try reader.mapping(node, "parameters", allowed: nil)
        guard members.count <= CollectorParameter.maxCount else {
            throw reader.error(node, "there are more than \(CollectorParameter.maxCount) parameters")
        }
        var parameters: [CollectorParameter] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard CollectorDefinition.isName(name) else {
                throw reader.error(
                    value,
                    "the name of a parameter must be 1 to 63 of a–z, 0–9 and -, not beginning with -; "
                        + "\(NameSuggestion.shown(name)) is none")
            }
            guard !CollectorParameter.meansSecret(name) else {
                throw reader.error(
                    value,
                    "parameter \(name) looks like a secret, and values of parameters are recorded in every bundle: "
                        + "take it from an environment variable, by env or {environment: NAME}")
            }
            parameters.append(try parameter(name, value))
        }
        return parameters
    }

    private func parameter(_ name: String, _ node: Node) throws(DefinitionError) -> CollectorParameter {
        let what = "parameter \(name)"
        let members = try reader.mapping(node, what, allowed: ["type", "title", "default", "range", "of"])
        var parameter = CollectorParameter(
            name, try kind(members, node, what), title: try reader.string(members, "title", node))
        parameter.line = node.mark?.line
        guard let given = members["default"] else { return parameter }
        guard let value = given.scalar?.string else { throw reader.error(given, "default of \(what) must be text") }
        if let objection = parameter.objection(to: value) {
            throw reader.error(given, "default of \(what) \(objection)")
        }
        parameter.defaultValue = value
        return parameter
    }

    private static let types = ["text", "integer", "choice", "url"]

    private func kind(
        _ members: [String: Node], _ node: Node, _ what: String
    ) throws(DefinitionError) -> CollectorParameter.Kind {
        let type = try reader.string(members, "type", node)
        for (key, owner) in [("range", "integer"), ("of", "choice")] {
            if let odd = members[key], type != owner {
                throw reader.error(odd, "\(key) is for parameters of type \(owner); \(what) is of type \(type)")
            }
        }
        switch type {
        case "text": return .text
        case "url": return .url
        case "integer": return .integer(try range(members["range"], what))
        case "choice": return .choice(try choices(try reader.require(members, "of", node), what))
        default:
            throw reader.error(
                members["type"],
                "there is no type \(NameSuggestion.shown(type)) of parameters; "
                    + NameSuggestion.advice(for: type, among: Self.types))
        }
    }

    private func range(_ node: Node?, _ what: String) throws(DefinitionError) -> ClosedRange<Int> {
        guard let node else { return 0...Int.max }
        let bounds = try reader.numbers(node, "range", 0...Int.max)
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw reader.error(node, "range of \(what) must be its least and its greatest number, as [1, 100]")
        }
        return bounds[0]...bounds[1]
    }

    private func choices(_ node: Node, _ what: String) throws(DefinitionError) -> [String] {
        let values = try reader.strings(node, "of")
        let text = CollectorParameter("", .text, title: "")
        guard !values.isEmpty, Set(values).count == values.count else {
            throw reader.error(node, "of, for \(what), must be a list of values, each once")
        }
        for value in values {
            if let objection = text.objection(to: value) {
                throw reader.error(node, "of, for \(what): \(NameSuggestion.shown(value)) \(objection)")
            }
        }
        return values
    }

    // MARK: Items

    /// A command and its arguments.
    ///
    /// 100 KiB together: Linux takes 128 KiB for one argument, and a custody line must hold them all.
    func argv(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> [OptionItem] {
        let name = option.name
        guard node.sequence != nil else {
            throw reader.error(node, "\(name) must be a list, each argument an item of its own: [redis-cli, INFO]")
        }
        let argv = try items(node, option, parameters)
        guard case .text(let program)? = argv.first, !program.isEmpty else {
            throw reader.error(node, "\(name) names no program; that is a text, and no parameter")
        }
        if let objection = ScriptRule.objection(to: argv) { throw reader.error(node, "\(name): \(objection)") }
        let bytes = argv.reduce(0) {
            if case .text(let text) = $1 { $0 + text.utf8.count } else { $0 + CollectorParameter.maxBytes }
        }
        guard bytes <= 100 << 10 else {
            throw reader.error(
                node, "\(name) is longer than 100 KiB; a parameter counts as \(CollectorParameter.maxBytes >> 10) KiB")
        }
        return argv
    }

    /// A text, or `{parameter: NAME}`; where `secrets` are meant, `{environment: NAME}`, too.
    ///
    /// - Parameter parameters: those that are declared.
    func item(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter], secrets: Bool = false
    ) throws(DefinitionError) -> OptionItem {
        if let text = node.scalar?.string {
            if let objection = option.kind.objection(to: text) {
                throw reader.error(node, "\(option.name) \(objection)")
            }
            return .text(text)
        }
        let forms = secrets ? "text, {parameter: NAME} or {environment: NAME}" : "text, or {parameter: NAME}"
        // `{print $1}` without quotes is a mapping whose one key has no value.
        guard node.mapping?.count == 1, node.mapping?.values.first?.scalar?.string != "" else {
            throw reader.error(
                node, "\(option.name): an item must be \(forms); what has { [ or : in it wants \"quotes\"")
        }
        let members = try reader.mapping(
            node, "an item of \(option.name)", allowed: secrets ? ["parameter", "environment"] : ["parameter"])
        if members["environment"] != nil {
            let name = try reader.string(members, "environment", node)
            guard Self.isVariable(name) else {
                throw reader.error(node, "\(NameSuggestion.shown(name)) cannot be the name of an environment variable")
            }
            return .environment(name)
        }
        let name = try reader.string(members, "parameter", node)
        guard parameters.contains(where: { $0.name == name }) else {
            let advice =
                parameters.isEmpty
                ? "declare it below parameters" : NameSuggestion.advice(for: name, among: parameters.map(\.name))
            throw reader.error(node, "there is no parameter \(NameSuggestion.shown(name)); \(advice)")
        }
        return .parameter(name)
    }

    func items(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> [OptionItem] {
        try reader.list(node, option.name, of: "text, as [a, b]").map { node throws(DefinitionError) in
            try item(node, option, parameters)
        }
    }

    /// As ``items(_:_:_:)``, but as many as there may be paths.
    func few(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> [OptionItem] {
        let items = try items(node, option, parameters)
        guard (1...FilePathText.maxPaths).contains(items.count) else {
            throw reader.error(node, "\(option.name) must be a list of 1 to \(FilePathText.maxPaths) items")
        }
        return items
    }

    /// A mapping from names to items, in the order of the file. What must be a secret by its name is an environment variable.
    func named(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter], secrets: Bool
    ) throws(DefinitionError) -> [NamedItem] {
        let members = try reader.mapping(node, option.name, allowed: nil)
        var items: [NamedItem] = []
        for key in node.mapping?.keys.compactMap(\.scalar?.string) ?? [] {
            guard let value = members[key] else { continue }
            guard !key.isEmpty else { throw reader.error(value, "a name in \(option.name) is empty") }
            let item = try item(value, option, parameters, secrets: secrets)
            if case .environment = item {
            } else if secrets ? HeaderName.meansSecret(key) : CollectorParameter.meansSecret(key) {
                throw reader.error(
                    value,
                    "\(NameSuggestion.shown(key)) in \(option.name) looks like a secret, and definitions and values of "
                        + "parameters are in every bundle: "
                        + (secrets
                            ? "take it from an environment variable, as {environment: NAME}"
                            : "send it as a header, where the step kind has headers, as {environment: NAME}"))
            }
            items.append(NamedItem(key, item))
        }
        return items
    }

    /// A name as POSIX has it (Base Definitions, 8.1).
    private static func isVariable(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && !name.utf8.prefix(1).allSatisfy({ $0 &- 0x30 < 10 })
            && name.utf8.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x5F }
    }
}
