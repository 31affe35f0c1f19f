internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import Synchronization

/// Logs of containers from the files that their runtimes write, as the kubelets serve them (`nodes/proxy`).
///
/// A kubelet copies a file in one go, but for `pods/log` it parses and sends line by line, which takes several times as long for
/// both it and the API server. What comes is the same: this does the kubelet's work here. It is a faster way and no other
/// evidence, so whatever stands in its way before a line has come leads back to `pods/log`.
final class NodeLogs: Sendable {
    /// So many containers in a row without the file, and the node keeps them elsewhere.
    private static let mostMisses = 3

    private struct State {
        var isForbidden = false
        var refusing: Set<String> = []
        var misses: [String: Int] = [:]
    }

    private struct OtherFormat: Error {}

    private let state = Mutex(State())

    /// Whether the container's log may be had in this way.
    ///
    /// Not after a restart: which file is the current one by now only the kubelet knows.
    func mayHave(_ container: PodSummary.Container, of pod: PodSummary) -> Bool {
        guard container.isFirstInstance, let node = pod.node, Self.folder(pod) != nil else { return false }
        return state.withLock { !$0.isForbidden && !$0.refusing.contains(node) }
    }

    /// Writes the log into the entry.
    ///
    /// - Returns: nil when it could not be had, and nothing was written.
    func capture(
        _ container: PodSummary.Container, of pod: PodSummary, timestamps: Bool, client: KubernetesClient,
        into entry: EvidenceEntry, _ context: AttemptContext
    ) async throws -> Outcome? {
        guard let node = pod.node, let folder = Self.folder(pod) else { return nil }
        var decoder = ContainerLogDecoder(timestamps: timestamps)
        var lines: [UInt8] = []
        let files = ["pods", folder, container.name]
        do {
            // The pod was looked at some time ago: one that was started again since has another current log.
            guard try await !client.hasNodeLog(node: node, file: files + ["1.log"]) else { return nil }
            try await client.nodeLog(node: node, file: files + ["0.log"]) { chunk in
                lines.removeAll(keepingCapacity: true)
                guard decoder.decode(chunk, into: &lines) else { throw OtherFormat() }
                guard decoder.hasBegun else { return }
                context.take(.nodeLog)
                try await entry.write(lines)
            }
        } catch is OtherFormat {
            refuse(node)
            return nil
        } catch let error as KubernetesError where error.code != .cancelled {
            note(error, of: node)
            guard decoder.hasBegun else { return nil }
            // What came stays as it is: another reading may not begin with the same line.
            throw error
        }
        state.withLock { $0.misses[node] = 0 }
        // That it is empty the kubelet may say itself.
        guard decoder.hasBegun else { return nil }
        guard decoder.otherLines == 0 else {
            let lines = decoder.otherLines == 1 ? "1 line is" : "\(decoder.otherLines) lines are"
            return .partial(
                "NotLogLines",
                "\(lines) not as a container runtime writes them: left out, as pods/log leaves them out")
        }
        return .ok
    }

    private func note(_ error: KubernetesError, of node: String) {
        state.withLock { state in
            switch error.code {
            case .forbidden, .unauthorized: state.isForbidden = true
            // Says nothing of the node.
            case .tooManyRequests, .badArgument: break
            case .notFound:
                state.misses[node, default: 0] += 1
                if state.misses[node, default: 0] >= Self.mostMisses { state.refusing.insert(node) }
            default: state.refusing.insert(node)
            }
        }
    }

    private func refuse(_ node: String) {
        state.withLock { _ = $0.refusing.insert(node) }
    }

    /// The folder of the pod below `pods`; nil when its UID is none. Source: k8s.io/kubernetes, pkg/kubelet/kuberuntime/helpers.go,
    /// BuildPodLogsDirectory.
    private static func folder(_ pod: PodSummary) -> String? {
        let uid = pod.staticPodHash ?? pod.metadata.uid
        guard (1...64).contains(uid.utf8.count),
            uid.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) || $0 == 0x2D })
        else { return nil }
        return "\(pod.namespace)_\(pod.name)_\(uid)"
    }
}
