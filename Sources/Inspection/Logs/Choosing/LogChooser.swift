internal import SQLite
internal import StructuredText

/// Finds the logs that a ``LogChoice`` means, by the rules of `kubectl logs` where they fit what was captured.
package struct LogChooser: Sendable {
    private let database: EvidenceDatabase

    package init(_ database: EvidenceDatabase) {
        self.database = database
    }

    /// - Throws: ``LogChoiceFailure``, and what the database throws.
    package func plan(_ choice: LogChoice) async throws -> LogPlan {
        let only: String? = if choice.targets.count == 1, case .pod(let name) = choice.targets[0] { name } else { nil }
        let namespace = choice.isEverywhere ? nil : choice.namespace
        let inventory = try await LogInventory(database, namespace: namespace, pod: only)
        var pods: [LogInventory.Pod] = []
        for target in choice.targets {
            for pod in try await self.pods(of: target, choice, inventory) where !pods.contains(pod) { pods.append(pod) }
        }
        if choice.targets.isEmpty {
            pods = try onlyNamespace(inventory.pods, choice)
            if let selector = choice.selector {
                let labels = try await labels(namespace)
                pods = pods.filter { selector.matches(labels[$0] ?? [:]) }
                guard !pods.isEmpty else {
                    throw LogChoiceFailure(
                        "no pod that was captured has the labels that -l asks for"
                            + (namespace.map { " in namespace \($0)" } ?? ""))
                }
            }
        }
        var plan = LogPlan()
        var defaulted = 0
        for pod in pods {
            let containers = try containers(of: pod, choice, inventory, isOnly: pods.count == 1)
            if let note = containers.note {
                defaulted += 1
                if pods.count == 1 { plan.notes.append(note) }
            }
            for container in containers.names { try await add(container, of: pod, choice, inventory, &plan) }
        }
        if defaulted > 0, pods.count > 1 {
            plan.notes.append(
                "\(defaulted) of \(pods.count) pods have several containers, of which the default one is taken: "
                    + "--all-containers takes all, -c NAME another")
        }
        if let name = choice.container, plan.tracks.isEmpty, plan.missingCount == 0 {
            throw LogChoiceFailure("no pod that was chosen has a container \(name)")
        }
        return plan
    }

    // MARK: Pods

    private func pods(
        of target: LogChoice.Target, _ choice: LogChoice, _ inventory: LogInventory
    ) async throws -> [LogInventory.Pod] {
        switch target {
        case .pod(let name):
            let found = inventory.pods.filter { CapturePlace.matches(name, $0.name) }
            guard !found.isEmpty else { throw try await missing(pod: name, choice) }
            return try oneNamespace(found, "pod \(name)", choice)
        case .owner(let type, let name):
            let owners = try await OwnedPods(database).find(type: type, name: name, namespace: choice.namespace)
            guard !owners.objects.isEmpty || !owners.pods.isEmpty else {
                throw LogChoiceFailure(
                    "\(type) \"\(name)\" not found" + (choice.namespace.map { " in namespace \($0)" } ?? ""),
                    owners.near.map { "\(type)/\($0)" })
            }
            let found = inventory.pods.filter { owners.pods.contains([$0.namespace, $0.name]) }
            guard !found.isEmpty else { throw LogChoiceFailure("no pod of \(type)/\(name) was captured") }
            return try oneNamespace(found, "\(type)/\(name)", choice)
        }
    }

    private func missing(pod name: String, _ choice: LogChoice) async throws -> LogChoiceFailure {
        var near: Set<String> = []
        var elsewhere: [String] = []
        let rows = try await database.rows(
            "SELECT namespace, name FROM pods UNION SELECT namespace, pod FROM logs ORDER BY 1, 2")
        for row in rows {
            guard let namespace = row[0].text, let found = row[1].text else { continue }
            if found == name { elsewhere.append("-n \(namespace) \(name)") }
            if CapturePlace.matches(choice.namespace, namespace) { near.insert(found) }
        }
        let names = NearNames.of(name, among: near)
        return LogChoiceFailure(
            "pods \"\(name)\" not found"
                + (choice.namespace.map { " in namespace \($0)" } ?? "")
                + (elsewhere.isEmpty && names.isEmpty ? "" : "; did you mean:"),
            elsewhere.isEmpty ? names : elsewhere)
    }

    private func onlyNamespace(_ pods: [LogInventory.Pod], _ choice: LogChoice) throws -> [LogInventory.Pod] {
        guard !pods.isEmpty else {
            throw LogChoiceFailure(
                "no pods and no logs were captured" + (choice.namespace.map { " of namespace \($0)" } ?? ""))
        }
        return try oneNamespace(pods, "pods", choice)
    }

    private func oneNamespace(
        _ pods: [LogInventory.Pod], _ what: String, _ choice: LogChoice
    ) throws -> [LogInventory.Pod] {
        guard choice.namespace == nil, !choice.isEverywhere else { return pods }
        let namespaces = Set(pods.map(\.namespace)).sorted()
        guard namespaces.count > 1 else { return pods }
        throw LogChoiceFailure(
            "\(what): \(namespaces.count) namespaces have such; say which, or -A for all:",
            namespaces.prefix(20).map { "-n \($0)" })
    }

    private func labels(_ namespace: String?) async throws -> [LogInventory.Pod: [String: String]] {
        let rows = try await database.rows(
            """
            SELECT p.namespace, p.name, l.key, l.value FROM pods p JOIN labels l ON l.object = p.object
            WHERE (?1 IS NULL OR p.namespace GLOB ?1)
            """, [SQLValue(namespace.map(CapturePlace.glob))])
        var labels: [LogInventory.Pod: [String: String]] = [:]
        for row in rows {
            guard let namespace = row[0].text, let name = row[1].text, let key = row[2].text else { continue }
            labels[LogInventory.Pod(namespace: namespace, name: name), default: [:]][key] = row[3].text ?? ""
        }
        return labels
    }

    // MARK: Containers

    private func containers(
        of pod: LogInventory.Pod, _ choice: LogChoice, _ inventory: LogInventory, isOnly: Bool
    ) throws -> (names: [String?], note: String?) {
        let all = inventory.containers[pod] ?? []
        // Nothing says which it has: its file may have several.
        if all.isEmpty {
            return (choice.container.map(CapturePlace.hasWildcard) ?? false ? [] : [choice.container], nil)
        }
        if choice.hasAllContainers { return (all.map(\.name), nil) }
        let words = all.map { $0.name + ($0.type.map { $0 == "container" ? "" : " (\($0))" } ?? "") }
        if let wanted = choice.container {
            let found = all.map(\.name).filter { CapturePlace.matches(wanted, $0) }
            if !found.isEmpty { return (found, nil) }
            guard isOnly else { return ([], nil) }
            throw LogChoiceFailure(
                "container \(wanted) is not valid for pod \(pod.name); it has:", words)
        }
        let first = all.first { $0.type == "container" } ?? all[0]
        let chosen = inventory.defaults[pod].flatMap { name in all.first { $0.name == name } } ?? first
        guard all.count > 1 else { return ([chosen.name], nil) }
        return ([chosen.name], "Defaulted container \"\(chosen.name)\" out of: \(words.joined(separator: ", "))")
    }

    private static let mostMissing = 20

    private func add(
        _ container: String?, of pod: LogInventory.Pod, _ choice: LogChoice, _ inventory: LogInventory,
        _ plan: inout LogPlan
    ) async throws {
        var streams: Set<LogPlace.Stream> = [choice.isPrevious ? .previous : .current]
        if choice.isRotated { streams.insert(.rotated) }
        let files = inventory.files(of: container, pod, streams)
        let names = Set((inventory.containers[pod] ?? []).map(\.name))
        let known = names.isEmpty ? nil : names
        plan.tracks += files.map {
            LogTrack($0.place, container: $0.place.container ?? container, entry: $0.entry, containers: known)
        }
        guard files.isEmpty else { return }
        plan.missingCount += 1
        guard plan.missing.count < Self.mostMissing else { return }
        let name = "\(pod.namespace)/\(pod.name)" + (container.map { "/\($0)" } ?? "")
        plan.missing.append(
            "\(name): \(try await reason(container, pod, choice, inventory))\(try await failedInit(container, pod))")
    }

    /// Which init container a container waits for in vain: what is wrong is in the log of that.
    private func failedInit(_ container: String?, _ pod: LogInventory.Pod) async throws -> String {
        let rows = try await database.rows(
            """
            SELECT i.name, coalesce(i.exit_code, i.last_exit_code), i.reason
            FROM containers c JOIN containers i ON i.object = c.object AND i.type = 'init'
            WHERE c.namespace = ?1 AND c.pod = ?2 AND c.name = ?3 AND c.type = 'container' AND c.state = 'waiting'
              AND (i.state <> 'running' AND coalesce(i.exit_code, i.last_exit_code, 0) <> 0
                OR i.state = 'waiting' AND i.reason <> 'PodInitializing')
            ORDER BY i.rowid LIMIT 1
            """, [.text(pod.namespace), .text(pod.name), SQLValue(container)])
        guard let row = rows.first, let name = row[0].text else { return "" }
        let how = row[1].integer.map { $0 == 0 ? nil : "failed with exit code \($0)" } ?? nil
        let words = [how, row[2].text].compactMap { $0 }.joined(separator: ", ")
        return "; it waits for init container \(name) (\(words)): -c \(name)"
    }

    /// Why a log is not in the capture, by its ledger.
    private func reason(
        _ container: String?, _ pod: LogInventory.Pod, _ choice: LogChoice, _ inventory: LogInventory
    ) async throws -> String {
        let rows = try await database.rows(
            """
            SELECT state, coalesce(message, reason, '') FROM ledger WHERE step GLOB 'logs*' AND namespace = ?1 AND name = ?2
              AND (container IS NULL OR ?3 IS NULL OR container = ?3)
            ORDER BY state IN ('ok', 'empty'), attempt LIMIT 1
            """, [.text(pod.namespace), .text(pod.name), SQLValue(container)])
        let others = Set((inventory.logs[pod] ?? []).filter { $0.place.container == container }.map(\.place.stream))
        let hint =
            others.isEmpty
            ? ""
            : "; there is its \(others.map { $0 == .current ? "current log (without -p)" : "\($0.rawValue) log" }.sorted().joined(separator: ", "))"
        guard let row = rows.first, let state = row[0].text else {
            return "no log of it was captured, and nothing says that one was asked for" + hint
        }
        if state == "ok" || state == "empty" {
            return (choice.isPrevious ? "previous terminated container not found" : "there is no such log of it") + hint
        }
        return "its log could not be captured: \(state)" + (row[1].text.map { $0.isEmpty ? "" : ": \($0)" } ?? "")
            + hint
    }
}

/// Names that are like one that is not there, for "did you mean": those that go on with it, as a pod's does with its workload's, and
/// those that differ by little.
enum NearNames {
    static func of(_ name: String, among names: some Sequence<String>, limit: Int = 5) -> [String] {
        let near = names.compactMap { other -> (distance: Int, name: String)? in
            if other.hasPrefix(name) { return (0, other) }
            let distance = NameDistance.between(name, other)
            return distance <= max(1, min(3, name.utf8.count / 2)) ? (distance, other) : nil
        }
        return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
    }
}
