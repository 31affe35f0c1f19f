internal import Glibc

/// Reads which memory of the host's processes may be executed, and from which files it is.
public struct ExecutableMappingReader: Sendable {
    /// Bounds on what is read.
    public struct Limits: Sendable {
        /// Bytes of the text of one process: a mapping is a line of about 100.
        public var textBytes = 64 << 20
        /// Records of one process.
        public var recordsPerProcess = 2_000
        /// Milliseconds that the file systems of one process have to say who may write to its files.
        public var statusMilliseconds: Int32 = 2_000
        /// Calls that did not come back in time, and may never: after so many no more are made.
        public var abandonedCalls = 8
        /// Files whose exposure is remembered, for all processes of a mount namespace.
        public var exposures = 100_000

        /// The defaults.
        public init() {}
    }

    private let proc: ProcFileSystem
    private let limits: Limits

    /// A reader.
    public init(proc: ProcFileSystem, limits: Limits = Limits()) {
        self.proc = proc
        self.limits = limits
    }

    /// Reads the executable mappings of all processes, or of the given ones, and hands each out once its process is read. Ends early,
    /// with what there is, when the current task is cancelled. ``ProcessSummary/count`` is of records.
    ///
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public func read(of pids: [Int32]? = nil, _ body: (ExecutableMapping) throws -> Void) throws -> ProcessSummary {
        var pass = Pass(proc: proc, limits: limits)
        for pid in try pids ?? proc.processIDs() {
            if Task.isCancelled {
                pass.summary.isCancelled = true
                break
            }
            for mapping in pass.read(pid) {
                pass.summary.count += 1
                try body(mapping)
            }
        }
        return pass.summary
    }
}

extension ExecutableMappingReader {
    /// The state of one reading.
    private struct Pass {
        let proc: ProcFileSystem
        let limits: Limits
        var summary = ProcessSummary()
        private var exposures: [MappedFile: Bool?] = [:]
        private var abandoned = 0
        private var buffer = [UInt8](repeating: 0, count: 64 << 10)

        init(proc: ProcFileSystem, limits: Limits) {
            self.proc = proc
            self.limits = limits
        }

        mutating func read(_ pid: Int32) -> [ExecutableMapping] {
            do throws(HostError) {
                let process = try proc.process(pid)
                var mappings = try parse(process, pid)
                let files = mappings.contains { $0.kind == .file }
                if files { fillExposures(of: &mappings, in: Self.mountNamespace(of: process), pid) }
                return mappings
            } catch {
                note(error)
                return []
            }
        }

        private mutating func note(_ failure: HostError) {
            if failure.code == .vanished { summary.vanished += 1 } else { summary.failures.record(failure) }
        }

        private static func mountNamespace(of process: borrowing AnchoredDirectory) -> UInt64? {
            guard let namespaces = try? process.directory("ns"), let target = try? namespaces.link("mnt") else {
                return nil
            }
            return KernelObjectName.inode(of: target, kind: "mnt")
        }

        /// Which mappings are one record.
        private struct Key: Hashable {
            let path: RawText?
            let device: String?
            let inode: UInt64?
            let permissions: String
        }

        private mutating func parse(
            _ process: borrowing AnchoredDirectory, _ pid: Int32
        ) throws(HostError) -> [ExecutableMapping] {
            let path = process.path(of: "maps")
            let file: OwnedDescriptor
            do { file = try process.regularFile("maps") } catch { throw error.asVanished }
            var lines = LineAssembler()
            var records: [ExecutableMapping] = []
            var known: [Key: Int] = [:]
            var left = 0
            var malformed = 0
            let most = limits.recordsPerProcess
            func take(_ bytes: Span<UInt8>, _ range: Range<Int>) {
                guard let (mapping, isExecutable) = ExecutableMapping.parse(bytes, range, pid: pid) else {
                    malformed += 1
                    return
                }
                guard isExecutable else { return }
                let key = Key(
                    path: mapping.path, device: mapping.device, inode: mapping.inode,
                    permissions: mapping.permissions)
                if let index = known[key] {
                    records[index].count += 1
                    records[index].bytes &+= mapping.bytes
                } else if records.count < most {
                    known[key] = records.count
                    records.append(mapping)
                } else {
                    left += 1
                }
            }
            var total = 0
            while total < limits.textBytes {
                let number = file.rawValue
                let count = try buffer.withUnsafeMutableBytes { SystemRead.read(number, into: $0, path: path) }.get()
                if count == 0 { break }
                total += count
                lines.push(buffer.span.extracting(0..<count), line: take)
            }
            _ = lines.finish(line: take)
            if left > 0 || total >= limits.textBytes {
                note(
                    HostError(
                        .limitReached, "read", path, pid: pid,
                        reason: "more than \(most) different executable mappings, or \(limits.textBytes) bytes"))
            }
            if malformed > 0 || lines.overlongLines > 0 {
                note(
                    HostError(
                        .malformed, "parse", path, pid: pid,
                        reason: "\(malformed + lines.overlongLines) lines not of the form of proc_pid_maps(5)"))
            }
            return records
        }

        /// A file of a mount namespace.
        private struct MappedFile: Hashable {
            let namespace: UInt64?
            let path: RawText
            let inode: UInt64?
        }

        private mutating func fillExposures(
            of mappings: inout [ExecutableMapping], in namespace: UInt64?, _ pid: Int32
        ) {
            var files: [Int: MappedFile] = [:]
            for (index, mapping) in mappings.enumerated() where mapping.kind == .file {
                guard let path = mapping.path else { continue }
                files[index] = MappedFile(
                    namespace: namespace, path: path, inode: mapping.isDeleted ? nil : mapping.inode)
            }
            let unknown = Set(files.values.filter { exposures[$0] == nil })
            if !unknown.isEmpty, exposures.count + unknown.count <= limits.exposures,
                abandoned < limits.abandonedCalls
            {
                let proc = proc
                let answer = GuardedCall.run(milliseconds: limits.statusMilliseconds) { () -> [MappedFile: Bool?] in
                    var answer: [MappedFile: Bool?] = [:]
                    guard let process = try? proc.process(pid),
                        let root = try? process.kernelDirectory("root")
                    else { return answer }
                    for file in unknown {
                        answer[file] = .some(PathExposure.isExposed(file.path, inode: file.inode, beneath: root))
                    }
                    return answer
                }
                if let answer {
                    exposures.merge(answer) { $1 }
                } else {
                    abandoned += 1
                    // Those of the next process would only be waited for again.
                    for file in unknown { exposures[file] = .some(nil) }
                    note(
                        HostError(
                            .timedOut, "stat", RawText("\(proc.rootPath)/\(pid)/root"), pid: pid,
                            reason: "the files of its mappings gave no answer within \(limits.statusMilliseconds) ms"))
                }
            }
            for (index, file) in files { mappings[index].isExposed = exposures[file] ?? nil }
        }
    }
}
