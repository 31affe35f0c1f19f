internal import BundleFormat
package import Collection
package import LinuxHost

/// Step kind `changes` of a container, from the host: what its overlay's layer has against the image, exactly.
package struct NodeChangesStep: NodeContainerStepKind {
    package static let kind = ContainerChangesStep.kind

    private let options: NodeOptions

    package init(_: StepDefinition, _ options: NodeOptions) {
        self.options = options
    }

    /// What one look brought.
    private struct Found: Sendable {
        var summary = OverlaySummary()
        var contents: ChangedContents
        /// Mounts that are no part of what a container changed, or of which that cannot be told.
        var notLookedAt = FailureLog(capacity: 1_000)

        var count: Int { summary.count }
    }

    package func run(
        _ container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome {
        try await HostFailure.translating {
            try await look(at: container, node, context, place: place + ["changes"])
        }
    }

    private func look(
        at container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome {
        guard let rootMount = container.rootMount else {
            return .missing(
                "NoRootMount",
                "the host's mount table does not show where its root is mounted: rootless containers have mounts of their own"
            )
        }
        let root = options.root
        let tree: OverlayTree
        do {
            tree = try await BlockingReader.run { try OverlayTree(rootMount: rootMount, root: root, proc: node.files) }
        } catch let error as HostError where error.code == .unsupported {
            return .missing(
                "NoOverlay", "\(error.reason); what changed can be had by find in the container (--touch exec)")
        }
        let end = ContinuousClock.now + context.limits.ownEnd
        let query = query(context.limits)
        let contents = ChangedContents(limits: context.limits)
        let entry = try await context.entry(place + ["changes.jsonl"], media: .jsonLines)
        let found = try await BlockingReader.stream(into: entry) { output in
            var found = Found(contents: contents)
            found.summary = try tree.changes(query) { change in
                try output.append { change.appendJSONLine(to: &$0) }
                found.contents.consider(change, in: tree)
            }
            try lookIntoVolumes(of: container, node.files, query, output, &found)
            return found
        }
        if found.summary.stop == .cancelled { throw CancellationError() }
        if found.count > 0 { try await entry.finish() } else { await entry.abandon() }
        var failures = tree.failures
        failures.append(found.summary.failures)
        failures.append(found.notLookedAt)
        try await HostFailure.write(failures, place + ["failures.jsonl"], context)
        var copies = found.contents
        try await copies.copy(to: place + ["content"], until: end, context)
        return outcome(tree, found, copies)
    }

    /// The pod's `emptyDir`s, in which all is new. Where they are is not asked of the container.
    private func lookIntoVolumes(
        of container: HostContainer, _ proc: ProcFileSystem, _ query: OverlayQuery, _ output: BlockingReader.Output,
        _ found: inout Found
    ) throws {
        let volumes: ScratchVolumes
        do {
            volumes = try ScratchVolumes(of: container, root: options.root, proc: proc)
        } catch {
            found.notLookedAt.record(error)
            return
        }
        for mount in volumes.others {
            found.notLookedAt.record(
                HostError(
                    .unsupported, "list", mount.mountPoint,
                    reason:
                        "a mount of its own (\(mount.type)), which is not looked at: it did not begin empty with the pod"
                ))
        }
        for volume in volumes.volumes where found.summary.stop == nil {
            do {
                let tree = try OverlayTree(emptyAtFirst: volume.folder, root: options.root)
                let summary = try tree.changes(query) { change in
                    found.contents.consider(change, in: tree, at: volume.mountPoint)
                    var change = change
                    change.path = RawText(volume.mountPoint.bytes + change.path.bytes)
                    change.volume = volume.name
                    try output.append { change.appendJSONLine(to: &$0) }
                }
                found.summary.add(summary)
            } catch let error as HostError {
                found.summary.failures.record(error)
            }
        }
    }

    /// What was found is kept when time runs out: hashing ends first, then the look, then copying.
    private func query(_ limits: StepLimits) -> OverlayQuery {
        let now = ContinuousClock.now
        var query = OverlayQuery()
        query.hashingDeadline = now + limits.timeout / 2
        query.deadline = now + limits.timeout / 4 * 3
        query.since = options.since.map { Timestamp(seconds: Timestamp.now().seconds - $0.components.seconds) }
        return query
    }

    private func outcome(_ tree: OverlayTree, _ found: Found, _ copies: ChangedContents) -> Outcome {
        let summary = found.summary
        var findings: [(code: String, words: String)] = []
        if let stop = summary.stop {
            findings.append(
                (
                    "Stopped",
                    "the look was ended after \(summary.entries) entries (\(stop.rawValue)); what was found is kept"
                ))
        }
        if let first = tree.failures.failures.first {
            findings.append(
                (
                    "LayerUnreadable",
                    "\(tree.failures.count) of the image's layers could not be opened, so that of \(summary.unknown) paths it is not known what was there before; the first: \(first)"
                ))
        }
        if !tree.seesMarks {
            findings.append(
                (
                    "MarksUnseen",
                    "without CAP_SYS_ADMIN in the first user namespace it does not show what was renamed or made anew as a whole: \(summary.unknown) paths are present, and no more is known of them"
                ))
        }
        if let first = summary.failures.failures.first {
            findings.append(
                (first.code.ledgerCode, "could not be read: \(summary.failures.count), the first: \(first)"))
        }
        if summary.isHiddenCut {
            findings.append(
                (
                    "TooManyDeleted",
                    "more went away with whole folders than is listed: their content is that of the image"
                ))
        }
        if summary.unhashed > 0 {
            findings.append(("Unhashed", "files without a hash, for the reason beside them: \(summary.unhashed)"))
        }
        findings += copies.findings
        guard let first = findings.first else { return summary.count > 0 ? .ok : .empty }
        let told = findings.map(\.words).joined(separator: "; ")
        return Outcome(
            summary.stop == .deadline ? .timeout : .partial, reason: Reason(code: first.code, message: told))
    }
}
