/// The network of the host that a procfs shows: the network namespace of its process 1.
///
/// On a host that is this process's own. In a pod that sees the host's processes it is not, and then work is done on a thread that
/// has entered it.
package struct HostNetwork: Sendable {
    package let proc: ProcFileSystem

    package init(proc: ProcFileSystem) {
        self.proc = proc
    }

    /// Whether it is this process's own, as far as can be told: of whoever may not look, it is taken to be.
    package var isOwn: Bool {
        guard let theirs = namespace(1), let ours = namespace(nil) else { return true }
        return theirs == ours
    }

    /// Does the work in it, perhaps on another thread, which has no task: what is to be cancelled must be told so otherwise.
    package func run<Value: Sendable>(_ work: @Sendable () -> Value) -> Result<Value, HostError> {
        if isOwn { return .success(work()) }
        do throws(HostError) {
            return NetworkNamespaceThread.run(in: try proc.process(1), work)
        } catch {
            return .failure(error)
        }
    }

    private func namespace(_ pid: Int32?) -> [UInt8]? {
        // This process's own is that of this procfs only where it is the one it runs in; the text is the same in each.
        do throws(HostError) {
            let process =
                if let pid { try proc.process(pid) } else { try AnchoredDirectory.open("/proc/self") }
            return try process.directory("ns").link("net")
        } catch {
            return nil
        }
    }
}
