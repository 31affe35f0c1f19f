internal import Collection
internal import KubernetesClient

/// Asks the API server what it would allow, without doing any of it.
struct AccessCheck: Sendable {
    enum Answer: Sendable, Hashable {
        case allowed, denied
        /// The server did not tell, for this reason.
        case unknown(String)
    }

    let client: KubernetesClient

    /// In a namespace all rules are asked for at once; for the rest, and where the server cannot list its rules, each need by itself.
    func answers(_ needs: Set<AccessNeed>) async -> [AccessNeed: Answer] {
        let namespaces = Set(needs.compactMap(\.namespace))
        let rules = await Self.concurrently(namespaces) { try? await client.rulesReview(namespace: $0) }
        var answers: [AccessNeed: Answer] = [:]
        var open: Set<AccessNeed> = []
        for need in needs {
            let (resource, subresource) = need.parts
            guard let namespace = need.namespace, let known = rules[namespace].flatMap({ $0 }) else {
                open.insert(need)
                continue
            }
            if known.allows(need.verb, group: need.group, resource: resource, subresource: subresource) {
                answers[need] = .allowed
            } else if known.incomplete {
                open.insert(need)
            } else {
                answers[need] = .denied
            }
        }
        return answers.merging(await Self.concurrently(open) { await review($0) }) { $1 }
    }

    private func review(_ need: AccessNeed) async -> Answer {
        let (resource, subresource) = need.parts
        do {
            let review = try await client.accessReview(
                verb: need.verb, group: need.group, resource: resource, subresource: subresource,
                namespace: need.namespace)
            return review.allowed ? .allowed : .denied
        } catch {
            return .unknown(error.reason)
        }
    }

    /// The client lets only so many through at a time; the number of tasks is bounded for a server that has a million resources.
    private static func concurrently<Key: Hashable & Sendable, Value: Sendable>(
        _ keys: Set<Key>, _ work: @escaping @Sendable (Key) async -> Value
    ) async -> [Key: Value] {
        await withTaskGroup(of: (Key, Value).self) { group in
            var results: [Key: Value] = [:]
            for (index, key) in keys.enumerated() {
                if index >= 16, let (done, value) = await group.next() { results[done] = value }
                group.addTask { (key, await work(key)) }
            }
            for await (done, value) in group { results[done] = value }
            return results
        }
    }
}

extension AccessNeed {
    /// The resource and its subresource.
    fileprivate var parts: (resource: String, subresource: String?) {
        let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
        return (parts.first ?? resource, parts.count > 1 ? parts[1] : nil)
    }
}
