/// Reads the processes of the host from procfs.
public struct ProcessReader: Sendable {
    /// Bounds on what is read of one process.
    public struct Limits: Sendable {
        /// Bytes of its arguments.
        public var argumentBytes = 128 << 10
        /// Bytes of its environment, of which only names are kept.
        public var environmentBytes = 1 << 20

        /// The defaults.
        public init() {}
    }

    private let proc: ProcFileSystem
    private let limits: Limits
    private let bootTime: Timestamp?

    /// A reader; takes the boot time from the tree's `stat`.
    public init(proc: ProcFileSystem, limits: Limits = Limits()) {
        self.proc = proc
        self.limits = limits
        bootTime = (try? proc.contents(of: "stat", limit: 8 << 20)).flatMap { BootTime.parse($0.bytes) }
    }

    /// Reads all processes, by ascending pid, and hands each out as soon as it is read. Ends early, with what there is,
    /// when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public func read(_ body: (ProcessRecord) throws -> Void) throws -> ProcessSummary {
        var summary = ProcessSummary()
        for pid in try proc.processIDs() {
            if Task.isCancelled {
                summary.isCancelled = true
                break
            }
            if let record = read(pid: pid, into: &summary) {
                summary.count += 1
                try body(record)
            }
        }
        return summary
    }

    /// Reads one process; nil if it is gone or its `stat` is not readable, which `summary` then says.
    public func read(pid: Int32, into summary: inout ProcessSummary) -> ProcessRecord? {
        var buffer: [UInt8] = []
        do throws(HostError) {
            let process = try proc.process(pid)
            _ = try process.readLive("stat", 4_096, &buffer)
            guard let stat = ProcessStat(buffer) else {
                throw HostError(
                    .malformed, "parse", process.path(of: "stat"), pid: pid,
                    reason: "not of the form of proc_pid_stat(5)")
            }
            var record = ProcessRecord(stat: stat)
            record.started = bootTime?.advanced(ticks: stat.startTicks)
            var failures: [HostError] = []
            fill(&record, from: process, &buffer, &failures)
            // A process that ended meanwhile is kept with what was read of it; it is not a list of failures.
            if failures.contains(where: { $0.code == .vanished }) {
                summary.vanished += 1
            } else {
                for failure in failures { summary.failures.record(failure) }
            }
            return record
        } catch {
            if error.code == .vanished { summary.vanished += 1 } else { summary.failures.record(error) }
            return nil
        }
    }

    private func fill(
        _ record: inout ProcessRecord, from process: borrowing AnchoredDirectory, _ buffer: inout [UInt8],
        _ failures: inout [HostError]
    ) {
        do {
            _ = try process.readLive("status", 65_536, &buffer)
            record.status = ProcessStatus(buffer)
        } catch { failures.append(error) }
        do {
            record.argumentsTruncated = try process.readLive("cmdline", limits.argumentBytes, &buffer)
            record.arguments = ProcessText.arguments(buffer)
        } catch { failures.append(error) }
        do {
            _ = try process.readLive("cgroup", 65_536, &buffer)
            record.controlGroups = ControlGroup.parse(buffer)
        } catch { failures.append(error) }
        readExtras(&record, from: process, &buffer)
        readLinks(&record, from: process, &failures)
        readNamespaces(&record, from: process, &failures)
        do {
            record.environmentTruncated = try process.readLive("environ", limits.environmentBytes, &buffer)
            let (names, unnamed) = ProcessText.environmentNames(buffer)
            record.environmentNames = names
            record.unnamedEnvironmentEntries = unnamed
        } catch { failures.append(error) }
        // Values of the environment are secrets: they do not outlive the parsing in this buffer.
        _ = buffer.withUnsafeMutableBytes { $0.initializeMemory(as: UInt8.self, repeating: 0) }
    }

    /// What not every kernel has, and no failure tells more about: it is nil then.
    private func readExtras(
        _ record: inout ProcessRecord, from process: borrowing AnchoredDirectory, _ buffer: inout [UInt8]
    ) {
        // 4,294,967,295 is "not set".
        record.loginUID = Self.number("loginuid", process, &buffer).flatMap { $0 == .max ? nil : $0 }
        record.auditSession = Self.number("sessionid", process, &buffer).flatMap { $0 == .max ? nil : $0 }
        record.oomScore = Self.number("oom_score", process, &buffer)
        record.oomAdjustment = Self.number("oom_score_adj", process, &buffer)
        if (try? process.read("limits", limit: 16_384, into: &buffer)) != nil {
            record.limits = ProcessLimit.parse(buffer)
        }
        if record.stat.state == "D", (try? process.read("wchan", limit: 128, into: &buffer)) != nil, buffer != [0x30] {
            record.waitChannel = String(decoding: buffer, as: UTF8.self)
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ name: String, _ process: borrowing AnchoredDirectory, _ buffer: inout [UInt8]
    ) -> Number? {
        guard (try? process.read(name, limit: 64, into: &buffer)) != nil else { return nil }
        return Number(String(decoding: buffer.prefix { $0 > 0x20 }, as: UTF8.self))
    }

    private func readLinks(
        _ record: inout ProcessRecord, from process: borrowing AnchoredDirectory, _ failures: inout [HostError]
    ) {
        do {
            (record.executable, record.executableDeleted) = ProcessText.withoutDeletedMark(try process.link("exe"))
        } catch {
            // Kernel threads and zombies have no executable; procfs then says ENOENT.
            if error.code != .notFound { failures.append(error) }
        }
        do {
            record.workingDirectory = RawText(try process.link("cwd"))
        } catch { if error.code != .notFound { failures.append(error) } }
        do {
            record.rootDirectory = RawText(try process.link("root"))
        } catch { if error.code != .notFound { failures.append(error) } }
    }

    private func readNamespaces(
        _ record: inout ProcessRecord, from process: borrowing AnchoredDirectory, _ failures: inout [HostError]
    ) {
        let types = [
            "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts",
        ]
        do {
            let directory = try process.directory("ns")
            for type in types {
                do {
                    let target = try directory.link(type)
                    // `pid_for_children` names a `pid` namespace.
                    let kind = type.split(separator: "_").first.map(String.init) ?? type
                    if let inode = KernelObjectName.inode(of: target, kind: kind) {
                        record.namespaces.append(NamespaceLink(type: type, inode: inode))
                    }
                } catch {
                    if error.code == .notFound { continue }
                    failures.append(error)
                    // The right to read one is the right to read all: one failure tells it.
                    if error.code == .permissionDenied { return }
                }
            }
        } catch {
            if error.code != .notFound { failures.append(error) }
        }
    }
}

extension AnchoredDirectory {
    /// Reads a file that every live process has: if it is missing, the process is gone.
    fileprivate func readLive(
        _ name: UnsafePointer<CChar>, _ limit: Int, _ buffer: inout [UInt8]
    ) throws(HostError) -> Bool {
        do {
            return try read(name, limit: limit, into: &buffer)
        } catch {
            throw error.asVanished
        }
    }
}
