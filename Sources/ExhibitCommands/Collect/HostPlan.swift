internal import Collection
internal import CollectorSteps
internal import LinuxHost

/// What is captured of this host: all of it, or the containers that were named.
struct HostPlan: Sendable {
    /// Nil: all of the host.
    private let containers: [HostContainer]?
    /// Collectors of the host that run beside containers, since the operator named them.
    private let named: Set<String>
    private let capture: CaptureFlags

    /// Nil when this host is not to be captured.
    ///
    /// - Parameter named: whom the operator named. A pattern, as the * of most profiles, is no wish for the whole host.
    /// - Throws: `TargetError` for a container that does not run here.
    static func made(
        _ specifications: [TargetSpecification], _ target: TargetFlags, named: [String], _ capture: CaptureFlags
    ) async throws -> HostPlan? {
        guard specifications.contains(.host) else { return nil }
        guard !target.containers.isEmpty else { return HostPlan(containers: nil, named: [], capture: capture) }
        return HostPlan(
            containers: try await HostContainerSelection.find(target.containers).containers,
            named: Set(named), capture: capture)
    }

    func attempts(_ catalog: CollectorCatalog) throws -> [PlannedAttempt] {
        var options = HostCapture.Options()
        if let since = capture.since { options.since = since }
        options.sampling = capture.sampling
        guard let containers else { return HostCapture(catalog: catalog, options: options).plan() }
        options.only = named
        return HostCapture(catalog: catalog, options: options).plan()
            + HostContainerCapture(
                catalog: catalog, containers: containers,
                options: NodeOptions(since: capture.since, tailLines: capture.tail), proc: try ProcFileSystem()
            ).plan()
    }

    /// What to say when samples were asked for that nothing takes.
    var sampleGap: String? {
        guard containers != nil, capture.sampling != nil, named.isDisjoint(with: ["host-sockets", "host-processes"])
        else {
            return nil
        }
        return
            "--sample takes no samples of the containers of --container; of the host it does, by --with host-sockets "
            + "--with host-processes"
    }
}
