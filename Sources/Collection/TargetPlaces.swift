internal import BundleFormat
internal import Synchronization

/// Bounds how many attempts are under way in one container and through one kubelet, over everything that one engine runs, whatever
/// slots are free.
///
/// Whoever finds no place waits here, and holds up nobody who wants another one: an attempt that ends names the one that goes on
/// in its place. What waits is a plan and a number only, since there can be a hundred thousand.
final class TargetPlaces: Sendable {
    enum Place: Hashable {
        case container(Target, kubelet: String?)
        /// Of the node with this name.
        case kubelet(String)
    }

    /// One attempt of a plan.
    struct Member {
        let plan: RunningPlan
        let index: Int

        /// The more volatile first; of the same rank those of the plan that began first, in its order.
        fileprivate func goesBefore(_ other: Member) -> Bool {
            (plan.attempts[index].volatility, plan.number, index)
                < (other.plan.attempts[other.index].volatility, other.plan.number, other.index)
        }

        fileprivate var places: [Place] { plan.attempts[index].places }
    }

    /// Commands run at the cost of the container's own limits of memory and processes, which it may be near: beside one that
    /// hangs there is room for one more.
    static let inContainer = 2

    private struct Room {
        private(set) var taken = 0
        /// In order.
        private var waiting: ArraySlice<Member> = []

        /// Takes a place, or begins to wait.
        mutating func admits(_ member: Member, most: Int) -> Bool {
            guard taken >= most else {
                taken += 1
                return true
            }
            // Nearly always it is the last one.
            let before = waiting.lastIndex { $0.goesBefore(member) }
            waiting.insert(member, at: before.map { $0 + 1 } ?? waiting.startIndex)
            return false
        }

        /// Whose the place is now; nil when nobody waits.
        mutating func passOn() -> Member? {
            if let heir = waiting.popFirst() { return heir }
            taken -= 1
            return nil
        }
    }

    private let throughKubelet: Int
    private let rooms = Mutex<[Place: Room]>([:])

    /// - Parameter slots: how many attempts may be under way in all. A kubelet gets half of them: one that hangs leaves the other
    ///   half to the other nodes, and to the API server itself.
    init(slots: Int) {
        throughKubelet = max(1, slots / 2)
    }

    /// Takes an attempt's places; false when it waits, and some ``leave(_:)`` will name it.
    func enter(_ member: Member) -> Bool {
        let places = member.places
        return places.isEmpty || rooms.withLock { enter(member, places[...], &$0) }
    }

    /// Gives an attempt's places to whoever waits for them.
    ///
    /// - Returns: the one that can begin now. There is never a second: whoever has waited for the container goes on to the same
    ///   kubelet, and there is one of those who wait for the place that comes free next, or nobody waits there.
    func leave(_ member: Member) -> Member? {
        let places = member.places
        guard !places.isEmpty else { return nil }
        return rooms.withLock { rooms in
            var next: Member?
            for place in places {
                if let heir = rooms[place]?.passOn() {
                    let rest = heir.places.drop { $0 != place }.dropFirst()
                    if enter(heir, rest, &rooms) { next = heir }
                } else if rooms[place]?.taken == 0 {
                    rooms[place] = nil
                }
            }
            return next
        }
    }

    /// An attempt keeps the places that it has while it waits for the next one: all take them in the same order.
    private func enter(_ member: Member, _ places: ArraySlice<Place>, _ rooms: inout [Place: Room]) -> Bool {
        places.allSatisfy { place in
            let most = if case .container = place { Self.inContainer } else { throughKubelet }
            return rooms[place, default: Room()].admits(member, most: most)
        }
    }
}

extension PlannedAttempt {
    /// From the narrowest on. The other lanes have few slots anyway, or mostly wait.
    fileprivate var places: [TargetPlaces.Place] {
        guard lane == .usual, known == nil else { return [] }
        var places: [TargetPlaces.Place] = []
        if source == .inContainer { places.append(.container(target, kubelet: kubelet)) }
        if let kubelet { places.append(.kubelet(kubelet)) }
        return places
    }
}
