internal import Rows
internal import Yams

/// Decodes a collector's YAML strictly: unknown keys, wrong types, bad quantities and options that a step kind does not have
/// are errors with their line, and with what was likely meant.
package struct CollectorDefinitionDecoder {
    private static let maxSteps = 100

    private let reader: DefinitionReader
    private let kinds: StepKinds
    private var items: ParameterDecoder { ParameterDecoder(reader: reader) }

    package init(file: String, kinds: StepKinds) {
        reader = DefinitionReader(file: file)
        self.kinds = kinds
    }

    package func decode(_ text: String) throws(DefinitionError) -> CollectorDefinition {
        let root = try reader.root(text)
        let top = try reader.mapping(
            root, "the file",
            allowed: [
                "apiVersion", "kind", "metadata", "scope", "select", "volatility", "limits", "parameters", "steps",
                "tables", "findings",
            ])
        try reader.header(top, root, kind: "Collector")
        let metadataNode = try reader.require(top, "metadata", root)
        let metadata = try reader.mapping(metadataNode, "metadata", allowed: ["name", "title", "references"])
        let scope = try scope(top, root)
        let parameters = try items.parameters(top["parameters"])
        var definition = CollectorDefinition(
            name: try reader.name(metadata, metadataNode), title: try reader.string(metadata, "title", metadataNode),
            references: try metadata["references"].map { node throws(DefinitionError) in
                try reader.strings(node, "references")
            } ?? [],
            scope: scope,
            select: try top["select"].map { node throws(DefinitionError) in try selector(node, scope) },
            volatility: try volatility(top, root), parameters: parameters,
            steps: try steps(top, root, scope, parameters),
            lines: top.compactMapValues { $0.mark?.line }, source: text)
        if let node = top["limits"] {
            let members = try reader.mapping(node, "limits", allowed: ["timeout", "bytes"])
            definition.limits = CollectorLimits(
                timeout: try reader.duration(members, "timeout"), bytes: try reader.bytes(members, "bytes"))
        }
        if let node = top["tables"] { definition.tables = try tables(node, definition.steps) }
        if let node = top["findings"] { definition.findings = try FindingDecoder(reader).rules(node) }
        return definition
    }

    private func tables(_ node: Node, _ steps: [StepDefinition]) throws(DefinitionError) -> [TableDefinition] {
        let tables = try TableDecoder(reader).tables(node)
        let outputs = TableOutputs(steps)
        for table in tables where !outputs.has(table) {
            throw DefinitionError(
                file: reader.file, line: table.line,
                message: "table \(table.name): no step of this collector brings \(NameSuggestion.shown(table.from)); "
                    + NameSuggestion.advice(for: table.from, among: outputs.names))
        }
        return tables
    }

    private func scope(_ top: [String: Node], _ root: Node) throws(DefinitionError) -> CollectorScope {
        let text = try reader.string(top, "scope", root)
        let usable = CollectorScope.allCases.filter { !kinds.names(of: $0).isEmpty }.map(\.rawValue)
        guard let scope = CollectorScope(rawValue: text), usable.contains(text) else {
            let advice = NameSuggestion.advice(for: text, among: usable)
            throw reader.error(top["scope"], "there is no scope \(NameSuggestion.shown(text)); \(advice)")
        }
        return scope
    }

    private func volatility(_ top: [String: Node], _ root: Node) throws(DefinitionError) -> Int {
        guard let rank = Int(try reader.string(top, "volatility", root)), (0...99).contains(rank) else {
            throw reader.error(top["volatility"], "volatility must be a whole number from 0 to 99")
        }
        return rank
    }

    private func selector(_ node: Node, _ scope: CollectorScope) throws(DefinitionError) -> TargetSelector {
        guard scope == .container || scope == .pod else {
            throw reader.error(
                node, "select is for collectors of containers and pods; this one's scope is \(scope.rawValue)")
        }
        let members = try reader.mapping(node, "select", allowed: ["image", "ports", "labels"])
        var selector = TargetSelector()
        if let images = members["image"] {
            selector.images = try reader.strings(images, "image")
            guard selector.images.allSatisfy({ !$0.isEmpty && $0 != "*" }) else {
                throw reader.error(images, "an image pattern must say something; without select a collector is for all")
            }
        }
        if let ports = members["ports"] { selector.ports = try reader.numbers(ports, "ports", 1...65_535) }
        if let labels = members["labels"] {
            for (key, value) in try reader.mapping(labels, "labels", allowed: nil) {
                guard let text = value.scalar?.string else { throw reader.error(value, "label \(key) must be text") }
                selector.labels[key] = text
            }
        }
        guard selector != TargetSelector() else {
            throw reader.error(node, "select must name an image, a port or a label")
        }
        return selector
    }

    // MARK: Steps

    private func steps(
        _ top: [String: Node], _ root: Node, _ scope: CollectorScope, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> [StepDefinition] {
        let node = try reader.require(top, "steps", root)
        guard let nodes = node.sequence, !nodes.isEmpty else {
            throw reader.error(node, "steps must be a list with at least one step")
        }
        guard nodes.count <= Self.maxSteps else { throw reader.error(node, "more than \(Self.maxSteps) steps") }
        var steps: [StepDefinition] = []
        // As a bundle and many file systems compare them.
        var names: Set<String> = []
        for node in nodes {
            let step = try step(node, scope, parameters)
            for name in step.fileNames where !names.insert(name.lowercased()).inserted {
                throw reader.error(
                    node, "\(name) is a file of this collector already: outputs and files each have a name of their own"
                )
            }
            steps.append(step)
        }
        return steps
    }

    private func step(
        _ node: Node, _ scope: CollectorScope, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> StepDefinition {
        var members = try reader.mapping(node, "a step", allowed: nil)
        let limits = try members.removeValue(forKey: "limits").map { node throws(DefinitionError) in
            try self.limits(node)
        }
        let outputNode = members.removeValue(forKey: "output")
        guard members.count == 1, let (name, optionsNode) = members.first else {
            let found =
                members.isEmpty ? "none" : members.keys.sorted().map(NameSuggestion.shown).joined(separator: ", ")
            throw reader.error(
                node,
                "a step has one step kind (\(kinds.names(of: scope).joined(separator: ", "))), output if that needs it, "
                    + "and limits; this one has \(found). Options stand below their kind, indented further")
        }
        let kind = try kind(name, node, scope)
        var step = StepDefinition(
            kind: kind, options: try options(optionsNode, kind, parameters),
            output: try output(outputNode, node, kind), limits: limits ?? .default)
        step.line = node.mark?.line
        return step
    }

    private func kind(_ name: String, _ node: Node, _ scope: CollectorScope) throws(DefinitionError) -> StepKind {
        if let kind = kinds.kind(name, of: scope) { return kind }
        let elsewhere = kinds.scopes(of: name)
        guard elsewhere.isEmpty else {
            throw reader.error(
                node,
                "step kind \(name) is for \(elsewhere.map(\.rawValue).joined(separator: ", ")), not for \(scope.rawValue)"
            )
        }
        let advice = NameSuggestion.advice(for: name, among: kinds.names(of: scope))
        throw reader.error(node, "there is no step kind \(NameSuggestion.shown(name)); \(advice)")
    }

    private func options(
        _ node: Node, _ kind: StepKind, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> [String: OptionValue] {
        let known = kind.options.map(\.name)
        guard node.mapping != nil else {
            let example = kind.options.first { $0.isRequired }.map { "{\($0.name): \($0.kind.example)}" } ?? "{}"
            throw reader.error(node, "the options of \(kind.name) must be a mapping, as \(kind.name): \(example)")
        }
        let members = try reader.mapping(node, "the options of \(kind.name)", allowed: known)
        var options: [String: OptionValue] = [:]
        for option in kind.options {
            guard let value = members[option.name] else {
                if option.isRequired { throw reader.error(node, "\(kind.name) needs \(option.name)") }
                continue
            }
            options[option.name] = try self.value(value, option, parameters)
        }
        return options
    }

    private func value(
        _ node: Node, _ option: StepOption, _ parameters: [CollectorParameter]
    ) throws(DefinitionError) -> OptionValue {
        switch option.kind {
        case .flag: .flag(try reader.flag(node, option.name))
        case .texts: .items(try reader.strings(node, option.name).map { .text($0) })
        case .numbers(let range): .numbers(try reader.numbers(node, option.name, range))
        case .fileNames: .items(try fileNames(node, option.name).map { .text($0) })
        case .argv: .items(try items.argv(node, option, parameters))
        case .text, .number, .choice, .url, .path, .size: .item(try items.item(node, option, parameters))
        case .items, .addresses, .choices: .items(try items.items(node, option, parameters))
        case .filePaths, .namePatterns: .items(try items.few(node, option, parameters))
        case .named(let secrets): .named(try items.named(node, option, parameters, secrets: secrets))
        }
    }

    private func output(_ output: Node?, _ step: Node, _ kind: StepKind) throws(DefinitionError) -> String? {
        guard kind.namesOutput else {
            if let output { throw reader.error(output, "\(kind.name) names its output itself") }
            return nil
        }
        guard let output else {
            throw reader.error(step, "\(kind.name) needs output: the name of the file for what it brings, as info.txt")
        }
        guard let name = output.scalar?.string, Self.isFileName(name) else {
            throw reader.error(output, "output must be \(Self.fileNameWords)")
        }
        return name
    }

    private func fileNames(_ node: Node, _ option: String) throws(DefinitionError) -> [String] {
        let names = try reader.strings(node, option)
        guard let bad = names.first(where: { !Self.isFileName($0) }) else { return names }
        throw reader.error(
            node, "each of \(option) must be \(Self.fileNameWords); \(NameSuggestion.shown(bad)) is none")
    }

    private static let fileNameWords =
        "a file name of 1 to 100 letters, digits, dots, - and _, not beginning with . or -, as info.txt"

    private static func isFileName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasPrefix("-")
            && name.utf8.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
            }
    }

    private func limits(_ node: Node) throws(DefinitionError) -> StepLimits {
        let members = try reader.mapping(node, "limits", allowed: ["timeout", "bytes"])
        var limits = StepLimits.default
        if let timeout = try reader.duration(members, "timeout") { limits.timeout = timeout }
        if let bytes = try reader.bytes(members, "bytes") { limits.bytes = bytes }
        return limits
    }
}
