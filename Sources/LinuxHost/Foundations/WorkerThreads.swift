internal import Glibc

/// Threads for work that waits for the kernel: one for each core, up to four, all ended when the call returns.
package enum WorkerThreads {
    /// How many are worth having.
    package static var count: Int {
        min(4, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    }

    /// Calls `body` on each of `count` threads, the calling one among them, and waits for all. Where a thread cannot be made, fewer
    /// call it: the work must be one that whoever is there takes the next piece of.
    package static func run(_ count: Int, _ body: @Sendable () -> Void) {
        withoutActuallyEscaping(body) { body in
            let work = Work(body)
            var threads: [pthread_t] = []
            for _ in 1..<max(1, count) {
                var thread = pthread_t()
                let argument = Unmanaged.passUnretained(work).toOpaque()
                let status = pthread_create(
                    &thread, nil,
                    { argument in
                        if let argument { Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().body() }
                        return nil
                    }, argument)
                guard status == 0 else { break }
                threads.append(thread)
            }
            work.body()
            for thread in threads { pthread_join(thread, nil) }
            withExtendedLifetime(work) {}
        }
    }

    /// The threads' work, as one pointer.
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
