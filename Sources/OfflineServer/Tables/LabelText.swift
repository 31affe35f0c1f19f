internal import Inspection

/// Labels and selectors of them in one line.
enum LabelText {
    /// As `labels.FormatLabels` of k8s.io/apimachinery.
    static func labels(_ labels: ObjectNode?) -> String {
        (labels?.members ?? []).map { "\($0.key)=\($0.value.text ?? "")" }.sortedByBytes()
            .joined(separator: ",").or("<none>")
    }

    /// As `metav1.FormatLabelSelector` of k8s.io/apimachinery.
    static func selector(_ selector: ObjectNode?) -> String {
        requirements(of: selector)?.or("<none>") ?? "<error>"
    }

    /// As `Selector.String`; nil when it cannot be one.
    static func requirements(of selector: ObjectNode?) -> String? {
        var found: [(key: String, text: String)] = []
        for (key, value) in selector?["matchLabels"]?.members ?? [] {
            found.append((key, "\(key)=\(value.text ?? "")"))
        }
        for expression in selector?["matchExpressions"]?.elements ?? [] {
            guard let key = expression["key"]?.text else { return nil }
            let values = (expression["values"]?.elements ?? []).compactMap(\.text).sortedByBytes()
                .joined(separator: ",")
            switch expression["operator"]?.text {
            case "In": found.append((key, "\(key) in (\(values))"))
            case "NotIn": found.append((key, "\(key) notin (\(values))"))
            case "Exists": found.append((key, key))
            case "DoesNotExist": found.append((key, "!\(key)"))
            default: return nil
            }
        }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.text)
            .joined(separator: ",")
    }
}
