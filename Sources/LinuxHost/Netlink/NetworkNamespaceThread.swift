internal import CLinux
internal import Glibc
internal import Synchronization

/// Runs work inside the network namespace of a process.
///
/// A thread of its own enters the namespace (setns(2)), does the work, and ends; the calling thread stays where it is. Needs
/// CAP_SYS_ADMIN in the user namespace that owns the network namespace and in its own.
package enum NetworkNamespaceThread {
    /// The inode of the calling thread's own network namespace, as in `net:[4026531840]`.
    package static var own: UInt64? {
        var status = stat()
        return stat("/proc/thread-self/ns/net", &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// The work's result, or why it was not run: no permission (``HostError/Code/permissionDenied``), the process is gone
    /// (``HostError/Code/vanished``), no thread.
    ///
    /// - Parameters:
    ///   - process: the directory `/proc/<pid>`. Its `ns/net` is followed, as that is how procfs hands out a namespace; in a tree
    ///     that is no procfs it is not (``HostError/Code/unexpectedType``).
    ///   - work: is run on the new thread; no longer referred to when this returns.
    package static func run<Value: Sendable>(
        in process: borrowing AnchoredDirectory, _ work: @Sendable () -> Value
    ) -> Result<Value, HostError> {
        do throws(HostError) {
            let namespaces = try process.directory("ns")
            let namespace = try namespaces.kernelObject("net", for: .reading)
            return run(in: namespace, path: namespaces.path(of: "net"), pid: process.pid, work)
        } catch {
            return .failure(error.asVanished)
        }
    }

    /// The same for a namespace that is open already, such as one beneath `/run/netns`.
    package static func run<Value: Sendable>(
        in namespace: consuming OwnedDescriptor, path: RawText, pid: Int32? = nil, _ work: @Sendable () -> Value
    ) -> Result<Value, HostError> {
        let result = Mutex<Result<Value, HostError>?>(nil)
        let number = namespace.rawValue
        let status = withoutActuallyEscaping(work) { work in
            onThread(
                Work {
                    // setns refuses what is no network namespace (EINVAL).
                    let outcome: Result<Value, HostError> =
                        setns(number, EXHIBIT_CLONE_NEWNET) == 0
                        ? .success(work())
                        : .failure(HostError(errno: errno, "enter the network namespace", path, pid: pid))
                    result.withLock { $0 = outcome }
                })
        }
        _ = consume namespace
        if let outcome = result.withLock({ $0 }) { return outcome }
        return .failure(HostError(errno: status, "make a thread for", path, pid: pid))
    }

    /// Does the work on a new thread and waits for its end; the error number if there was no thread.
    private static func onThread(_ work: Work) -> Int32 {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(work)
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().body() }
                return nil
            }, argument.toOpaque())
        if status == 0 { pthread_join(thread, nil) }
        // The thread is over, so that this is the last reference, as `withoutActuallyEscaping` demands.
        argument.release()
        return status
    }

    /// The thread's work, without the generic type that a C function pointer cannot carry.
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
