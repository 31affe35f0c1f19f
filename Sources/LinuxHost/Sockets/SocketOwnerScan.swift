internal import Glibc
internal import Synchronization

/// Which processes hold which sockets, and which network namespaces they live in: one pass over `/proc`, by several threads, as nearly
/// all of its time is the kernel's.
struct SocketOwnerScan: Sendable {
    /// A descriptor of a socket.
    struct Holding: Comparable {
        let inode: UInt64
        /// The pid above, the descriptor below.
        let holder: UInt64

        init(inode: UInt64, pid: Int32, descriptor: Int32) {
            self.inode = inode
            holder = UInt64(UInt32(bitPattern: pid)) << 32 | UInt64(UInt32(bitPattern: descriptor))
        }

        var owner: SocketOwner {
            SocketOwner(
                pid: Int32(truncatingIfNeeded: holder >> 32), descriptor: Int32(truncatingIfNeeded: holder))
        }

        static func < (left: Holding, right: Holding) -> Bool {
            left.inode != right.inode ? left.inode < right.inode : left.holder < right.holder
        }
    }

    /// What is known of one process.
    struct Process {
        let pid: Int32
        /// Whether it lives in ``namespace``: not where that may not be seen.
        var hasNamespace = false
        var namespace: UInt64?
        /// Its name, read only of one that holds a socket.
        var name: RawText?
    }

    /// What all threads found, by ascending pid and inode.
    struct Found {
        var processes: [Process] = []
        var holdings: [Holding] = []
        var failures: [HostError] = []
        var isCut = false
    }

    let proc: ProcFileSystem
    let pids: [Int32]
    let limit: Int
    let isCancelled: @Sendable () -> Bool

    /// Looks at every process.
    func run() -> Found {
        let next = Atomic<Int>(0)
        let count = Atomic<Int>(0)
        let all = Mutex<Found>(Found())
        WorkerThreads.run(min(WorkerThreads.count, 1 + pids.count / 64)) {
            var worker = Worker(found: Found(), proc: proc, limit: limit)
            while !isCancelled() {
                // Pieces of a few processes: large ones, with very many descriptors, stand anywhere.
                let start = next.add(16, ordering: .relaxed).oldValue
                guard start < pids.count else { break }
                for index in start..<min(start + 16, pids.count) { worker.visit(pids[index], count) }
            }
            all.withLock {
                $0.processes += worker.found.processes
                $0.holdings += worker.found.holdings
                $0.failures += worker.found.failures
                $0.isCut = $0.isCut || worker.found.isCut
            }
        }
        var found = all.withLock { $0 }
        found.processes.sort { $0.pid < $1.pid }
        found.holdings.sort()
        found.failures.sort { ($0.pid ?? 0) < ($1.pid ?? 0) }
        return found
    }

    /// One thread's share.
    private struct Worker: ~Copyable {
        var found: Found
        let proc: ProcFileSystem
        let limit: Int
        var entries = DirectoryEntries()

        init(found: Found, proc: ProcFileSystem, limit: Int) {
            self.found = found
            self.proc = proc
            self.limit = limit
        }

        mutating func visit(_ pid: Int32, _ count: borrowing Atomic<Int>) {
            do {
                let process = try proc.process(pid)
                visit(process, pid, count)
            } catch {
                found.failures.append(error)
            }
        }

        private mutating func visit(
            _ process: borrowing AnchoredDirectory, _ pid: Int32, _ count: borrowing Atomic<Int>
        ) {
            var record = Process(pid: pid)
            do {
                record.namespace = try Self.namespace(process)
                record.hasNamespace = true
            } catch {
                // Without the right to see a process's namespace its tables would be read again and again under no
                // name, so only its descriptors are looked at; the reader's own namespace is always readable. A tree
                // without `ns` (a copy, an old kernel) counts as one namespace without a name.
                if error.code == .permissionDenied {
                    found.failures.append(error)
                } else {
                    record.hasNamespace = true
                }
            }
            let before = found.holdings.count
            do {
                try collect(try process.directory("fd"), pid, count)
            } catch {
                found.failures.append(error.asVanished)
            }
            if found.holdings.count > before { record.name = Self.name(of: process) }
            found.processes.append(record)
        }

        private mutating func collect(
            _ directory: borrowing AnchoredDirectory, _ pid: Int32, _ count: borrowing Atomic<Int>
        ) throws(HostError) {
            let before = found.holdings.count
            try entries.forEach(of: directory) { name in
                // A descriptor that was closed meanwhile has no link any more: not a failure.
                guard let descriptor = ProcFileSystem.number(name), let inode = directory.socketInode(name) else {
                    return
                }
                found.holdings.append(Holding(inode: inode, pid: pid, descriptor: descriptor))
            }
            // The limit is looked at once a process: one more process may be over it, none is without end (`fs.nr_open`).
            let added = found.holdings.count - before
            let total = count.add(added, ordering: .relaxed).newValue
            if total > limit {
                found.holdings.removeLast(min(added, total - limit))
                if !found.isCut {
                    found.failures.append(
                        HostError(
                            .limitReached, "list", RawText(directory.path), pid: pid,
                            reason: "more than \(limit) descriptors of sockets"))
                }
                found.isCut = true
            }
        }

        private static func namespace(_ process: borrowing AnchoredDirectory) throws(HostError) -> UInt64? {
            let directory = try process.directory("ns")
            return KernelObjectName.inode(of: try directory.link("net"), kind: "net")
        }

        private static func name(of process: borrowing AnchoredDirectory) -> RawText? {
            var text: [UInt8] = []
            guard (try? process.read("stat", limit: 4_096, into: &text)) != nil else { return nil }
            return ProcessStat(text)?.name
        }
    }
}
