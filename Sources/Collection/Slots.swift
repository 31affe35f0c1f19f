internal import BundleFormat
internal import Synchronization

/// Whom an attempt shares its slots with.
package struct SlotPools: Sendable {
    /// As many connections to an API server as that notices little.
    package static let long = 64

    private let cluster: Slots
    /// What is read from this host does not wait for a cluster that hangs.
    private let own: Slots
    private let services = Slots(4)
    private let long = Slots(Self.long)

    /// - Parameter count: attempts under way at once, of the cluster and of this host.
    init(_ count: Int) {
        cluster = Slots(count)
        own = Slots(count)
    }

    func slots(for planned: PlannedAttempt) -> Slots {
        switch planned.lane {
        case .long: long
        case .service: services
        // What comes of another node comes through the API server.
        case .usual: [.node, .local].contains(planned.source) && planned.kubelet == nil ? own : cluster
        }
    }
}

/// Bounds how many attempts are under way at once, over everything that one engine runs.
///
/// Whoever goes first and waits longest is next; but of every four slots that come free one goes to those that do not, so that
/// a crowd that hangs holds nobody up for good.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var first: [CheckedContinuation<Void, Never>] = []
        var others: [CheckedContinuation<Void, Never>] = []
        var turn = 0

        mutating func next() -> CheckedContinuation<Void, Never>? {
            turn += 1
            if !first.isEmpty, others.isEmpty || turn % 4 != 0 { return first.removeFirst() }
            return others.isEmpty ? nil : others.removeFirst()
        }
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: max(1, count)))
    }

    func take(first: Bool) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    if first { state.first.append(continuation) } else { state.others.append(continuation) }
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if let next = state.next() { return next }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
