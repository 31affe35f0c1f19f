package import BundleFormat
package import Collection
package import LinuxHost

/// Plans the capture of single containers of the host that the tool runs on: what collectors of scope `container` bring that can be
/// had from there.
package struct HostContainerCapture: Sendable {
    let catalog: CollectorCatalog
    let containers: [HostContainer]
    let options: NodeOptions
    let node: NodeView

    package init(
        catalog: CollectorCatalog, containers: [HostContainer], options: NodeOptions, proc: ProcFileSystem
    ) {
        self.catalog = catalog
        self.containers = containers
        self.options = options
        node = NodeView(proc: proc)
    }

    /// One attempt for each step and container. Collectors with `select` are for services that are asked, and have no such step.
    package func plan() -> [PlannedAttempt] {
        catalog.collectors(of: [.container]).filter { $0.select == nil }.flatMap { definition in
            definition.steps.flatMap { step -> [PlannedAttempt] in
                guard let kind = StepRegistry.nodeContainer(step.kind) else { return [] }
                let work = kind.init(step, options)
                return containers.map { attempt(definition, step, work, $0) }
            }
        }
    }

    private func attempt(
        _ definition: CollectorDefinition, _ step: StepDefinition, _ work: any NodeContainerStepKind,
        _ container: HostContainer
    ) -> PlannedAttempt {
        let node = node
        let place = ["host", "containers", container.label]
        return PlannedAttempt(
            collector: definition.name, step: step.name, target: Target.container(container), source: .node,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) of \(container.label)"
        ) { context in
            try await HostFailure.translating { try await work.run(container, node, context, place: place) }
        }
    }
}

extension Target {
    /// A container of a host: in a pod as a cluster has it, so that both can be told to be the same; else by its identifier.
    package static func container(_ container: HostContainer) -> Target {
        if let pod = container.pod {
            return Target(kind: "Pod", namespace: pod.namespace, name: pod.name, container: pod.container)
        }
        return Target(kind: "Container", name: container.name ?? container.shortID, container: container.id)
    }
}
