internal import BundleFormat
internal import Collection
package import FoundationEssentials
package import KubernetesClient

/// Step kind `changes` in a container: files that changed since it started, or within `--since`, by the container's own `find`.
package struct ContainerChangesStep: ContainerStepKind {
    static let kind = StepKind(
        "changes", scopes: [.container],
        summary:
            "Files that changed since the container started, or within --since, by its own find: times, mode, owner, size, type, path. What was deleted does not show this way, and neither hashes nor contents come: those of what you name come with files. From the container's host it is its overlay's layer against the image: every path that was added, changed or deleted, with what is there and what was there before, their hashes, and contents of what was added or changed.",
        source: .inContainer, runsInTarget: true,
        output: .fixed([
            "namespaces/<namespace>/pods/<pod>/<container>/changes/changed-files.tsv",
            "namespaces/<namespace>/pods/<pod>/<container>/changes/changes.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/changes/failures.jsonl",
            "namespaces/<namespace>/pods/<pod>/<container>/changes/content/…",
        ]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    /// Modification and change time, mode, owner, group, size, type, path. A NUL before the line feed ends a path that itself has line feeds.
    private static let gnuFormat = "%T@\\t%C@\\t%m\\t%U\\t%G\\t%s\\t%y\\t%p\\0\\n"
    private static let busyboxFormat = "%Y\t%Z\t%a\t%u\t%g\t%s\t%F\t%n"

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let session = session
        return ContainerStep(session: session, definition: definition, step: step)
            .plan(pod, container, path: ["changes", "changed-files.tsv"]) {
                Self.recipes(container, since: session.options.since, now: Self.now(session.clock))
            }
    }

    /// What time it is in the cluster. This machine's clock says how long ago a container of the cluster started only where
    /// the server does not tell its own.
    package static func now(_ clock: ServerClock?) -> Date {
        clock.map { Date(timeIntervalSince1970: Double($0.now) / 1_000) } ?? Date()
    }

    package static func recipes(_ container: PodSummary.Container, since: Duration?, now: Date) -> [ExecRecipe] {
        let minutes = "-\(window(container, since: since, now: now))"
        // Mount paths come from the cluster: each is one argument, absolute, so never an option of find.
        let mounts = container.scratchMounts.filter {
            $0.hasPrefix("/") && !$0.contains("\0") && $0.utf8.count <= 1_024
        }
        let roots = ["/"] + mounts.prefix(32)
        let pruned = ["(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev", ")", "-prune", "-o"]
        let find = ["find"] + roots + ["-xdev"] + pruned
        let either = ["(", "-mmin", minutes, "-o", "-cmin", minutes, ")"]
        let modified = ["-mmin", minutes]
        // Exit code 1: some folder could not be read; what came still counts.
        return [
            ExecRecipe(name: "find -printf", argv: find + either + ["-printf", gnuFormat], emptyIsAnswer: true),
            ExecRecipe(
                name: "find -exec stat", argv: find + modified + ["-exec", "stat", "-c", busyboxFormat, "{}", "+"],
                emptyIsAnswer: true),
            ExecRecipe(name: "find -print0", argv: find + modified + ["-print0"], emptyIsAnswer: true),
        ]
    }

    /// Minutes back from now: since the container started, unless the operator said how far. It is at least a minute more than
    /// that, for what the API server's clock and the node's, by which `find` counts and the start was noted, are apart.
    ///
    /// - Parameter now: by the cluster's clock. A start far ahead of it says that the clocks disagree: then it is a day, as where
    ///   no start is known.
    package static func window(_ container: PodSummary.Container, since: Duration?, now: Date) -> Int {
        let seconds: Double
        if let since {
            seconds = Double(since.components.seconds)
        } else if let text = container.startedAt, let start = try? Date(text, strategy: .iso8601),
            now.timeIntervalSince(start) > -60
        {
            seconds = now.timeIntervalSince(start)
        } else {
            seconds = 86_400
        }
        return Int(max(60, min(seconds, 10 * 365 * 86_400)) / 60) + 2
    }
}
