internal import Inspection
internal import StructuredText

extension KindColumns {
    static let events: [String: [PrintedColumn]] = ["events": eventColumns, "events.events.k8s.io": eventColumns]

    /// Of both groups: each has names of its own for the same.
    private static let eventColumns: [PrintedColumn] = [
        .text("Last Seen") { object in
            if object.at("series") != nil { return object.age(object.at("series", "lastObservedTime")) }
            return either(object, "lastTimestamp", "deprecatedLastTimestamp").map { object.age($0) }
                ?? firstSeen(object)
        },
        .text("Type", at: "type"),
        .text("Reason", at: "reason"),
        .text("Object") { object in
            let target = either(object, "involvedObject", "regarding")
            let kind = (target?["kind"]?.text ?? "").lowercased()
            guard let name = target?["name"]?.text, !name.isEmpty else { return kind }
            return "\(kind)/\(name)"
        },
        .text("Subobject", isWide: true) { either($0, "involvedObject", "regarding")?["fieldPath"]?.text ?? "" },
        .text("Source", isWide: true) { object in
            let source = either(object, "source", "deprecatedSource")
            let component = (source?["component"]?.text ?? "")
                .or((either(object, "reportingComponent", "reportingController")?.text ?? ""))
            let instance = (source?["host"]?.text ?? "").or(object.text("reportingInstance"))
            return instance.isEmpty ? component : "\(component), \(instance)"
        },
        .text("Message") { object in
            let text = either(object, "message", "note")?.text ?? ""
            guard let first = text.unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
                let last = text.unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
            else { return "" }
            return String(text.unicodeScalars[first...last])
        },
        .text("First Seen", isWide: true, firstSeen),
        PrintedColumn("Count", priority: 1) { object in
            if let series = object.at("series") { return JSONValue(series["count"]?.int ?? 0) }
            let count = either(object, "count", "deprecatedCount")?.int ?? 0
            return JSONValue(count == 0 ? 1 : count)
        },
        PrintedColumn("Name", format: "name", priority: 1) { .string($0.name) },
    ]

    @Sendable private static func firstSeen(_ object: PrintedObject) -> String {
        object.age(either(object, "firstTimestamp", "deprecatedFirstTimestamp") ?? object.at("eventTime"))
    }

    private static func either(_ object: PrintedObject, _ core: String, _ newer: String) -> ObjectNode? {
        object.root[core] ?? object.root[newer]
    }
}
