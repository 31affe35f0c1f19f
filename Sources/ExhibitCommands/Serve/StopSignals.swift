internal import Dispatch
internal import Glibc
internal import Synchronization

/// Signals that end a run in order.
struct StopSignals {
    private final class Counter: Sendable {
        private let count = Atomic(0)

        func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
    }

    private let sources: [any DispatchSourceSignal]

    /// - Parameters:
    ///   - numbers: which, until ``cancel()``.
    ///   - act: is called for each that comes, with how many came before.
    init(_ numbers: [Int32], _ act: @escaping @Sendable (Int) -> Void) {
        let queue = DispatchQueue(label: "exhibit.signals")
        let counter = Counter()
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { act(counter.next()) }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
