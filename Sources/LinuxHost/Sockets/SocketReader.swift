/// Reads the sockets of every network namespace that processes live in, and ties them to their processes.
///
/// One pass over `/proc`: of each process the namespace and the descriptors; of each namespace, through the first
/// process that lives in it, the tables. Neither the process nor its namespace is entered, and nothing is executed.
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

    /// A reader of the given tables.
    public init(
        proc: ProcFileSystem, tables: [SocketTableName] = SocketTableName.allCases, limits: Limits = Limits()
    ) {
        self.proc = proc
        self.tables = tables
        self.limits = limits
    }

    /// Reads all of it. Ends early, with what there is, when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` only if the processes cannot be listed at all.
    public func read() throws(HostError) -> SocketSnapshot {
        var pass = Pass(limits: limits, tables: tables)
        for pid in try proc.processIDs() {
            if Task.isCancelled {
                pass.snapshot.isCancelled = true
                break
            }
            pass.snapshot.processCount += 1
            do {
                let process = try proc.process(pid)
                pass.visit(process, pid)
            } catch {
                pass.record(error)
            }
        }
        return pass.finish()
    }
}

extension SocketReader {
    /// The state of one reading.
    private struct Pass {
        struct Descriptor {
            let inode: UInt64
            let owner: SocketOwner
        }

        var snapshot: SocketSnapshot
        let limits: Limits
        let tables: [SocketTableName]
        private var found: [(record: SocketRecord, namespace: UInt64?)] = []
        private var descriptors: [Descriptor] = []
        private var names: [Int32: RawText] = [:]
        private var namespaceIndex: [UInt64?: Int] = [:]
        private var lastVanished: Int32?
        private var buffer: [UInt8] = []

        init(limits: Limits, tables: [SocketTableName]) {
            self.limits = limits
            self.tables = tables
            let now = Timestamp.now()
            snapshot = SocketSnapshot(began: now, ended: now)
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

        mutating func visit(_ process: borrowing AnchoredDirectory, _ pid: Int32) {
            do {
                count(try Self.namespace(process), process, pid)
            } catch {
                // Without the right to see a process's namespace its tables would be read again and again under no
                // name, so only its descriptors are looked at; the reader's own namespace is always readable. A tree
                // without `ns` (a copy, an old kernel) counts as one namespace without a name.
                if error.code == .permissionDenied { record(error) } else { count(nil, process, pid) }
            }
            readDescriptors(process, pid)
        }

        private mutating func count(_ namespace: UInt64?, _ process: borrowing AnchoredDirectory, _ pid: Int32) {
            if let index = namespaceIndex[namespace] {
                snapshot.namespaces[index].processCount += 1
                return
            }
            guard snapshot.namespaces.count < limits.namespaces else {
                record(
                    HostError(
                        .limitReached, "read", process.path(of: "net"), pid: pid,
                        reason: "more than \(limits.namespaces) network namespaces"))
                return
            }
            var entry = NetworkNamespace(inode: namespace, pid: pid, processCount: 1)
            entry.tables = readTables(process, namespace)
            // The process may have ended before a single table was read: then the next one in the namespace serves.
            guard !entry.tables.isEmpty else { return }
            namespaceIndex[namespace] = snapshot.namespaces.count
            snapshot.namespaces.append(entry)
        }

        private static func namespace(_ process: borrowing AnchoredDirectory) throws(HostError) -> UInt64? {
            let directory = try process.directory("ns")
            let target = try directory.link("net")
            return KernelObjectName.inode(of: target, kind: "net")
        }

        private mutating func readTables(
            _ process: borrowing AnchoredDirectory, _ namespace: UInt64?
        ) -> [SocketTableSummary] {
            var summaries: [SocketTableSummary] = []
            do {
                let net = try process.directory("net")
                for name in tables {
                    if let summary = readTable(net, name, namespace) { summaries.append(summary) }
                }
            } catch {
                record(error.asVanished)
            }
            return summaries
        }

        private mutating func readTable(
            _ net: borrowing AnchoredDirectory, _ name: SocketTableName, _ namespace: UInt64?
        ) -> SocketTableSummary? {
            var parser = SocketTableParser(name: name, limit: max(0, limits.sockets - found.count))
            var isCut = false
            do {
                let file = try net.regularFile(name.rawValue)
                isCut = try read(file, into: &parser, path: net.path(of: name.rawValue))
            } catch {
                // A table that is not there belongs to a protocol that this kernel does not have.
                if error.code == .notFound { return nil }
                record(error)
                if parser.isEmpty { return nil }
                isCut = true
            }
            let table = parser.finish()
            for socket in table.sockets { found.append((socket, namespace)) }
            return SocketTableSummary(
                name: name, count: table.sockets.count, unparsedLines: table.unparsedLines,
                unparsedSamples: table.unparsedSamples, isTruncated: table.isTruncated || isCut)
        }

        /// Streams a table into its parser; true if it was cut off.
        private mutating func read(
            _ file: borrowing OwnedDescriptor, into parser: inout SocketTableParser, path: RawText
        ) throws(HostError) -> Bool {
            if buffer.count < 65_536 { buffer = [UInt8](repeating: 0, count: 65_536) }
            var total = 0
            while !parser.isFull, !Task.isCancelled {
                let count = try Self.fill(&buffer, file, path)
                if count == 0 { return false }
                parser.push(buffer.span.extracting(0..<count))
                total += count
                if total >= limits.tableBytes { return true }
            }
            return true
        }

        private static func fill(
            _ buffer: inout [UInt8], _ file: borrowing OwnedDescriptor, _ path: RawText
        ) throws(HostError) -> Int {
            // Typed throws do not pass through `withUnsafeMutableBytes` on every toolchain, so the result does.
            let number = file.rawValue
            let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, HostError> in
                SystemRead.read(number, into: bytes, path: path)
            }
            return try result.get()
        }

        private mutating func readDescriptors(_ process: borrowing AnchoredDirectory, _ pid: Int32) {
            let before = descriptors.count
            do {
                let directory = try process.directory("fd")
                collect(directory, pid)
            } catch {
                record(error.asVanished)
                return
            }
            if descriptors.count > before { names[pid] = Self.name(of: process, &buffer) }
        }

        private mutating func collect(_ directory: borrowing AnchoredDirectory, _ pid: Int32) {
            do {
                try directory.forEachEntry { name, _ in
                    guard let descriptor = ProcFileSystem.number(name) else { return true }
                    // A descriptor that was closed meanwhile has no link any more: not a failure.
                    guard let inode = directory.socketInode(name) else { return true }
                    guard descriptors.count < limits.descriptors else { return false }
                    descriptors.append(
                        Descriptor(inode: inode, owner: SocketOwner(pid: pid, descriptor: descriptor)))
                    return !(descriptors.count % 1_024 == 0 && Task.isCancelled)
                }
            } catch {
                switch error {
                case .listing(let failure): record(failure.asVanished)
                }
            }
            if descriptors.count == limits.descriptors {
                record(
                    HostError(
                        .limitReached, "list", RawText(directory.path), pid: pid,
                        reason: "more than \(limits.descriptors) descriptors of sockets"))
            }
        }

        private static func name(of process: borrowing AnchoredDirectory, _ buffer: inout [UInt8]) -> RawText? {
            var text: [UInt8] = []
            guard (try? process.read("stat", limit: 4_096, into: &text)) != nil else { return nil }
            return ProcessStat(text)?.name
        }

        consuming func finish() -> SocketSnapshot {
            descriptors.sort {
                ($0.inode, $0.owner.pid, $0.owner.descriptor) < ($1.inode, $1.owner.pid, $1.owner.descriptor)
            }
            var matched = [Bool](repeating: false, count: descriptors.count)
            snapshot.sockets.reserveCapacity(found.count)
            for (socket, namespace) in found {
                var owners: [SocketOwner] = []
                var ownerNames: [RawText] = []
                if socket.inode != 0 {
                    var index = firstDescriptor(of: socket.inode)
                    while index < descriptors.count, descriptors[index].inode == socket.inode {
                        matched[index] = true
                        owners.append(descriptors[index].owner)
                        ownerNames.append(names[descriptors[index].owner.pid] ?? "")
                        index += 1
                    }
                }
                snapshot.sockets.append(
                    SocketEntry(socket: socket, namespace: namespace, owners: owners, ownerNames: ownerNames))
            }
            snapshot.unmatchedDescriptors = matched.count { !$0 }
            snapshot.ended = Timestamp.now()
            return snapshot
        }

        private func firstDescriptor(of inode: UInt64) -> Int {
            var low = 0
            var high = descriptors.count
            while low < high {
                let middle = (low + high) / 2
                if descriptors[middle].inode < inode { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
