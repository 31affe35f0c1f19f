internal import Cryptography
internal import Glibc
internal import Synchronization

/// Reads what the host's processes run: the files themselves, deleted ones and memory too, with their digests.
///
/// `/proc/<pid>/exe` is followed, as procfs leads it to the file itself and not along its path. The file is looked at before it is
/// opened for reading, and each distinct file is hashed once.
public struct ExecutableReader: Sendable {
    /// Bounds on what is read.
    public struct Limits: Sendable {
        /// Bytes of one file: larger ones are not hashed.
        public var fileBytes: UInt64 = 1 << 30
        /// Bytes of all files.
        public var totalBytes: UInt64 = 32 << 30
        /// Milliseconds that a file system has to say what a file is, and to give its content.
        public var statusMilliseconds: Int32 = 2_000
        public var contentMilliseconds: Int32 = 30_000
        /// Calls that did not come back in time, and may never: after so many no more are made.
        public var abandonedCalls = 8

        /// The defaults.
        public init() {}
    }

    /// Whose file it is: asked once for each record, with its path and its digest.
    public typealias PackageLookup = @Sendable (ExecutableRecord) -> RawText?

    private let proc: ProcFileSystem
    private let limits: Limits
    private let package: PackageLookup?

    /// A reader; `package` says to which package of its root file system an executable belongs.
    public init(proc: ProcFileSystem, limits: Limits = Limits(), package: PackageLookup? = nil) {
        self.proc = proc
        self.limits = limits
        self.package = package
    }

    /// Reads the executables of all processes, or of the given ones, and hands each out as soon as it is read; kernel threads have
    /// none. Ends early, with what there is, when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public func read(of pids: [Int32]? = nil, _ body: (ExecutableRecord) throws -> Void) throws -> ProcessSummary {
        var pass = Pass(proc: proc, limits: limits)
        for pid in try pids ?? proc.processIDs() {
            if Task.isCancelled {
                pass.summary.isCancelled = true
                break
            }
            guard var record = pass.look(at: pid) else { continue }
            pass.hash(&record)
            record.package = package?(record)
            pass.summary.count += 1
            try body(record)
        }
        return pass.summary
    }
}

extension ExecutableReader {
    /// The state of one reading.
    private struct Pass {
        let proc: ProcFileSystem
        let limits: Limits
        var summary = ProcessSummary()
        private var digests: [Content: Result<String, HostError>] = [:]
        private var hashedBytes: UInt64 = 0
        private var abandoned = 0

        /// A file with the same numbers is held for the same content.
        private struct Content: Hashable {
            let identity: FileIdentity
            let size: UInt64
            let modified: Timestamp
            let changed: Timestamp

            init(_ attributes: FileAttributes) {
                identity = attributes.identity
                size = attributes.size
                modified = attributes.modified
                changed = attributes.changed
            }
        }

        init(proc: ProcFileSystem, limits: Limits) {
            self.proc = proc
            self.limits = limits
        }

        /// What the process runs, without its digest; nil if nothing, or if that cannot be known, which the summary then says.
        mutating func look(at pid: Int32) -> ExecutableRecord? {
            let proc = proc
            let answer = guarded("exe", pid, limits.statusMilliseconds) { () -> Result<ExecutableRecord?, HostError> in
                do throws(HostError) { return .success(try Self.record(of: pid, in: proc)) } catch {
                    return .failure(error)
                }
            }
            do throws(HostError) {
                return try answer.get()
            } catch {
                if error.code == .vanished { summary.vanished += 1 } else { summary.failures.record(error) }
                return nil
            }
        }

        private static func record(of pid: Int32, in proc: ProcFileSystem) throws(HostError) -> ExecutableRecord? {
            let process = try proc.process(pid)
            let target: [UInt8]
            do {
                target = try process.link("exe")
            } catch {
                // Kernel threads and zombies have no executable; procfs then says ENOENT.
                if error.code == .notFound { return nil }
                throw error
            }
            let (path, isDeleted) = ProcessText.withoutDeletedMark(target)
            let attributes = try attributes(of: "exe", process)
            var isOnRoot: Bool?
            if let mount = attributes.mount, let root = try? Self.attributes(of: "root", process).mount {
                isOnRoot = mount == root
            }
            var record = ExecutableRecord(
                pid: pid, path: path, isDeleted: isDeleted, attributes: attributes, isOnRoot: isOnRoot)
            var text: [UInt8] = []
            if (try? process.read("stat", limit: 4_096, into: &text)) != nil {
                record.startTicks = ProcessStat(text)?.startTicks
            }
            return record
        }

        private static func attributes(
            of name: String, _ process: borrowing AnchoredDirectory
        ) throws(HostError) -> FileAttributes {
            do throws(HostError) {
                let file = try process.kernelObject(name, for: .looking)
                return try FileAttributes(of: file, path: process.path(of: name), pid: process.pid)
            } catch {
                throw error.asVanished
            }
        }

        /// Adds the digest, or why there is none.
        mutating func hash(_ record: inout ExecutableRecord) {
            let content = Content(record.attributes)
            let result = digests[content] ?? digest(of: record)
            // What is true of this process only is not kept for others.
            if case .failure(let error) = result, error.code != .limitReached, error.code != .timedOut {
            } else {
                digests[content] = result
            }
            switch result {
            case .success(let digest): record.sha256 = digest
            case .failure(let error):
                record.unhashed = error
                if error.code == .vanished { summary.vanished += 1 } else { summary.failures.record(error) }
            }
        }

        private mutating func digest(of record: ExecutableRecord) -> Result<String, HostError> {
            let attributes = record.attributes
            func failure(_ code: HostError.Code, _ reason: String) -> Result<String, HostError> {
                .failure(HostError(code, "hash", record.path, pid: record.pid, reason: reason))
            }
            guard attributes.kind == .regular else {
                return failure(.unexpectedType, "a \(attributes.kind.rawValue), not a regular file")
            }
            guard attributes.size <= limits.fileBytes else {
                return failure(.limitReached, "\(attributes.size) bytes, more than \(limits.fileBytes)")
            }
            guard hashedBytes + attributes.size <= limits.totalBytes else {
                return failure(.limitReached, "more than \(limits.totalBytes) bytes of executables")
            }
            hashedBytes += attributes.size
            let stop = StopFlag()
            let (proc, pid) = (proc, record.pid)
            let result = guarded("exe", pid, limits.contentMilliseconds) { () -> Result<String, HostError> in
                do throws(HostError) {
                    return .success(try Self.digest(of: pid, attributes, in: proc, stop))
                } catch {
                    return .failure(error)
                }
            }
            // A thread that was only slow ends with its next piece.
            stop.set()
            return result
        }

        private static func digest(
            of pid: Int32, _ expected: FileAttributes, in proc: ProcFileSystem, _ stop: StopFlag
        ) throws(HostError) -> String {
            let process = try proc.process(pid)
            let path = process.path(of: "exe")
            let file: OwnedDescriptor
            do { file = try process.kernelObject("exe", for: .reading) } catch { throw error.asVanished }
            guard try FileAttributes(of: file, path: path, pid: pid).isSameContent(as: expected) else {
                throw HostError(.replaced, "hash", path, pid: pid, reason: "the process runs another file now")
            }
            file.leaveAccessTime()
            var hasher = SHA256()
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            while !stop.isSet {
                let number = file.rawValue
                let count = try buffer.withUnsafeMutableBytes { SystemRead.read(number, into: $0, path: path) }.get()
                if count == 0 { break }
                hasher.update(buffer[..<count])
                // One that grows without end ends here, and is told from the whole by its size below.
                if hasher.count > expected.size { break }
            }
            let isWhole = hasher.count == expected.size
            guard isWhole, try FileAttributes(of: file, path: path, pid: pid).isSameContent(as: expected) else {
                throw HostError(.replaced, "hash", path, pid: pid, reason: "it was written to while it was read")
            }
            return hasher.finalize().hex
        }

        private mutating func guarded<Value: Sendable>(
            _ name: String, _ pid: Int32, _ milliseconds: Int32,
            _ call: @escaping @Sendable () -> Result<Value, HostError>
        ) -> Result<Value, HostError> {
            let path = RawText("\(proc.rootPath)/\(pid)/\(name)")
            guard abandoned < limits.abandonedCalls else {
                return .failure(
                    HostError(.timedOut, "read", path, pid: pid, reason: "too many files before did not answer"))
            }
            if let answer = GuardedCall.run(milliseconds: milliseconds, call) { return answer }
            abandoned += 1
            return .failure(
                HostError(.timedOut, "read", path, pid: pid, reason: "no answer within \(milliseconds) ms"))
        }
    }

    /// Tells a thread that nobody waits for it any more.
    private final class StopFlag: Sendable {
        private let flag = Atomic<Bool>(false)

        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
    }
}
