/// Reads which files the host's processes have open.
public struct OpenFileReader: Sendable {
    /// Bounds on what is read.
    public struct Limits: Sendable {
        /// Descriptors of one process.
        public var descriptorsPerProcess = 1_000_000
        /// Descriptors of all.
        public var descriptors = 5_000_000

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

    /// Reads the descriptors of all processes, or of the given ones, and hands each out as soon as it is read. Ends
    /// early, with what there is, when the current task is cancelled. ``ProcessSummary/count`` is of descriptors.
    ///
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public func read(of pids: [Int32]? = nil, _ body: (OpenFile) throws -> Void) throws -> ProcessSummary {
        var summary = ProcessSummary()
        let pids = try pids ?? proc.processIDs()
        for pid in pids {
            if Task.isCancelled {
                summary.isCancelled = true
                break
            }
            try read(pid, &summary, body)
        }
        return summary
    }

    private func read(_ pid: Int32, _ summary: inout ProcessSummary, _ body: (OpenFile) throws -> Void) throws {
        var outcome = Outcome()
        do throws(HostError) {
            let process = try proc.process(pid)
            let files = try process.directory("fd")
            outcome = list(files, infosOf: process, pid, &summary, body)
        } catch {
            note(error.asVanished, &summary)
        }
        if let failure = outcome.bodyFailure { throw failure }
    }

    /// What ended the list early, kept apart from failures of the list itself.
    private struct Outcome {
        var bodyFailure: (any Error)?
    }

    private func list(
        _ files: borrowing AnchoredDirectory, infosOf process: borrowing AnchoredDirectory, _ pid: Int32,
        _ summary: inout ProcessSummary, _ body: (OpenFile) throws -> Void
    ) -> Outcome {
        do throws(HostError) {
            let infos = try process.directory("fdinfo")
            var buffer: [UInt8] = []
            return list(files, pid, &summary, body) { name in
                guard (try? infos.read(name, limit: 4_096, into: &buffer)) != nil else { return nil }
                return DescriptorInfo(buffer)
            }
        } catch {
            // The targets are worth having without the positions.
            note(error.asVanished, &summary)
            return list(files, pid, &summary, body) { _ in nil }
        }
    }

    private func list(
        _ files: borrowing AnchoredDirectory, _ pid: Int32, _ summary: inout ProcessSummary,
        _ body: (OpenFile) throws -> Void, info: (UnsafePointer<CChar>) -> DescriptorInfo?
    ) -> Outcome {
        var count = 0
        do throws(EntryLoopError<any Error>) {
            try files.forEachEntry { name, _ throws(any Error) -> Bool in
                guard let descriptor = ProcFileSystem.number(name) else { return true }
                guard count < limits.descriptorsPerProcess, summary.count < limits.descriptors else {
                    note(
                        HostError(
                            .limitReached, "list", RawText(files.path), pid: pid,
                            reason: "more descriptors than the limit"), &summary)
                    return false
                }
                guard let target = target(of: name, in: files, &summary) else { return true }
                var details: DescriptorInfo?
                if case .socket = target {} else { details = info(name) }
                count += 1
                summary.count += 1
                try body(OpenFile(pid: pid, descriptor: descriptor, target: target, info: details))
                return !Task.isCancelled
            }
        } catch {
            switch error {
            case .listing(let failure): note(failure.asVanished, &summary)
            case .body(let failure): return Outcome(bodyFailure: failure)
            }
        }
        return Outcome()
    }

    private func target(
        of name: UnsafePointer<CChar>, in files: borrowing AnchoredDirectory, _ summary: inout ProcessSummary
    ) -> OpenFileTarget? {
        do throws(HostError) {
            return OpenFileTarget(try files.link(name))
        } catch {
            // Not found: closed since it was listed.
            if error.code != .notFound { note(error, &summary) }
            return nil
        }
    }

    private func note(_ failure: HostError, _ summary: inout ProcessSummary) {
        if failure.code == .vanished { summary.vanished += 1 } else { summary.failures.record(failure) }
    }
}
