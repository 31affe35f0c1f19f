/// Reads the sockets of every network namespace that processes live in, and ties them to their processes.
///
/// Of each namespace the tables are asked for by sock_diag(7), on a thread that enters it, or read from procfs where that may not be;
/// of each process the descriptors are read from `/proc`. No process is touched, and nothing is executed. A kernel that has a part of
/// sock_diag as a module loads it when it is asked, as it does for `ss`.
///
/// What is kept takes about 600 bytes of memory a socket with its owner, so that ``Limits/sockets`` bounds it.
public struct SocketReader: Sendable {
    /// Bounds on what is kept.
    public struct Limits: Sendable {
        /// Sockets, over all namespaces.
        public var sockets = 1_000_000
        /// Descriptors of sockets, over all processes.
        public var descriptors = 2_000_000
        /// Network namespaces.
        public var namespaces = 10_000
        /// Bytes of one table.
        public var tableBytes = 1 << 30

        /// The defaults.
        public init() {}
    }

    private let proc: ProcFileSystem
    private let limits: Limits
    private let tables: [SocketTableName]
    private let usesNetlink: Bool

    /// A reader of the given tables; without netlink it reads the text of procfs only.
    public init(
        proc: ProcFileSystem, tables: [SocketTableName] = SocketTableName.allCases, limits: Limits = Limits(),
        usesNetlink: Bool = true
    ) {
        self.proc = proc
        self.tables = tables
        self.limits = limits
        self.usesNetlink = usesNetlink
    }

    /// Reads all of it. Ends early, with what there is, when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` only if the processes cannot be listed at all.
    public func read() throws(HostError) -> SocketSnapshot {
        try withUnsafeCurrentTask { task -> Result<SocketSnapshot, HostError> in
            // Other threads ask for it, too, which the task allows as long as it is here.
            nonisolated(unsafe) let task = task
            return read { task?.isCancelled ?? false }
        }.get()
    }

    private func read(isCancelled: @escaping @Sendable () -> Bool) -> Result<SocketSnapshot, HostError> {
        let began = Timestamp.now()
        var pass = Pass(limits: limits, snapshot: SocketSnapshot(began: began, ended: began))
        let pids: [Int32]
        do { pids = try proc.processIDs() } catch { return .failure(error) }
        let scan = SocketOwnerScan(proc: proc, pids: pids, limit: limits.descriptors, isCancelled: isCancelled)
        let found = scan.run()
        pass.snapshot.processCount = pids.count
        for failure in found.failures { pass.record(failure) }
        let reader = SocketTableReader(tables: tables, tableBytes: limits.tableBytes, isCancelled: isCancelled)
        for process in found.processes where process.hasNamespace && !isCancelled() {
            pass.count(process) { (pid, namespace, limit) throws(HostError) in
                let directory = try proc.process(pid)
                return reader.read(directory, namespace: namespace, limit: limit, usesNetlink: usesNetlink)
            }
        }
        pass.snapshot.isCancelled = isCancelled()
        return .success(pass.finish(found))
    }
}

extension SocketReader {
    /// The state of one reading.
    private struct Pass {
        let limits: Limits
        var snapshot: SocketSnapshot
        private var found: [(namespace: UInt64?, sockets: [SocketRecord])] = []
        private var count = 0
        private var namespaceIndex: [UInt64?: Int] = [:]
        private var lastVanished: Int32?

        init(limits: Limits, snapshot: SocketSnapshot) {
            self.limits = limits
            self.snapshot = snapshot
        }

        mutating func record(_ failure: HostError) {
            if failure.code == .vanished {
                // Several files of one process miss it, one after the other.
                if failure.pid != lastVanished { snapshot.vanishedProcesses += 1 }
                lastVanished = failure.pid
            } else {
                snapshot.failures.record(failure)
            }
        }

        /// Counts a process in its namespace, whose tables are read when it is the first.
        mutating func count(
            _ process: SocketOwnerScan.Process,
            read: (Int32, UInt64?, Int) throws(HostError) -> SocketTableReader.Reading
        ) {
            if let index = namespaceIndex[process.namespace] {
                snapshot.namespaces[index].processCount += 1
                return
            }
            guard snapshot.namespaces.count < limits.namespaces else {
                record(
                    HostError(
                        .limitReached, "read the sockets of", "the network namespace", pid: process.pid,
                        reason: "more than \(limits.namespaces) network namespaces"))
                return
            }
            do {
                let reading = try read(process.pid, process.namespace, max(0, limits.sockets - count))
                for failure in reading.failures { record(failure.asVanished) }
                // The process may have ended before a single table was read: then the next one in the namespace serves.
                guard !reading.tables.isEmpty else { return }
                var entry = NetworkNamespace(inode: process.namespace, pid: process.pid, processCount: 1)
                entry.tables = reading.tables
                namespaceIndex[process.namespace] = snapshot.namespaces.count
                snapshot.namespaces.append(entry)
                found.append((process.namespace, reading.sockets))
                count += reading.sockets.count
            } catch {
                record(error)
            }
        }

        /// Ties the sockets to their owners by the inode.
        consuming func finish(_ scan: SocketOwnerScan.Found) -> SocketSnapshot {
            let holdings = scan.holdings
            var first: [UInt64: Int] = [:]
            first.reserveCapacity(holdings.count)
            for (index, holding) in holdings.enumerated() where index == 0 || holdings[index - 1].inode != holding.inode
            {
                first[holding.inode] = index
            }
            // One array of one name for all the sockets that a process holds alone.
            var names: [Int32: [RawText]] = [:]
            for process in scan.processes { if let name = process.name { names[process.pid] = [name] } }
            var isMatched = [Bool](repeating: false, count: holdings.count)
            snapshot.sockets.reserveCapacity(count)
            for (namespace, sockets) in found {
                for socket in sockets {
                    var owners: [SocketOwner] = []
                    var ownerNames: [RawText] = []
                    if socket.inode != 0, let start = first[socket.inode] {
                        var end = start
                        while end < holdings.count, holdings[end].inode == socket.inode {
                            isMatched[end] = true
                            end += 1
                        }
                        owners = holdings[start..<end].map(\.owner)
                        ownerNames =
                            owners.count == 1
                            ? names[owners[0].pid] ?? [""] : owners.flatMap { names[$0.pid] ?? [""] }
                    }
                    snapshot.sockets.append(
                        SocketEntry(socket: socket, namespace: namespace, owners: owners, ownerNames: ownerNames))
                }
            }
            snapshot.unmatchedDescriptors = isMatched.count { !$0 }
            snapshot.ended = Timestamp.now()
            return snapshot
        }
    }
}
