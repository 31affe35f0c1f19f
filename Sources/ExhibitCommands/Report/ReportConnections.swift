internal import HTML
internal import Inspection
internal import Terminal

/// Who was connected with whom: a picture, and the same as a table.
struct ReportConnections {
    let graph: ConnectionGraph
    let bundle: String

    var section: ReportPage.Section {
        let isPublic = graph.nodes.contains { $0.isPublic }
        return ReportPage.Section(
            anchor: Anchor("connections"), title: "Connections",
            summary: graph.sockets == 0
                ? "no sockets were captured"
                : "\(Quantity.count(graph.foreign, "foreign address", "foreign addresses")), "
                    + "\(Quantity.count(open.count, "workload listens", "workloads listen")) without a service",
            tone: isPublic ? .warning : nil, content: html)
    }

    private var open: [ConnectionGraph.Node] { graph.nodes.filter { !$0.withoutService.isEmpty } }

    private var html: HTML {
        let tables = ReportTables(bundle: bundle)
        var html = HTML.none
        if let failure = graph.failure {
            html += HTML(.p, [.class("box warn")], "Not all sockets could be looked at: \(failure)")
        }
        if graph.isCut {
            html += HTML(
                .p, [.class("box warn")],
                "There are more sockets, pods or services than are looked at for this picture: connections are missing, and addresses of the cluster may be shown as foreign."
            )
        }
        guard !graph.nodes.isEmpty else {
            return html
                + HTML(
                    .p, [.class("none")],
                    graph.sockets == 0
                        ? "No sockets were captured: who was connected with whom is not known."
                        : "Of \(Quantity.count(graph.sockets)) connections none led to another pod, service, node or address."
                )
        }
        html += HTML(
            .figure,
            [
                ReportTables.scrolling("Connections", chart.html(Anchor("links"))),
                HTML(
                    .figcaption, [.class("hint")],
                    [
                        HTML(.span, [.class("key bad")], "red: addresses of the Internet"), " ",
                        HTML(
                            .span, [.class("key warn")],
                            "amber: private addresses outside the cluster; listens without a service"), " ",
                        HTML(.span, [.class("key")], "dashed: the pods of a service"),
                        HTML(notes),
                    ]),
            ])
        html += HTML(.h3, "The same as a table") + table
        if graph.nodesLeft > 0 || graph.linksLeft > 0 {
            html += HTML(
                .p, [.class("left")],
                [
                    "\(Quantity.count(graph.nodesLeft)) places and \(Quantity.count(graph.linksLeft)) connections less telling are not shown: ",
                    tables.command("SELECT * FROM sockets WHERE state = 'ESTAB'"),
                ])
        }
        return html
    }

    private var notes: String {
        var notes = [""]
        if !graph.knowsNetworks {
            notes.append(
                "The networks of pods are not known: an address of a pod that was not captured counts as foreign.")
        }
        if graph.own > 0 {
            notes.append(
                "\(Quantity.count(graph.own, "connection", "connections")) of a workload or node with itself are not shown."
            )
        }
        return notes.joined(separator: " ")
    }

    private var table: HTML {
        let links = graph.links.filter { $0.port != nil }
        let rows: [[HTML]] = links.map { link in
            [
                place(graph.nodes[link.from]), place(graph.nodes[link.to]), HTML("\(link.port ?? 0)"),
                HTML(Quantity.count(link.connections)),
                link.processes.isEmpty ? .none : HTML(.code, HTML(link.processes.joined(separator: ", "))),
            ]
        }
        var html =
            rows.isEmpty
            ? HTML.none
            : ReportTables.table(
                "Connections, those with foreign addresses first",
                [("From", .code), ("To", .code), ("Port", .number), ("Connections", .number), ("Processes", .code)],
                rows)
        if !open.isEmpty {
            let items = open.prefix(60).map { node in
                let ports = node.withoutService.prefix(20).map(String.init).joined(separator: ", ")
                let more = node.withoutService.count > 20 ? " and \(node.withoutService.count - 20) more" : ""
                return HTML(.li, [HTML(.code, HTML(node.name)), ": \(ports)\(more)"])
            }
            html += HTML(.h3, "Listens, and no service leads there") + HTML(.ul, HTML(Array(items)))
        }
        return html
    }

    private func place(_ node: ConnectionGraph.Node) -> HTML {
        let name = HTML(.code, HTML(node.name))
        guard node.kind == .foreign else { return name }
        return [
            name, " ",
            HTML(.span, [.class(node.isPublic ? "badge bad" : "badge warn")], node.isPublic ? "Internet" : "foreign"),
        ]
    }

    // MARK: Picture

    private var chart: LinkChart {
        let froms = Set(graph.links.filter { $0.port != nil }.map(\.from))
        let nodes = graph.nodes.enumerated().map { number, node in
            let isSource = froms.contains(number)
            let column =
                switch node.kind {
                case .foreign: isSource ? 0 : 4
                case .service: 2
                case .workload, .host, .uncaptured: isSource ? 1 : 3
                }
            return self.node(node, column: column)
        }
        let links = graph.links.map { link in
            let ends = [graph.nodes[link.from], graph.nodes[link.to]]
            let tone: Tone =
                link.port == nil
                ? .muted
                : ends.contains { $0.isPublic } ? .error : ends.contains { $0.kind == .foreign } ? .warning : .accent
            return LinkChart.Link(
                from: link.from, to: link.to,
                label: link.port.map { ":\($0)" + (link.connections > 1 ? " × \(link.connections)" : "") } ?? "",
                tone, isDashed: link.port == nil)
        }
        return LinkChart(
            title: "Who was connected with whom",
            says:
                "\(graph.nodes.count) places and \(graph.links.count) connections between them. The table below has them in words.",
            columns: ["From outside", "Connect", "Services", "Are connected to", "To outside"], nodes: nodes,
            links: links)
    }

    private func node(_ node: ConnectionGraph.Node, column: Int) -> LinkChart.Node {
        var notes: [String] = []
        var label = node.name
        if node.kind == .workload || node.kind == .service, let space = node.name.firstIndex(of: " ") {
            let kind = node.name[..<space]
            let path = node.name[node.name.index(after: space)...]
            let slash = path.firstIndex(of: "/")
            notes.append(slash.map { "\(kind) in \(path[..<$0])" } ?? String(kind))
            label = String(slash.map { path[path.index(after: $0)...] } ?? path)
        }
        if node.kind == .host { notes.append("node") }
        if node.kind == .foreign { notes.append(node.isPublic ? "Internet" : "foreign, private") }
        if !node.withoutService.isEmpty {
            let ports = node.withoutService.prefix(4).map(String.init).joined(separator: ", ")
            notes.insert("no service: \(ports)\(node.withoutService.count > 4 ? ", …" : "")", at: 0)
        }
        let tone: Tone =
            switch node.kind {
            case .foreign: node.isPublic ? .error : .warning
            case .service: .good
            case .host, .uncaptured: .muted
            case .workload: node.withoutService.isEmpty ? .accent : .warning
            }
        return LinkChart.Node(label, note: notes.joined(separator: ", "), column: column, tone)
    }
}
