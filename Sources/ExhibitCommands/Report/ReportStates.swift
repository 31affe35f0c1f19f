internal import HTML
internal import Inspection
internal import SQLite
internal import Terminal

/// How pods, workloads and nodes were.
struct ReportStates {
    let content: ReportContent
    let tables: ReportTables

    var sections: [ReportPage.Section] {
        [pods, workloads, nodes]
    }

    private var pods: ReportPage.Section {
        let table = content.pods
        var html = tables.html(
            table, "Pods that are not well, or were not",
            otherwise: content.podCount == 0
                ? "No pod was captured." : "All \(Quantity.count(content.podCount)) pods are well.")
        let bars = content.restarts.rows.compactMap { row -> BarChart.Row? in
            guard row.count == 3, let label = row[0].text, let value = row[1].integer else { return nil }
            return BarChart.Row(label, Int(clamping: value), note: row[2].text ?? "", .warning)
        }
        if !bars.isEmpty {
            let chart = BarChart(
                title: "Restarts of containers",
                says: "The \(bars.count) containers that were restarted most often, with their last end.", rows: bars)
            html += HTML(.h3, "Restarts")
            html += HTML(.figure, ReportTables.scrolling("Restarts", chart.html(Anchor("restarts"))))
            html += tables.left(content.restarts.left, content.restarts.all)
        }
        return ReportPage.Section(
            anchor: Anchor("pods"), title: "Pods",
            summary: "\(Quantity.count(table.total)) of \(Quantity.count(content.podCount)) not well, or restarted",
            tone: table.total > 0 ? .warning : content.podCount > 0 ? .good : nil, content: html)
    }

    /// Bad ones come first: where all that are shown are, there may be more.
    private func amount(_ bad: Int, of table: ReportTable) -> String {
        let isLeast = bad == table.rows.count && table.left > 0
        return "\(isLeast ? "at least " : "")\(Quantity.count(bad)) of \(Quantity.count(table.total))"
    }

    private var workloads: ReportPage.Section {
        let bad = content.workloads.rows.count { $0[1].text == "not ready" }
        return ReportPage.Section(
            anchor: Anchor("workloads"), title: "Workloads",
            summary: amount(bad, of: content.workloads) + " not ready",
            tone: bad > 0 ? .warning : content.workloads.total > 0 ? .good : nil,
            content: tables.html(
                content.workloads, "Workloads, those that are not ready first", otherwise: "None was captured."))
    }

    private var nodes: ReportPage.Section {
        let bad = content.nodes.rows.count { $0[1].text == "NotReady" || $0[2].text?.isEmpty == false }
        return ReportPage.Section(
            anchor: Anchor("nodes"), title: "Nodes",
            summary: amount(bad, of: content.nodes) + " with a problem",
            tone: bad > 0 ? .warning : content.nodes.total > 0 ? .good : nil,
            content: tables.html(
                content.nodes, "Nodes, with what their kubelets say is used", otherwise: "No node was captured."))
    }
}
