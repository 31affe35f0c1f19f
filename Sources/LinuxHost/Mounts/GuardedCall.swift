internal import Glibc
internal import Synchronization

/// Runs a call that the kernel may never return from on a thread of its own, and waits for it only so long.
///
/// A `statvfs` on a file system whose server is gone sleeps uninterruptibly. There is no way to end such a thread: it
/// is left behind, with what it holds, and ends when the server answers or this process does.
package enum GuardedCall {
    /// The result of `call`, or nil if it took longer than `timeout` milliseconds or no thread could be made.
    package static func run<Value: Sendable>(
        milliseconds timeout: Int32, _ call: @escaping @Sendable () -> Value
    ) -> Value? {
        guard let exchange = Exchange(call) else { return nil }
        guard exchange.start() else { return nil }
        return exchange.wait(milliseconds: timeout)
    }

    /// What the two threads share; it lives until both have let go of it.
    private final class Exchange<Value: Sendable>: Sendable {
        private let result = Mutex<Value?>(nil)
        private let call: @Sendable () -> Value
        private let reading: OwnedDescriptor
        private let writing: OwnedDescriptor

        init?(_ call: @escaping @Sendable () -> Value) {
            var ends: (Int32, Int32) = (-1, -1)
            let status = withUnsafeMutableBytes(of: &ends) { bytes in
                socketpair(
                    AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0,
                    bytes.assumingMemoryBound(to: Int32.self).baseAddress)
            }
            guard status == 0 else { return nil }
            reading = OwnedDescriptor(owning: ends.0)
            writing = OwnedDescriptor(owning: ends.1)
            self.call = call
        }

        /// Starts the thread; it holds a reference of its own, passed as the argument.
        func start() -> Bool {
            let work = Work { [self] in perform() }
            let argument = Unmanaged.passRetained(work)
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, argument.toOpaque())
            guard status == 0 else {
                argument.release()
                return false
            }
            // Nobody waits for its end: it may never come.
            pthread_detach(thread)
            return true
        }

        private func perform() {
            let value = call()
            result.withLock { $0 = value }
            var byte: UInt8 = 1
            // A full buffer cannot be: this is the only byte ever written.
            _ = write(writing.rawValue, &byte, 1)
        }

        func wait(milliseconds timeout: Int32) -> Value? {
            let end = ContinuousClock.now + .milliseconds(Int64(timeout))
            while true {
                let left = (end - ContinuousClock.now) / .milliseconds(1)
                var poller = pollfd(fd: reading.rawValue, events: Int16(POLLIN), revents: 0)
                let count = poll(&poller, 1, Int32(max(0, left.rounded(.up))))
                if count < 0, errno == EINTR { continue }
                return result.withLock { $0 }
            }
        }
    }

    /// The thread's work, without the generic type that a C function pointer cannot carry.
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
