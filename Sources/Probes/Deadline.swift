/// The time for something was over.
struct DeadlineExceeded: Error {}

/// Does `body` within a time: it is cancelled when that is over, and waited for, so it must obey a cancellation.
///
/// - Throws: ``DeadlineExceeded``, or what `body` throws.
func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        guard let value = try await group.next() ?? nil else { throw DeadlineExceeded() }
        return value
    }
}

/// Time since a moment, in milliseconds.
struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    var milliseconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (Double(seconds) * 1_000_000 + Double(attoseconds / 1_000_000_000_000)).rounded() / 1_000
    }
}
