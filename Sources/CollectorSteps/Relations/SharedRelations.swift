public import StructuredText
internal import Synchronization

/// Relations that several list attempts ask and teach at the same time.
///
/// Lists wait until the owners of the pods are known, which is found out beside the volatile captures.
public final class SharedRelations: Sendable {
    private let state: Mutex<Relations>
    private let isComplete = Mutex(true)

    public init(_ relations: Relations) {
        state = Mutex(relations)
    }

    public func admit(kind: String, _ object: JSONValue, always: Bool = false) -> Bool {
        state.withLock { $0.admit(kind: kind, object, always: always) }
    }

    /// Owners are being looked for: `complete` must follow, whatever comes of it.
    func expectOwners() {
        isComplete.withLock { $0 = false }
    }

    func complete(uids: Set<String> = [], workloads: Set<Relations.Reference> = []) {
        state.withLock { $0.add(uids: uids, workloads: workloads) }
        isComplete.withLock { $0 = true }
    }

    /// Returns when the owners are known, or given up. Ends with the task's cancellation.
    func ready() async throws {
        while !isComplete.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
    }
}
