extension KubernetesClient {
    /// Learns what the server offers: in two requests from 1.26 on, else one for each group version, eight at a time.
    ///
    /// A group version that does not answer costs only its own entry in ``Discovery/failures``. So does `/apis` as a whole when
    /// the core group is there (its entry is called "apis"); only a server that does not answer `/api` throws.
    public func discover() async throws(KubernetesError) -> Discovery {
        var discovery = Discovery()
        var pending: [(group: String, version: String)] = []
        for root in ["/api", "/apis"] {
            do {
                let (part, open) = try await rootDiscovery(root)
                discovery.groups += part.groups
                discovery.resources += part.resources
                pending += open
            } catch {
                if root == "/api" || error.code == .cancelled { throw error }
                discovery.failures.append(Discovery.Failure(groupVersion: "apis", error: error))
            }
        }
        try await complete(&discovery, pending)
        return discovery
    }

    private func rootDiscovery(
        _ path: String
    ) async throws(KubernetesError) -> (Discovery, pending: [(group: String, version: String)]) {
        let doing = "asking the server for its APIs"
        let bytes = try await transport.bytes(
            .init(doing: doing, path: path, accept: DiscoveryDocuments.accept), maxBytes: DiscoveryDocuments.maxBytes)
        switch DiscoveryDocuments.root(bytes) {
        case .aggregated(let discovery, let stale): return (discovery, stale)
        case .groups(let groups):
            return (Discovery(groups: groups), groups.flatMap { group in group.versions.map { (group.name, $0) } })
        case nil:
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: path, reason: "the answer is not a list of APIs",
                advice: "Check that the server of the context is a Kubernetes API server")
        }
    }

    /// Asks for group versions one by one. Also for those that the server calls stale: the direct answer has the resources, or
    /// the reason.
    private func complete(
        _ discovery: inout Discovery, _ pending: [(group: String, version: String)]
    ) async throws(KubernetesError) {
        guard !pending.isEmpty else { return }
        let built = pending.filter { Self.isBuiltIn($0.group) }
        try await ask(&discovery, built, until: nil)
        // Nothing can be had without it, and its own error says why.
        if let core = discovery.failures.first(where: { $0.groupVersion == "v1" }) { throw core.error }
        // The ceiling of the operator takes its time, which is not theirs.
        let queue = options.maxRequestsPerSecond.map { Duration.seconds(pending.count) / max(1, $0) } ?? .zero
        try await ask(
            &discovery, pending.filter { !Self.isBuiltIn($0.group) },
            until: ContinuousClock.now + Self.extensionsPatience + queue)
    }

    /// Whether the API server answers for the group itself, as a rule: its own groups have no dot, or end in `k8s.io`. Those for
    /// metrics are served by extensions.
    private static func isBuiltIn(_ group: String) -> Bool {
        !group.contains(".") || group.hasSuffix(".k8s.io") && !group.hasSuffix("metrics.k8s.io")
    }

    /// - Parameter end: when to give up on those that have not answered; nil to be as patient as with any request.
    private func ask(
        _ discovery: inout Discovery, _ pending: [(group: String, version: String)],
        until end: ContinuousClock.Instant?
    ) async throws(KubernetesError) {
        // The transport lets only so many through at a time; the number of tasks is bounded for a server that lists a million.
        let width = 16
        var results: [Int: Result<[APIResource], KubernetesError>] = [:]
        await withTaskGroup(of: (Int, Result<[APIResource], KubernetesError>).self) { group in
            for (index, item) in pending.enumerated() {
                if index >= width, let (done, result) = await group.next() { results[done] = result }
                group.addTask { (index, await self.resources(group: item.group, version: item.version, until: end)) }
            }
            for await (done, result) in group { results[done] = result }
        }
        for (index, item) in pending.enumerated() {
            switch results[index] {
            case .success(let resources)?: discovery.resources += resources
            case .failure(let error)?:
                if error.code == .cancelled { throw error }
                let name = item.group.isEmpty ? item.version : "\(item.group)/\(item.version)"
                discovery.failures.append(Discovery.Failure(groupVersion: name, error: error))
            case nil: continue
            }
        }
    }

    /// Extension servers that are slow, or want fewer requests, must not keep everything from beginning.
    private static let extensionPatience = Duration.seconds(5)
    private static let extensionsPatience = Duration.seconds(12)
    private static let extensionRetry = RetryPolicy(
        attempts: 2, maxRetryAfter: .seconds(2), throttledAttempts: 3)

    private func resources(
        group: String, version: String, until end: ContinuousClock.Instant?
    ) async -> Result<[APIResource], KubernetesError> {
        let name = (group.isEmpty ? version : "\(group)/\(version)").printable(limit: 200)
        let doing = "asking for the resources of \(name)"
        do throws(KubernetesError) {
            let segments = group.isEmpty ? ["api", version] : ["apis", group, version]
            let path = try RequestPath.join(segments, doing: doing)
            let bytes: [UInt8]
            if let end {
                let left = ContinuousClock.now.duration(to: end)
                guard left > .zero else {
                    throw KubernetesError(
                        code: .timeout, doing: doing, subject: path,
                        reason: "it was not asked: other extension servers took the time that there was for them")
                }
                bytes = try await transport.bytes(
                    .init(doing: doing, path: path, retry: Self.extensionRetry), maxBytes: DiscoveryDocuments.maxBytes,
                    within: options.maxRequestsPerSecond == nil ? min(Self.extensionPatience, left) : left)
            } else {
                bytes = try await transport.bytes(
                    .init(doing: doing, path: path), maxBytes: DiscoveryDocuments.maxBytes)
            }
            guard let resources = DiscoveryDocuments.resources(bytes, group: group, version: version) else {
                throw KubernetesError(
                    code: .badResponse, doing: doing, subject: path, reason: "the answer is not a list of resources")
            }
            return .success(resources)
        } catch {
            return .failure(error)
        }
    }
}
