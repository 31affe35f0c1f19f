internal import Glibc

/// The state of a walk for changed files.
package struct WalkState {
    package var summary = ChangedFileSummary()
    /// What the caller's closure threw.
    package var bodyFailure: (any Error)?
    private let query: ChangedFileQuery
    private let mountPoints: Set<RawText>

    package init(query: ChangedFileQuery, mountPoints: Set<RawText>) {
        self.query = query
        self.mountPoints = mountPoints
    }

    /// Looks at the entries of a directory, and then enters those that are directories.
    ///
    /// The recursion holds one descriptor and one small frame for each level, which the depth limit bounds.
    package mutating func enter(
        _ directory: borrowing AnchoredDirectory, device: UInt64, depth: Int,
        _ body: (borrowing FoundFile) throws -> Void
    ) {
        summary.directories += 1
        var subdirectories: [[CChar]] = []
        do {
            try directory.forEachEntry { name, type in
                if mustStop() { return false }
                summary.entries += 1
                if type == UInt8(DT_DIR) || type == UInt8(DT_UNKNOWN) {
                    let path = directory.path(of: name)
                    if isLeftOut(path) {
                        summary.skip(path)
                        return true
                    }
                }
                look(at: name, in: directory, device: device, &subdirectories, body)
                return bodyFailure == nil && summary.stop == nil
            }
        } catch {
            switch error {
            case .listing(let failure): summary.failures.record(failure)
            }
        }
        for name in subdirectories {
            if bodyFailure != nil || mustStop() { return }
            descend(into: name, of: directory, device: device, depth: depth + 1, body)
        }
    }

    private mutating func descend(
        into name: [CChar], of directory: borrowing AnchoredDirectory, device: UInt64, depth: Int,
        _ body: (borrowing FoundFile) throws -> Void
    ) {
        guard depth <= query.maxDepth else {
            summary.failures.record(
                HostError(
                    .limitReached, "list", directory.path(of: name), reason: "deeper than \(query.maxDepth) levels"))
            return
        }
        do throws(HostError) {
            let inner = try directory.directory(name)
            // Mounted on since it was looked at.
            guard FileIdentity(try inner.descriptor.status()).device == device else {
                summary.skip(directory.path(of: name))
                return
            }
            enter(inner, device: device, depth: depth, body)
        } catch {
            // Removed since it was listed: what is gone cannot be looked at.
            if error.code != .notFound { summary.failures.record(error) }
        }
    }

    private mutating func look(
        at name: UnsafePointer<CChar>, in directory: borrowing AnchoredDirectory, device: UInt64,
        _ subdirectories: inout [[CChar]], _ body: (borrowing FoundFile) throws -> Void
    ) {
        let status: stat
        do {
            status = try directory.status(name)
        } catch {
            if error.code != .notFound { summary.failures.record(error) }
            return
        }
        let kind = FileKind(mode: status.st_mode)
        guard UInt64(status.st_dev) == device else {
            summary.skip(directory.path(of: name))
            return
        }
        if kind == .directory {
            subdirectories.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
        }
        let modified = Timestamp(status.st_mtim)
        let changed = Timestamp(status.st_ctim)
        let modifiedInWindow = query.from <= modified && modified <= query.to
        let changedInWindow = query.from <= changed && changed <= query.to
        guard modifiedInWindow || changedInWindow else { return }
        guard summary.found < query.maxFiles else {
            summary.stop = .fileLimit
            return
        }
        summary.found += 1
        let file = ChangedFile(
            path: directory.path(of: name), kind: kind, mode: UInt32(status.st_mode & 0o7777), uid: status.st_uid,
            gid: status.st_gid, size: UInt64(max(0, status.st_size)), identity: FileIdentity(status),
            linkCount: UInt64(status.st_nlink), modified: modified, changed: changed,
            accessed: Timestamp(status.st_atim), modifiedInWindow: modifiedInWindow, changedInWindow: changedInWindow,
            linkTarget: kind == .link ? (try? directory.link(name)).map { RawText($0) } : nil)
        let plain = RawText(Array(UnsafeRawBufferPointer(start: name, count: strlen(name))))
        do {
            try body(FoundFile(file: file, directory: directory.descriptor.rawValue, name: plain))
        } catch {
            bodyFailure = error
        }
    }

    private func isLeftOut(_ path: RawText) -> Bool {
        query.excluded.contains(path) || mountPoints.contains(path)
    }

    /// Looks at the limits; the clock and the task only every 256 entries.
    private mutating func mustStop() -> Bool {
        if summary.stop != nil { return true }
        if summary.entries >= query.maxEntries {
            summary.stop = .entryLimit
        } else if summary.entries % 256 == 0 {
            if Task.isCancelled {
                summary.stop = .cancelled
            } else if let deadline = query.deadline, ContinuousClock.now >= deadline {
                summary.stop = .deadline
            }
        }
        return summary.stop != nil
    }
}
