package import LinuxHost

/// The containers of this host that the operator named.
package struct HostContainerSelection: Sendable {
    /// Each once, by control group.
    package let containers: [HostContainer]
    /// What could not be read while looking for them.
    package let failures: FailureLog

    /// All that run here.
    package static let everything = "all"
    private static let patience = Duration.seconds(20)
    /// More names are not listed in a message.
    private static let mostShown = 8

    /// - Parameter names: the beginning of an identifier, a name, `NAMESPACE/POD/CONTAINER`, or `all`.
    /// - Throws: ``TargetError`` for a name that no container has, and for the beginning of an identifier that several have.
    package static func find(_ names: [String], root: String = "/") async throws -> HostContainerSelection {
        let looking = try await BlockingReader.run(within: patience) {
            try ContainerReader(proc: ProcFileSystem(), root: root).read()
        }
        guard let snapshot = looking else {
            throw TargetError(
                code: .unanswered, message: "which containers run here could not be read within \(patience)",
                advice:
                    "A file system with a runtime's state (/var/lib, /run) may not answer: capture the host without --container"
            )
        }
        return HostContainerSelection(
            containers: try choose(names, in: snapshot), failures: snapshot.failures)
    }

    package static func choose(
        _ names: [String], in snapshot: ContainerSnapshot
    ) throws(TargetError) -> [HostContainer] {
        var groups: Set<RawText> = []
        for name in names {
            var found = snapshot.containers
            if name != everything {
                found = snapshot.matching(name)
                // Several may well have one name; who writes an identifier means one container.
                let byIdentifier = found.filter { $0.name != name && $0.id != name && $0.id.hasPrefix(name) }
                if byIdentifier.count > 1 { throw ambiguous(name, byIdentifier) }
            }
            guard !found.isEmpty else { throw missing(name, snapshot) }
            groups.formUnion(found.map(\.controlGroup))
        }
        return snapshot.containers.filter { groups.contains($0.controlGroup) }
    }

    private static func ambiguous(_ name: String, _ found: [HostContainer]) -> TargetError {
        TargetError(
            code: .ambiguous, message: "\(found.count) containers have an identifier that begins with \(shown(name))",
            advice: "Write more of it: \(listed(found))")
    }

    private static func missing(_ name: String, _ snapshot: ContainerSnapshot) -> TargetError {
        let advice: String
        if let failure = snapshot.failures.failures.first(where: { $0.code == .permissionDenied }) {
            advice = "What runtimes know of containers may not be read: run it by sudo (\(failure))"
        } else if snapshot.containers.isEmpty {
            advice = "No container runs here"
        } else {
            advice = "There are \(listed(snapshot.containers))"
        }
        return TargetError(
            code: .notFound,
            message: name == everything
                ? "no container runs on this host" : "no container \(shown(name)) runs on this host",
            advice: name == everything && snapshot.failures.count == 0 ? "" : advice)
    }

    private static func shown(_ name: String) -> String { RawText(String(name.prefix(100))).escaped }

    private static func listed(_ containers: [HostContainer]) -> String {
        let names = containers.prefix(mostShown).map { container in
            RawText(
                container.pod.map { "\($0.namespace)/\($0.name)/\($0.container ?? "") (\(container.shortID))" }
                    ?? container.name.map { "\($0) (\(container.shortID))" } ?? container.shortID
            ).escaped
        }
        let more = containers.count - names.count
        return names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
