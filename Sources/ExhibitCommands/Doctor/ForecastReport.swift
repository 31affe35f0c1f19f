internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import KubernetesClient
internal import StructuredText
internal import Terminal

/// Says what a capture would bring, a line for each step of each collector.
struct ForecastReport {
    let result: CaptureForecast.Result
    let rows: [ForecastRow]
    let size: ForecastSize

    init(_ result: CaptureForecast.Result) {
        self.result = result
        rows = ForecastRow.rows(result.preview.items)
        size = ForecastSize(result.preview.items, limits: result.collectorLimits, maxSize: result.maxSize)
    }

    /// What is known to fail, permissions that are lacking, and a cluster that is not there are gaps; a container that does not run is
    /// not.
    var status: ExitStatus {
        let hasGaps =
            result.clusterFailure != nil || !result.preview.unseen.isEmpty || !result.preview.denied.isEmpty
            || result.preview.isCut || result.isUnprivilegedOnHost
            || result.preview.items.contains { $0.isGap }
        return hasGaps ? .wouldHaveGaps : .ok
    }

    func write(_ format: OutputFormat) throws -> ExitStatus {
        var output = RenderingOutput()
        switch format {
        case .text: try output.lines(lines(width: output.width, style: output.style))
        case .json: try output.json(.object(json))
        }
        try output.flush()
        return status
    }

    // MARK: Text

    func lines(width: Int?, style: TerminalStyle) -> [String] {
        var lines = [
            "\(style(.bold, "would capture"))  \(TerminalText.escaped(targets)), profile "
                + "\(TerminalText.escaped(result.profile)): \(Quantity.count(result.preview.items.count, "attempt", "attempts"))"
        ]
        if let cluster = result.cluster { lines += self.cluster(cluster, style) }
        if let failure = result.clusterFailure {
            lines.append("\(style(.error, "cluster")) cannot be captured: \(TerminalText.escaped("\(failure)"))")
        }
        lines += [size.text, ""]
        lines += table.lines(width: width, style: style)
        lines += impossible(style)
        let warnings = warnings
        var notes = rows.compactMap { row in
            row.leadsTo.map { "Not known before, so not in this list: \(row.collector) leads to \($0)." }
        }
        if let name = result.preview.agentNamespace?["metadata"]?["name"]?.string {
            notes.append(
                "The namespace \(name) of the node agents is not there, or cannot be seen, and would be made: what admission says of a pod in it "
                    + "is known when it is there.")
        }
        lines += agentPods(style)
        if !warnings.isEmpty || !notes.isEmpty { lines.append("") }
        lines += notes.map { TerminalText.escaped($0) }
        lines += warnings.map { style(.warning, TerminalText.escaped($0)) }
        guard !result.preview.denied.isEmpty else { return lines }
        lines += ["", style(.bold, "Not allowed:")]
        lines += summedUp(result.preview.denied).map { "  \(TerminalText.escaped($0))" }
        lines.append("What would allow it, as YAML for an administrator: exhibit doctor TARGET --rbac missing")
        return lines
    }

    /// The whole pod of one agent: those of other nodes differ in names.
    private func agentPods(_ style: TerminalStyle) -> [String] {
        guard let pod = result.preview.agentPods.first else { return [] }
        var yaml: [UInt8] = []
        guard (try? YAML.append(value: .object(pod), to: &yaml)) != nil else { return [] }
        let count = Quantity.count(result.preview.agentPods.count, "node", "nodes")
        return [
            "", style(.bold, "A pod like this would be made on \(count), and removed before the bundle is sealed:"),
        ]
            + yaml.split(separator: 0x0A).map { "  \(TerminalText.escaped(String(decoding: $0, as: UTF8.self)))" }
    }

    private var targets: String {
        result.specifications.map(\.text).joined(separator: " ")
    }

    private func cluster(_ cluster: CaptureForecast.Cluster, _ style: TerminalStyle) -> [String] {
        let context = cluster.context.map { " (context \($0))" } ?? ""
        let user = cluster.identity.map { ", as \($0.name)" } ?? ""
        var lines = [
            TerminalText.escaped("cluster        \(cluster.server)\(context), Kubernetes \(cluster.version)\(user)"),
            "pods           \(Quantity.count(result.preview.pods, "pod", "pods")), "
                + Quantity.count(result.preview.containers, "container", "containers"),
        ]
        if let skew = cluster.skew { lines.append("clock          \(style(.warning, "\(skew)"))") }
        return lines
    }

    private var table: TextTable {
        var table = TextTable([
            .init("RANK", .right), .init("COLLECTOR"), .init("STEP"), .init("ATTEMPTS", .right),
            .init("POSSIBLE", .right), .init("LIMIT EACH", .right), .init("COLLECTOR'S", .right), .init("OTHERWISE"),
        ])
        // Beside its first step stands what a collector may bring in all.
        var shares = Dictionary(size.shares.map { ($0.collector, $0.bytes) }) { first, _ in first }
        for row in rows {
            let others = row.otherwise
            let words = others.prefix(3).map { "\($0.count) \($0.words)" } + (others.count > 3 ? ["…"] : [])
            let share = shares.removeValue(forKey: row.collector).map { $0 == 0 ? "-" : Quantity.bytes($0) } ?? ""
            table.append([
                "\(row.volatility)", "\(row.collector)", "\(row.step)", "\(Quantity.count(row.attempts))",
                .init(Quantity.count(row.possible), row.possible < row.attempts ? .warning : nil),
                "\(row.limit == 0 ? "-" : Quantity.bytes(row.limit))", "\(share)",
                "\(words.joined(separator: "; "))",
            ])
        }
        return table
    }

    private static let shownTargets = 5
    private static let shownCollectors = 4

    /// What is not possible, or not known: of which targets, and why. Steps that would end alike share a line.
    private func impossible(_ style: TerminalStyle) -> [String] {
        var merged: [(group: ForecastGroup, collectors: [String], targets: Set<String>, order: [String])] = []
        var places: [String: Int] = [:]
        for row in rows {
            for group in row.others {
                let place = places[group.words] ?? merged.count
                if place == merged.count {
                    places[group.words] = place
                    merged.append((group, [], [], []))
                }
                if !merged[place].collectors.contains(row.collector) { merged[place].collectors.append(row.collector) }
                for target in group.targets.map(\.short) where merged[place].targets.insert(target).inserted {
                    merged[place].order.append(target)
                }
            }
        }
        guard !merged.isEmpty else { return [] }
        return ["", style(.bold, "Not possible, or not known:")]
            + merged.flatMap { one in
                let collectors = Self.listed(one.collectors, most: Self.shownCollectors)
                let targets = Self.listed(one.order, most: Self.shownTargets)
                var lines = ["  \(one.group.words), \(collectors): \(targets)"]
                if one.group.verdict != "unknown", !one.group.reason.isEmpty {
                    lines.append("      \(one.order.count > 1 ? "as in: " : "")\(one.group.reason)")
                }
                return lines.map { TerminalText.escaped($0) }
            }
    }

    private static func listed(_ words: [String], most: Int) -> String {
        words.prefix(most).joined(separator: ", ") + (words.count > most ? " and \(words.count - most) more" : "")
    }

    private var warnings: [String] {
        var warnings = result.preview.unseen.map {
            "Pods could not be looked for, or not all, so what is in their containers is not in this list: \($0)"
        }
        let lost = result.preview.items.filter { $0.step == "discovery" && $0.isGap }.compactMap(\.target.resource)
        if !lost.isEmpty {
            let more = lost.count > 5 ? " and \(lost.count - 5) more" : ""
            warnings.append(
                "API groups that could not be looked into, so their objects are not in this list: "
                    + lost.prefix(5).joined(separator: ", ") + more)
        }
        if result.preview.isCut { warnings.append("There are more pods than were looked at for this list.") }
        if result.isUnprivilegedOnHost {
            warnings.append(
                "Not root: of this host, processes and sockets of other users are captured in part. Run it by sudo.")
        }
        return warnings
    }

    /// One line for all resources of a namespace that lack the same verb.
    private func summedUp(_ needs: [AccessNeed]) -> [String] {
        var groups: [String: (place: String, verb: String, resources: [String])] = [:]
        var order: [String] = []
        for need in needs {
            let key = "\(need.namespace ?? "") \(need.verb)"
            if groups[key] == nil {
                order.append(key)
                groups[key] = (need.namespace.map { " in \($0)" } ?? "", need.verb, [])
            }
            groups[key]?.resources.append(need.resource + (need.group.isEmpty ? "" : ".\(need.group)"))
        }
        return order.compactMap { groups[$0] }.map { group in
            let named = group.resources.prefix(6).joined(separator: ", ")
            let more = group.resources.count > 6 ? " and \(group.resources.count - 6) more" : ""
            return "\(group.verb)\(group.place): \(named)\(more)"
        }
    }

    // MARK: JSON

    var json: JSONObject {
        var object: JSONObject = [
            "targets": .array(result.specifications.map { .string($0.text) }), "profile": .string(result.profile),
            "steps": .array(rows.map(\.json)), "size": size.json,
            "denied": .array(result.preview.denied.map(Self.json)),
            "unseen": .array(result.preview.unseen.map { .string("\($0)") }),
            "cut": .bool(result.preview.isCut), "exitCode": JSONValue(status.rawValue),
        ]
        if let cluster = result.cluster {
            object["cluster"] = [
                "server": .string(cluster.server), "context": cluster.context.map { .string($0) } ?? .null,
                "version": .string(cluster.version), "user": cluster.identity.map { .string($0.name) } ?? .null,
                "pods": JSONValue(result.preview.pods), "containers": JSONValue(result.preview.containers),
            ]
        }
        if !result.preview.agentPods.isEmpty {
            object["agentPods"] = .array(result.preview.agentPods.map { .object($0) })
            object["agentNamespace"] = result.preview.agentNamespace.map { .object($0) } ?? .null
        }
        object["clusterFailure"] = result.clusterFailure.map { .string("\($0)") }
        return object
    }

    private static func json(_ need: AccessNeed) -> JSONValue {
        [
            "verb": .string(need.verb), "group": .string(need.group), "resource": .string(need.resource),
            "namespace": need.namespace.map { .string($0) } ?? .null,
        ]
    }
}
