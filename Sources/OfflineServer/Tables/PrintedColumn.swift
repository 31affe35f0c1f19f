internal import Inspection
internal import StructuredText

/// A column of a ``Table`` that this program fills itself.
struct PrintedColumn: Sendable {
    let name: String
    /// Of OpenAPI: `string`, `integer`, `boolean`, `date`.
    let type: String
    /// `name` says that the column has the object's name.
    let format: String
    /// 0 is always shown, 1 with `-o wide`.
    let priority: Int
    let cell: @Sendable (PrintedObject) -> JSONValue

    init(
        _ name: String, type: String = "string", format: String = "", priority: Int = 0,
        cell: @escaping @Sendable (PrintedObject) -> JSONValue
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.cell = cell
    }

    /// As it stands in `columnDefinitions`.
    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format), "description": "",
            "priority": JSONValue(priority),
        ]
    }

    static let name = PrintedColumn("Name", format: "name") { .string($0.name) }
    /// Of what has no columns of its own. Source: k8s.io/apiserver, pkg/registry/rest/table.go.
    static let standard: [PrintedColumn] = [
        .name, PrintedColumn("Created At", type: "date") { .string($0.text("metadata", "creationTimestamp")) },
    ]
    static let age = PrintedColumn("Age") { .string($0.age($0.at("metadata", "creationTimestamp"))) }

    /// - Parameter isWide: only for `-o wide`.
    static func text(
        _ name: String, isWide: Bool = false, _ text: @escaping @Sendable (PrintedObject) -> String
    ) -> PrintedColumn {
        PrintedColumn(name, priority: isWide ? 1 : 0) { .string(text($0)) }
    }

    /// The text at a path.
    static func text(_ name: String, isWide: Bool = false, at path: String..., or other: String = "") -> PrintedColumn {
        PrintedColumn(name, priority: isWide ? 1 : 0) { .string(($0.at(path)?.text ?? "").or(other)) }
    }

    /// The integer at a path; where there is none, what the API takes for it.
    static func integer(
        _ name: String, type: String = "integer", at path: String..., or other: Int = 0
    ) -> PrintedColumn {
        PrintedColumn(name, type: type) { object in
            guard let node = object.at(path) else { return JSONValue(other) }
            return node.int.map { JSONValue($0) } ?? "<unknown>"
        }
    }

    /// How many elements, or members, are at paths.
    static func count(_ name: String, type: String = "string", at path: String...) -> PrintedColumn {
        PrintedColumn(name, type: type) { object in
            let node = object.at(path)
            return JSONValue((node?.elements.count ?? 0) + (node?.members.count ?? 0))
        }
    }

    static func boolean(_ name: String, type: String = "boolean", at path: String..., or other: Bool = false)
        -> PrintedColumn
    {
        PrintedColumn(name, type: type) { .bool($0.at(path)?.bool ?? other) }
    }
}
