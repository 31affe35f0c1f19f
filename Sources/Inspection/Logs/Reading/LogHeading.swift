/// The lines by which kubectl parts the logs of the containers of a pod that it writes into one file:
/// `==== START logs for container NAME of pod NAMESPACE/POD ====`, and the same with `END`.
///
/// A container can print such lines, too: which of a pod's containers a line of such a file is of, is their word. So nothing that
/// stands behind an end, or behind a line that is of another pod, is taken from the container that was before: no line is lost.
struct LogHeading: Hashable {
    enum Mark: Hashable {
        case start(String)
        case end
    }

    private let tail: [UInt8]
    private let containers: Set<String>?

    private static let start = Array("==== START logs for container ".utf8)
    private static let end = Array("==== END logs for container ".utf8)

    /// - Parameter containers: that the pod has; a line that names another one is no heading. Nil: that is not known.
    init(namespace: String, pod: String, containers: Set<String>? = nil) {
        tail = Array(" of pod \(namespace)/\(pod) ====".utf8)
        self.containers = containers
    }

    /// Of a file with the logs of several containers; nil for one with the log of one.
    init?(_ place: LogPlace) {
        guard place.container == nil else { return nil }
        self.init(namespace: place.namespace, pod: place.pod)
    }

    /// What a line is; nil for any that is no heading of this pod's.
    func mark(of line: some BidirectionalCollection<UInt8>) -> Mark? {
        let isStart = line.starts(with: Self.start)
        guard isStart || line.starts(with: Self.end) else { return nil }
        let rest = line.dropFirst(isStart ? Self.start.count : Self.end.count)
        guard rest.count > tail.count, rest.suffix(tail.count).elementsEqual(tail) else { return nil }
        let name = rest.dropLast(tail.count)
        // No container's name is longer.
        guard name.count <= 253, !name.contains(0x20) else { return nil }
        let container = String(decoding: name, as: UTF8.self)
        guard containers?.contains(container) ?? true else { return nil }
        return isStart ? .start(container) : .end
    }
}
