internal import BundleFormat
internal import Collection
internal import Rows
internal import StructuredText

/// Collectors and step kinds as JSON.
enum CollectorJSON {
    static func summary(_ collector: CollectorDefinition) -> JSONValue {
        var object = heading(collector)
        object["steps"] = texts(collector.steps.map(\.name))
        return .object(object)
    }

    /// Everything that a definition says, with what it left to defaults.
    static func whole(_ collector: CollectorDefinition) -> JSONValue {
        var object = heading(collector)
        object["references"] = texts(collector.references)
        object["limits"] = [
            "timeoutSeconds": collector.limits.timeout.map { JSONValue(seconds($0)) } ?? .null,
            "bytes": collector.limits.bytes.map { JSONValue($0) } ?? .null,
        ]
        object["select"] = collector.select.map(select) ?? .null
        object["parameters"] = .array(collector.parameters.map(parameter))
        object["steps"] = .array(collector.steps.map { step($0, of: collector) })
        object["tables"] = .array(collector.tables.map(table))
        object["findings"] = .array(
            collector.findings.map { rule in
                [
                    "id": .string(rule.id), "severity": .string(rule.severity.rawValue), "says": .string(rule.says),
                    "advice": .string(rule.advice), "sql": .string(rule.sql),
                ]
            })
        return .object(object)
    }

    private static func heading(_ collector: CollectorDefinition) -> JSONObject {
        [
            "name": .string(collector.name), "title": .string(collector.title),
            "scope": .string(collector.scope.rawValue), "volatility": JSONValue(collector.volatility),
        ]
    }

    private static func select(_ select: TargetSelector) -> JSONValue {
        [
            "image": texts(select.images), "ports": .array(select.ports.map { JSONValue($0) }),
            "labels": .object(
                JSONObject(select.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]
    }

    private static func step(_ step: StepDefinition, of collector: CollectorDefinition) -> JSONValue {
        [
            "kind": .string(step.kind.name),
            "options": .object(JSONObject(step.options.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) })),
            "output": step.output.map { .string($0) } ?? .null,
            "limits": [
                "timeoutSeconds": JSONValue(seconds(step.limits.timeout)), "bytes": JSONValue(step.limits.bytes),
            ],
            "source": .string(step.kind.source.rawValue), "runsInTarget": .bool(step.kind.runsInTarget),
            "asksTarget": .bool(step.kind.asksTarget),
            "writes": texts(
                step.kind.paths.map {
                    $0.replacing("<collector>", with: collector.name).replacing("<output>", with: step.output ?? "")
                }),
        ]
    }

    private static func table(_ table: TableDefinition) -> JSONValue {
        [
            "name": .string(table.name), "from": .string(table.from), "format": .string(table.format.name),
            "columns": .array(
                table.columns.map { ["name": .string($0.name), "type": .string($0.type.name)] }),
        ]
    }

    /// Rounded up: no limit is shown as none.
    private static func seconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) + (duration.components.attoseconds > 0 ? 1 : 0)
    }

    private static func value(_ value: OptionValue) -> JSONValue {
        switch value {
        case .flag(let flag): .bool(flag)
        case .item(let value): item(value)
        case .items(let values): .array(values.map(item))
        case .named(let values): .object(JSONObject(values.map { ($0.name, item($0.value)) }))
        case .numbers(let values): .array(values.map { JSONValue($0) })
        }
    }

    private static func item(_ item: OptionItem) -> JSONValue {
        switch item {
        case .text(let text): .string(text)
        case .parameter(let name): ["parameter": .string(name)]
        case .environment(let name): ["environment": .string(name)]
        }
    }

    private static func parameter(_ parameter: CollectorParameter) -> JSONValue {
        var object: JSONObject = [
            "name": .string(parameter.name), "type": .string(parameter.kind.name), "title": .string(parameter.title),
            "default": parameter.defaultValue.map { .string($0) } ?? .null,
        ]
        switch parameter.kind {
        case .integer(let range): object["range"] = [JSONValue(range.lowerBound), JSONValue(range.upperBound)]
        case .choice(let values): object["of"] = texts(values)
        case .text, .url: break
        }
        return .object(object)
    }

    // MARK: Step kinds

    static func kind(_ kind: StepKind) -> JSONValue {
        [
            "name": .string(kind.name), "scopes": texts(kind.scopes.map(\.rawValue)), "summary": .string(kind.summary),
            "source": .string(kind.source.rawValue), "runsInTarget": .bool(kind.runsInTarget),
            "asksTarget": .bool(kind.asksTarget),
            "namesOutput": .bool(kind.namesOutput), "writes": texts(kind.paths),
            "options": .array(
                kind.options.map { option in
                    [
                        "name": .string(option.name), "type": .string(option.typeWords),
                        "required": .bool(option.isRequired), "summary": .string(option.summary),
                    ]
                }),
        ]
    }

    private static func texts(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}

extension StepKind {
    /// Paths below `data/`, with places such as `<pod>`.
    var paths: [String] {
        switch output {
        case .fixed(let paths): paths
        case .named(let folder): ["\(folder)/<output>"] + companions.map { "\(folder)/<output>\($0)" }
        }
    }
}

extension StepOption {
    /// Its type in words.
    var typeWords: String {
        switch kind {
        case .flag: "true or false"
        case .texts: "list of text"
        case .fileNames: "list of names of files"
        case .argv: "list of text: a program and its arguments, which may be parameters"
        case .numbers(let range): "list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
        case .text: "text, or a parameter"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound), or a parameter"
        case .choice(let values): "\(values.joined(separator: ", ")), or a parameter"
        case .path: "path of a URL, or a parameter"
        case .url: "a URL, or a parameter"
        case .items: "list of text, or of parameters"
        case .addresses: "list of hosts with ports, or of parameters"
        case .choices(let values): "list of some of \(values.map { "`\($0)`" }.joined(separator: ", "))"
        case .filePaths: "list of 1 to \(FilePathText.maxPaths) absolute paths, or parameters"
        case .namePatterns: "list of 1 to \(FilePathText.maxPaths) patterns of file names, or parameters"
        case .size(let most): "a size up to \(most >> 20)MiB, or a parameter"
        case .named(secrets: false): "mapping of names to text, or to parameters"
        case .named(secrets: true): "mapping of names to text, parameters, or environment variables"
        }
    }
}
