internal import Inspection
internal import StructuredText

/// The columns of custom resources, as their definitions have them.
///
/// Source: k8s.io/apiextensions-apiserver, pkg/registry/customresource/tableconvertor/tableconvertor.go.
enum CustomColumns {
    private static let mostColumns = 64

    /// Of a version of a CustomResourceDefinition, of v1 or v1beta1; nil when it has no such version.
    static func columns(of version: String, in definition: JSONValue) -> [PrintedColumn]? {
        let spec = definition["spec"]
        let versions = spec?["versions"]?.array ?? []
        let own = versions.first { $0["name"]?.string == version }
        guard own != nil || (versions.isEmpty && spec?["version"]?.string == version) else { return nil }
        // v1beta1 may have them for all versions.
        let given =
            own?["additionalPrinterColumns"]?.array ?? spec?["additionalPrinterColumns"]?.array ?? []
        guard !given.isEmpty else {
            return [.name, column("Age", "date", "", 0, JSONPath(".metadata.creationTimestamp"))]
        }
        return [.name]
            + given.prefix(mostColumns - 1).map { given in
                column(
                    SafeText.line(given["name"]?.string ?? ""), given["type"]?.string ?? "string",
                    given["format"]?.string ?? "",
                    given["priority"]?.int ?? 0,
                    (given["jsonPath"] ?? given["JSONPath"])?.string.flatMap(JSONPath.init))
            }
    }

    private static func column(
        _ name: String, _ type: String, _ format: String, _ priority: Int, _ path: JSONPath?
    ) -> PrintedColumn {
        PrintedColumn(name, type: type, format: format, priority: priority) { object in
            guard let value = path?.first(in: object.root.json) else { return .null }
            return cell(value, type, object)
        }
    }

    /// What is not of the column's type is not shown.
    private static func cell(_ value: JSONValue, _ type: String, _ object: PrintedObject) -> JSONValue {
        switch type {
        case "string": return value.columnText.map { .string($0) } ?? .null
        case "integer":
            if let integer = value.int { return JSONValue(integer) }
            guard let number = value.double, let integer = Int64(exactly: number.rounded(.towardZero)) else {
                return .null
            }
            return JSONValue(integer)
        case "number": return value.double == nil ? .null : value
        case "boolean": return value.bool.map { .bool($0) } ?? .null
        case "date":
            guard let text = value.string else { return .null }
            return .string(text.isEmpty ? "<unknown>" : object.age(ofText: text) ?? "<invalid>")
        default: return .null
        }
    }
}
