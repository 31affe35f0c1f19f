internal import BundleFormat
package import Collection
package import LinuxHost
internal import StructuredText

/// The logs of a container from the files that its runtime writes: of the instance that runs, of the one before, and those that the
/// kubelet has put aside since, which no API gives.
package struct NodeLogsStep: NodeContainerStepKind {
    package static var kind: StepKind { LogsStep.kind }
    package static var needsProcesses: Bool { false }

    private let step: StepDefinition
    private let options: NodeOptions

    package init(_ step: StepDefinition, _ options: NodeOptions) {
        self.step = step
        self.options = options
    }

    package func run(
        _ container: HostContainer, _ node: NodeView, _ context: AttemptContext, place: [String]
    ) async throws -> Outcome {
        try await HostFailure.translating { try await capture(container, context, Self.folder(container, place)) }
    }

    /// As must-gather has it, a container's logs are in a folder of its name within the folder of its name.
    private static func folder(_ container: HostContainer, _ place: [String]) -> [String] {
        guard place.first == "namespaces", let name = container.pod?.container else { return place + ["logs"] }
        return place + [name, "logs"]
    }

    private func capture(
        _ container: HostContainer, _ context: AttemptContext, _ folder: [String]
    ) async throws -> Outcome {
        let since = options.since.map { Timestamp(seconds: Timestamp.now().seconds - $0.components.seconds) }
        let copies = NodeLogCopies(
            root: options.root, timestamps: step.flag("timestamps"), since: since, tail: options.tailLines,
            context: context)
        let (listing, first) = try await current(container, copies, folder)
        var findings = NodeLogFindings(listing)
        if let first { findings.take(first) }
        for (file, name) in others(listing, since) {
            do {
                let place = folder + name
                findings.take(
                    file.isCompressed
                        ? try await copies.asItIs(file, to: place)
                        : try await copies.lines(of: file, listing.format, to: place))
            } catch let error as HostError {
                findings.take(error)
            }
        }
        guard first != nil || findings.isAny else {
            return .missing(
                "NoLogFile", "the folder of the container has no log: it has not written one, or it was removed")
        }
        return findings.outcome(isEmpty: context.bytes == 0, truncated: truncation)
    }

    private var truncation: Truncation? {
        options.tailLines.map { Truncation(tail: $0) }
            ?? options.since.map { Truncation(members: ["sinceSeconds": JSONValue($0.components.seconds)]) }
    }

    /// The newest file. The kubelet may put it aside between its being found and opened: then it is looked for once more.
    private func current(
        _ container: HostContainer, _ copies: NodeLogCopies, _ folder: [String]
    ) async throws -> (ContainerLogFolder.Listing, NodeLogCopies.Result?) {
        var tries = 3
        while true {
            let root = options.root
            let listing = try await BlockingReader.run { try ContainerLogFolder.find(container, root: root) }
            guard let file = listing.files.first, !file.isRotated else { return (listing, nil) }
            do {
                return (listing, try await copies.lines(of: file, listing.format, to: folder + ["current.log"]))
            } catch let error as HostError where [.replaced, .notFound].contains(error.code) && tries > 1 {
                tries -= 1
            }
        }
    }

    /// The files besides the newest, each with the place of its entry. The last lines are all in the newest, and what was put aside
    /// before the time that is asked for has none of it.
    private func others(
        _ listing: ContainerLogFolder.Listing, _ since: LinuxHost.Timestamp?
    ) -> [(ContainerLogFile, [String])] {
        let instance = listing.files.first?.instance
        var previous = listing.files.first { !$0.isRotated && $0.instance != instance }
        if !step.flag("previous") { previous = nil }
        var found: [(ContainerLogFile, [String])] = previous.map { [($0, ["previous.log"])] } ?? []
        guard options.tailLines == nil else { return found }
        for file in listing.files where file != previous {
            let isOld = since.map { file.modified < $0 } ?? false
            let isMeant = file.isRotated || file.instance != instance
            guard isMeant, !isOld, step.flag("previous") || file.instance == instance else { continue }
            found.append((file, ["rotated", file.isCompressed ? file.name : file.name + ".log"]))
        }
        return found
    }
}
