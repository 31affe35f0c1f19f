internal import Inspection
internal import StructuredText

extension KindColumns {
    static let configuration: [String: [PrintedColumn]] = [
        "secrets": [.name, .text("Type", at: "type"), .count("Data", at: "data"), .age],
        "configmaps": [
            .name,
            PrintedColumn("Data") { object in
                JSONValue((object.at("data")?.members.count ?? 0) + (object.at("binaryData")?.members.count ?? 0))
            },
            .age,
        ],
        "serviceaccounts": [.name, .count("Secrets", at: "secrets"), .age],
        "resourcequotas": [
            .name, .text("Request") { quota($0, isLimit: false) }, .text("Limit") { quota($0, isLimit: true) }, .age,
        ],
        "componentstatuses": [
            .name,
            .text("Status") { object in
                health(object).map { $0["status"]?.text == "True" ? "Healthy" : "Unhealthy" } ?? "Unknown"
            },
            .text("Message") { health($0)?["message"]?.text ?? "" },
            .text("Error") { health($0)?["error"]?.text ?? "" },
        ],
    ]

    private static func quota(_ object: PrintedObject, isLimit: Bool) -> String {
        let used = Dictionary(
            (object.at("status", "used")?.members ?? []).map { ($0.key, $0.value.text) }
        ) { _, last in last }
        let hard = Dictionary(
            (object.at("status", "hard")?.members ?? []).map { ($0.key, $0.value.text) }
        ) { _, last in last }
        return hard.keys.filter { $0.hasPrefix("limits.") == isLimit }.sortedByBytes().map { name in
            "\(name): \((used[name] ?? nil) ?? "0")/\((hard[name] ?? nil) ?? "0")"
        }.joined(separator: ", ")
    }

    private static func health(_ object: PrintedObject) -> ObjectNode? {
        object.list("conditions").first { $0["type"]?.text == "Healthy" }
    }
}
