internal import Glibc

/// Runs work that blocks on a thread of its own, so that the threads of tasks stay free for what it waits for.
public enum SQLThread {
    /// - Throws: what `work` throws.
    public static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job { continuation.resume(with: Swift.Result { try work() }) }
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
                    return nil
                }, Unmanaged.passRetained(job).toOpaque())
            if status == 0 {
                pthread_detach(thread)
            } else {
                Unmanaged.passUnretained(job).release()
                continuation.resume(throwing: SQLError(.other, "there is no thread to be had (error \(status))"))
            }
        }
    }

    private final class Job {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }
}
