internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The process groups of the programs that are running, so that none outlives this process when that ends first.
public enum LivePrograms {
    private static let groups = Mutex<Set<pid_t>>([])
    /// exit(3) runs it, whoever calls that.
    private static let atExit: Void = { _ = atexit { LivePrograms.killAll() } }()

    /// - Parameter group: led by a child that has not been reaped, so that nobody else can have its number.
    static func add(_ group: pid_t) {
        _ = atExit
        groups.withLock { _ = $0.insert(group) }
    }

    static func remove(_ group: pid_t) {
        groups.withLock { _ = $0.remove(group) }
    }

    /// Ends all of them at once (SIGKILL). For who ends this process by `_exit`; exit(3) does it by itself.
    public static func killAll() {
        groups.withLock { groups in
            for group in groups { kill(-group, SIGKILL) }
        }
    }
}
