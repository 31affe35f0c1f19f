internal import Inspection
internal import StructuredText

extension KindColumns {
    static let batch: [String: [PrintedColumn]] = [
        "jobs.batch": [
            .name,
            .text("Status", jobStatus),
            .text("Completions", completions),
            .text("Duration") { object in
                guard let start = object.at("status", "startTime") else { return "" }
                guard let end = object.at("status", "completionTime") else { return object.age(start) }
                return PrintedObject.duration(from: start, to: end) ?? "<unknown>"
            },
            .age,
        ] + templates() + [selector],
        "cronjobs.batch": [
            .name,
            .text("Schedule", at: "spec", "schedule"),
            .text("Timezone", at: "spec", "timeZone", or: "<none>"),
            PrintedColumn("Suspend", type: "boolean") { object in
                guard let value = object.at("spec", "suspend")?.bool else { return "<unset>" }
                return value ? "True" : "False"
            },
            .count("Active", type: "integer", at: "status", "active"),
            .text("Last Schedule") { object in
                object.at("status", "lastScheduleTime").map { object.age($0) } ?? "<none>"
            },
            .age,
        ] + templates(under: ["spec", "jobTemplate", "spec"]) + [
            .text("Selector", isWide: true) { LabelText.selector($0.at("spec", "jobTemplate", "spec", "selector")) }
        ],
    ]

    @Sendable private static func jobStatus(_ object: PrintedObject) -> String {
        if object.holds("Complete") { return "Complete" }
        if object.holds("Failed") { return "Failed" }
        if object.isBeingDeleted { return "Terminating" }
        if object.holds("Suspended") { return "Suspended" }
        return object.holds("FailureTarget") ? "FailureTarget" : "Running"
    }

    @Sendable private static func completions(_ object: PrintedObject) -> String {
        let done = object.int("status", "succeeded")
        if let wanted = object.at("spec", "completions")?.int { return "\(done)/\(wanted)" }
        let parallelism = object.int("spec", "parallelism")
        return parallelism > 1 ? "\(done)/1 of \(parallelism)" : "\(done)/1"
    }
}
