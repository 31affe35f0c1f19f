public import StructuredText
internal import Synchronization

/// Relations that several list attempts ask and teach at the same time.
public final class SharedRelations: Sendable {
    private let state: Mutex<Relations>

    public init(_ relations: Relations) {
        state = Mutex(relations)
    }

    public func admit(kind: String, _ object: JSONValue, always: Bool = false) -> Bool {
        state.withLock { $0.admit(kind: kind, object, always: always) }
    }
}
