internal import Inspection
internal import StructuredText

/// Which objects of a list of usage are wanted: by labels, and by name and namespace, which are the only fields that metrics-server knows.
struct MetricsSelection {
    private struct Field {
        let key: String
        let value: String
        let isEqual: Bool
    }

    private let labels: LabelSelector?
    private let fields: [Field]

    /// - Throws: 400 for selectors that cannot be read, and for other fields.
    init(_ request: APIRequest) throws(APIFailure) {
        do {
            labels = try request.parameter("labelSelector").map { text throws(LabelSelector.Malformed) in
                try LabelSelector(parsing: text)
            }
        } catch {
            throw .badRequest("unable to parse requirement: \(SafeText.line(error.description))")
        }
        var fields: [Field] = []
        for part in (request.parameter("fieldSelector") ?? "").split(separator: ",") {
            fields.append(try Self.field(part))
        }
        self.fields = fields
    }

    private static func field(_ part: Substring) throws(APIFailure) -> Field {
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = part.firstRange(of: sign) else { continue }
            let key = String(part[..<range.lowerBound])
            guard key == "metadata.name" || key == "metadata.namespace" else {
                throw .badRequest("field label not supported: \(SafeText.line(key))")
            }
            return Field(key: key, value: String(part[range.upperBound...]), isEqual: isEqual)
        }
        let text = SafeText.line(String(part))
        throw .badRequest("invalid selector: '\(text)'; can't understand '\(text)'")
    }

    func matches(namespace: String?, name: String, labels: JSONValue?) -> Bool {
        let isField = fields.allSatisfy { field in
            ((field.key == "metadata.name" ? name : namespace ?? "") == field.value) == field.isEqual
        }
        guard isField, let selector = self.labels else { return isField }
        return selector.matches(Self.texts(labels))
    }

    private static func texts(_ labels: JSONValue?) -> [String: String] {
        Dictionary((labels?.object ?? JSONObject()).map { ($0.key, $0.value.string ?? "") }) { _, last in last }
    }
}
