internal import HTML
internal import Inspection
internal import Terminal

/// What logs say most often when they say that something is wrong.
struct ReportMessages {
    let errors: LogErrors
    /// How many logs there are.
    let logs: Int
    let bundle: String

    var section: ReportPage.Section {
        ReportPage.Section(
            anchor: Anchor("messages"), title: "Error messages",
            summary: logs == 0 ? "no log was captured" : "\(Quantity.count(errors.lines, "line", "lines")) of logs",
            tone: errors.lines > 0 ? .warning : logs > 0 ? .good : nil, content: html)
    }

    private var html: HTML {
        var html = HTML.none
        if errors.messages.isEmpty {
            html += HTML(
                .p, [.class("none")],
                logs == 0
                    ? "No log was captured."
                    : "No line of \(Quantity.count(logs, "log", "logs")) says that it is an error. A program that does not say its levels may still complain."
            )
        } else {
            let rows: [[HTML]] = errors.messages.map { message in
                [
                    HTML(Quantity.count(message.count)), ReportTables.badge(message.level),
                    HTML(.code, HTML(message.text)),
                    [HTML(.code, HTML(message.example)), others(message)],
                ]
            }
            html += ReportTables.table(
                "Messages of level error or fatal, the most frequent first",
                [("Lines", .number), ("Level", .state), ("Message", .text), ("Container", .code)], rows)
        }
        if errors.left > 0 {
            html += HTML(
                .p, [.class("left")],
                [
                    "\(Quantity.count(errors.left, "line has another message", "lines have other messages")): ",
                    ReportTables(bundle: bundle).command(
                        "SELECT * FROM log_lines WHERE level IN ('error', 'fatal')"),
                ])
        }
        if let failure = errors.failure {
            html += HTML(.p, [.class("box warn")], "Not all logs could be read: \(failure)")
        }
        return html
    }

    private func others(_ message: LogErrors.Message) -> HTML {
        guard message.containers > 1 else { return .none }
        let more = message.containers >= LogErrors.mostContainers ? " or more" : ""
        return HTML(" and \(message.containers - 1)\(more) others")
    }
}
