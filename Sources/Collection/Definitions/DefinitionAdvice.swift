/// What a definition may say, and yet is hardly what its author meant.
package struct DefinitionAdvice: Sendable, Hashable {
    /// Line in the file, from 1; nil when the file as a whole is meant.
    package let line: Int?
    /// What is odd, why that matters, and what to write instead.
    package let message: String

    /// - Parameter volatileRank: up to it, attempts go before all others.
    package static func advice(on definition: CollectorDefinition, volatileRank: Int) -> [DefinitionAdvice] {
        selection(definition) + sources(definition) + unused(definition)
            + definition.steps.flatMap { step in
                (rank(definition.volatility, step, volatileRank) + CommandAdvice.advice(on: step.commandLine)).map {
                    DefinitionAdvice(line: step.line, message: "\(step.name): \($0)")
                }
            }
    }

    /// - Parameter collectors: all that a run with this profile can have; the last of a name counts.
    package static func advice(
        on profile: ProfileDefinition, among collectors: [CollectorDefinition]
    ) -> [DefinitionAdvice] {
        let names = collectors.map(\.name)
        return patterns(profile, names) + values(profile, collectors)
    }

    private static func patterns(_ profile: ProfileDefinition, _ names: [String]) -> [DefinitionAdvice] {
        profile.collectors.compactMap { pattern in
            let plain = pattern.hasPrefix("!") ? String(pattern.dropFirst()) : pattern
            guard !names.contains(where: { Glob.matches(plain, $0) }) else { return nil }
            return DefinitionAdvice(
                line: profile.lines["collectors"],
                message: "there is no collector \(NameSuggestion.shown(plain)), neither here nor built in; "
                    + NameSuggestion.advice(for: plain, among: names))
        }
    }

    // MARK: Parameters

    private static func unused(_ definition: CollectorDefinition) -> [DefinitionAdvice] {
        let items = definition.steps.flatMap { $0.options.values.flatMap(\.items) }
        return definition.parameters.filter { !items.contains(.parameter($0.name)) }.map {
            DefinitionAdvice(line: $0.line, message: "no step uses the parameter \($0.name)")
        }
    }

    private static func values(
        _ profile: ProfileDefinition, _ collectors: [CollectorDefinition]
    ) -> [DefinitionAdvice] {
        func advice(_ message: String) -> DefinitionAdvice {
            DefinitionAdvice(line: profile.lines["set"], message: message)
        }
        return profile.values.sorted { $0.key < $1.key }.flatMap { name, values -> [DefinitionAdvice] in
            guard let collector = collectors.last(where: { $0.name == name }) else {
                let names = collectors.map(\.name)
                return [
                    advice(
                        "set: there is no collector \(NameSuggestion.shown(name)), neither here nor built in; "
                            + NameSuggestion.advice(for: name, among: names))
                ]
            }
            return values.sorted { $0.key < $1.key }.compactMap { key, value in
                guard let parameter = collector.parameters.first(where: { $0.name == key }) else {
                    let known = collector.parameters.map(\.name)
                    let words = known.isEmpty ? "it has none" : NameSuggestion.advice(for: key, among: known)
                    return advice("set: \(name) has no parameter \(NameSuggestion.shown(key)); \(words)")
                }
                return parameter.objection(to: value).map { advice("set: \(name).\(key) \($0)") }
            }
        }
    }

    // MARK: Which containers

    private static func selection(_ definition: CollectorDefinition) -> [DefinitionAdvice] {
        guard [.container, .pod].contains(definition.scope) else { return [] }
        guard let select = definition.select else {
            return definition.steps.first { CommandAdvice.isParticular($0.commandLine) }.map { step in
                [
                    DefinitionAdvice(
                        line: definition.lines["scope"],
                        message:
                            "without select \(step.commandLine[0]) is run in every \(definition.scope.rawValue) of the target"
                    )
                ]
            } ?? []
        }
        return select.images.compactMap { pattern in
            Self.image(pattern, among: select.images).map {
                DefinitionAdvice(line: definition.lines["select"], message: $0)
            }
        }
    }

    private static func image(_ pattern: String, among all: [String]) -> String? {
        let last = pattern.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if last.contains(":") || pattern.contains("@") {
            return "image \(pattern) never matches: images are compared without tag and digest"
        }
        let isBare = !pattern.contains("/") && !pattern.hasPrefix("*")
        if isBare, !all.contains("*/\(pattern)") {
            return "image \(pattern) does not match REGISTRY/…/\(pattern): add \"*/\(pattern)\""
        }
        return nil
    }

    // MARK: What its output means

    private static func sources(_ definition: CollectorDefinition) -> [DefinitionAdvice] {
        guard definition.references.isEmpty, definition.steps.contains(where: { !$0.commandLine.isEmpty }) else {
            return []
        }
        return [
            DefinitionAdvice(
                line: definition.lines["metadata"],
                message: "metadata.references is empty: where can the reader of a bundle look up what the output means?"
            )
        ]
    }

    // MARK: Order

    /// What is over in a second, and what stays for minutes at least.
    private static let fleeting: Set<String> = ["sockets", "processes"]
    private static let lasting: Set<String> = ["list", "logs", "changes", "journal", "kernel", "mounts", "files"]

    private static func rank(_ rank: Int, _ step: StepDefinition, _ volatile: Int) -> [String] {
        if fleeting.contains(step.kind.name), rank > volatile {
            return ["volatility \(rank) is late for what changes by the second; up to \(volatile) goes before the rest"]
        }
        if lasting.contains(step.kind.name), rank <= volatile {
            return [
                "volatility up to \(volatile) is for what changes by the second, and this is not: \(volatile + 1) or more"
            ]
        }
        return []
    }
}

extension StepDefinition {
    /// The command that the definition itself names; empty for kinds that have none.
    var commandLine: [String] {
        kind.options.first { $0.kind == .argv }.map { texts($0.name) } ?? []
    }
}
