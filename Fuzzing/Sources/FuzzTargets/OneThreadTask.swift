internal import OneThread
internal import Synchronization

/// What came of a task that has ended.
private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
}

/// Waits for what may suspend. Nothing else runs meanwhile, and the same input always runs in the same order.
func runToEnd<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    Task.detached {
        let result: Result<Value, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        outcome.result.withLock { $0 = result }
    }
    onethread_run()
    let result = outcome.result.withLock { $0 }
    require(result != nil, "what is awaited comes: nothing is left to run, and it has not ended")
    return try result!.get()
}
