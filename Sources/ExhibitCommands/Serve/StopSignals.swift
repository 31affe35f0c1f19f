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
    ///   - numbers: which, until ``cancel()``; HUP not where it was ignored before, as by nohup(1).
    ///   - act: is called for each that comes, with how many came before.
    init(_ numbers: [Int32], _ act: @escaping @Sendable (Int) -> Void) {
        let queue = DispatchQueue(label: "exhibit.signals")
        let counter = Counter()
        sources = numbers.filter { $0 != SIGHUP || !Self.isIgnored($0) }.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { act(counter.next()) }
            source.resume()
            return source
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let before = signal(number, SIG_IGN)
        let isIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(number, before) }
        return isIgnored
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
