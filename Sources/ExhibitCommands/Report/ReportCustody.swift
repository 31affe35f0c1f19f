internal import HTML
internal import Inspection
internal import SQLite
internal import StructuredText
internal import Terminal

/// What the capture itself did and cost.
struct ReportCustody {
    let content: ReportContent
    /// The run's own record, as JSON; nil where it is not in the bundle.
    let cost: [UInt8]?
    let tables: ReportTables

    var section: ReportPage.Section {
        let actions = content.actions.rows.reduce(0) { $0 + Int($1[1].integer ?? 0) }
        return ReportPage.Section(
            anchor: Anchor("custody"), title: "The capture itself",
            summary: "\(Quantity.count(actions, "action", "actions")) on record", tone: nil, content: html)
    }

    private var html: HTML {
        [
            HTML(.h3, "What it did"),
            tables.html(content.actions, "Actions of the capture", otherwise: "The custody record is empty."),
            tables.html(content.custody, "The first of them in order", otherwise: ""), HTML(.h3, "What it cost"), costs,
            HTML(.h3, "What it brought"),
            tables.html(content.collectors, "What each collector brought", otherwise: "The ledger is empty."),
        ]
    }

    private var costs: HTML {
        guard let cost, let value = try? JSONValue(parsing: cost) else {
            return HTML(.p, [.class("none")], "The bundle does not say.")
        }
        // Milliseconds of a duration must not overflow.
        func number(_ value: JSONValue?) -> Int? { value?.int.flatMap { (0...1 << 50).contains($0) ? $0 : nil } }
        let cluster = value["cluster"]
        let facts: [(String, String?)] = [
            ("Took", number(value["wallMilliseconds"]).map { Quantity.duration(.milliseconds($0)) }),
            ("Processor time", processor(value)),
            ("Most memory", number(value["peakResidentBytes"]).map { Quantity.bytes($0) }),
            ("Captured", number(value["capturedBytes"]).map { Quantity.bytes($0) }),
            ("Requests to the API server", number(cluster?["requests"]).map { Quantity.count($0) }),
            ("Sent again, slowed down", pair(cluster?["retries"], cluster?["throttled"])),
            ("Commands in containers", number(cluster?["execs"]).map { Quantity.count($0) }),
            ("Received", number(cluster?["receivedBytes"]).map { Quantity.bytes($0) }),
        ]
        return HTML(
            .dl, [.class("facts")],
            HTML(
                facts.compactMap { name, value in
                    value.map { HTML(.div, [HTML(.dt, HTML(name)), HTML(.dd, HTML($0))]) }
                }))
    }

    private func processor(_ value: JSONValue) -> String? {
        guard let user = value["userMilliseconds"]?.int, let system = value["systemMilliseconds"]?.int else {
            return nil
        }
        return Quantity.duration(.milliseconds(min(max(user, 0), 1 << 50) + min(max(system, 0), 1 << 50)))
    }

    private func pair(_ first: JSONValue?, _ second: JSONValue?) -> String? {
        guard let first = first?.int, let second = second?.int else { return nil }
        return "\(Quantity.count(first)), \(Quantity.count(second))"
    }
}
