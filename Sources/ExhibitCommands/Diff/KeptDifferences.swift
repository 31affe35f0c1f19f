internal import Inspection
internal import Synchronization

/// The differences that are shown of each section, what is new first; the rest is in the summary's counts.
final class KeptDifferences: Sendable {
    struct Section: Sendable {
        fileprivate var ofChange: [Difference.Change: [Difference]] = [:]
        /// Files of containers that were replaced, by container: the first of them, and how many there are.
        fileprivate(set) var replaced: [(first: Difference, count: Int)] = []
        fileprivate var placeOfReplaced: [[String]: Int] = [:]
        fileprivate(set) var shown: [Difference] = []

        fileprivate mutating func add(_ difference: Difference, _ most: Int, _ joinsReplaced: Bool) {
            if joinsReplaced, difference.isOfReplacedContainer {
                let key = ["namespace", "workload", "container"].map { difference.part($0) ?? "" }
                if let place = placeOfReplaced[key] {
                    replaced[place].count += 1
                    return
                }
                if replaced.count < most {
                    placeOfReplaced[key] = replaced.count
                    replaced.append((difference, 1))
                    return
                }
            }
            if ofChange[difference.change, default: []].count < most {
                ofChange[difference.change, default: []].append(difference)
            }
        }
    }

    private static let order: [Difference.Change] = [.added, .changed, .replaced, .removed]

    private let most: Int
    private let joinsReplaced: Bool
    private let state = Mutex<[DifferenceSection: Section]>([:])

    /// - Parameters:
    ///   - most: of a section.
    ///   - joinsReplaced: whether files of a container that was replaced are one line.
    init(_ most: Int, joinsReplaced: Bool) {
        self.most = most
        self.joinsReplaced = joinsReplaced
    }

    func add(_ difference: Difference) {
        state.withLock { $0[difference.section, default: Section()].add(difference, most, joinsReplaced) }
    }

    var sections: [DifferenceSection: Section] {
        state.withLock {
            $0.mapValues { section in
                var section = section
                section.shown = Array(Self.order.flatMap { section.ofChange[$0] ?? [] }.prefix(most))
                return section
            }
        }
    }
}
