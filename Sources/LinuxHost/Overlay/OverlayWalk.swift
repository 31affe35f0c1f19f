internal import Glibc

/// The state of a look at an overlay's changes.
///
/// It keeps no directory open but the one that it lists: of the others it has names, which are opened anew from the layer's root.
/// What is open at once is therefore as much as there are layers, however deep the container has built.
struct OverlayWalk {
    var summary = OverlaySummary()
    var comparison: OverlayComparison
    private let tree: OverlayTree
    private let query: OverlayQuery
    private var device: UInt64 = 0
    private var hiddenLeft: Int
    /// The one that was entered from last: most are followed by their neighbours.
    private var folder: (path: [UInt8], held: HeldDirectory)?

    /// A directory whose entries were looked at, and those of its directories that were not entered.
    private struct Frame {
        var path: [UInt8]
        /// Ended by zeros.
        var names: [UInt8] = []
        var next = 0
        var directories: [LowerPlace]
        /// Whether what the layers below have here is hidden.
        var isOpaque: Bool
    }

    init(_ tree: OverlayTree, _ query: OverlayQuery) {
        self.tree = tree
        self.query = query
        comparison = OverlayComparison(tree, query)
        hiddenLeft = query.maxHidden
    }

    mutating func run(_ body: (OverlayChange) throws -> Void) throws {
        do throws(HostError) {
            device = FileIdentity(try tree.upper.directory.descriptor.status()).device
        } catch {
            summary.failures.record(error)
            return
        }
        var root = Frame(path: [], directories: comparison.lookup.root, isOpaque: false)
        try list(tree.upper, &root, pending: 0, body)
        var stack = [root]
        var pending = root.names.count
        while var top = stack.popLast() {
            guard let end = top.names[top.next...].firstIndex(of: 0) else {
                pending -= top.names.count
                continue
            }
            let name = Array(top.names[top.next..<end])
            top.next = end + 1
            stack.append(top)
            if mustStop() { return }
            guard let (entered, held) = enter(name, of: top, depth: stack.count) else { continue }
            var inner = entered
            try list(held, &inner, pending: pending, body)
            folder = (inner.path, held)
            pending += inner.names.count
            stack.append(inner)
        }
    }

    /// Directories of the upper layer are found again by their names: what took a name meanwhile is looked at as it is then.
    private mutating func enter(_ name: [UInt8], of parent: Frame, depth: Int) -> (Frame, HeldDirectory)? {
        let path = parent.path + [UInt8(ascii: "/")] + name
        do throws(HostError) {
            guard depth <= query.maxDepth, path.count <= query.maxPathBytes else {
                throw HostError(
                    .limitReached, "list", RawText(path),
                    reason: "deeper than \(query.maxDepth) levels, or its path longer than \(query.maxPathBytes) bytes")
            }
            if folder?.path != parent.path { folder = (parent.path, try tree.upper.directory(parent.path[...])) }
            guard let folder else { return nil }
            let terminated = Self.terminated(name)
            let file = try PinnedFile(terminated, in: folder.held.directory)
            let marks = try comparison.lookup.marks(of: file)
            let held = HeldDirectory(try folder.held.directory.directory(terminated))
            guard FileIdentity(try held.directory.descriptor.status()) == file.identity else {
                throw HostError(.replaced, "list", RawText(path), reason: "another has taken this name meanwhile")
            }
            guard file.identity.device == device else { throw Self.mounted(path) }
            let answer = comparison.below(name, marks, parent.directories)
            let isOpaque = marks.isOpaque || (parent.isOpaque && marks.redirect == nil)
            return (Frame(path: path, directories: directories(answer), isOpaque: isOpaque), held)
        } catch {
            // Removed since it was listed: what is gone cannot be looked at.
            if error.code != .notFound { summary.failures.record(error) }
            return nil
        }
    }

    private static func mounted(_ path: [UInt8]) -> HostError {
        HostError(.unexpectedType, "list", RawText(path), reason: "another file system is mounted there")
    }

    private func directories(_ answer: LowerAnswer) -> [LowerPlace] {
        guard answer.original?.kind != .directory else { return answer.directories }
        // Without the overlay's marks it could have been renamed: then what is in it could be from elsewhere.
        let isUnknown = (answer.original == nil && answer.isUnknown) || !tree.seesMarks
        return isUnknown ? [LowerPlace(layer: .max, path: [], isUnknown: true)] : []
    }

    private mutating func list(
        _ held: HeldDirectory, _ frame: inout Frame, pending: Int, _ body: (OverlayChange) throws -> Void
    ) throws {
        var thrown: (any Error)?
        var left = 0
        do {
            try held.directory.forEachEntry { name, _ in
                if mustStop() { return false }
                summary.entries += 1
                do {
                    if try look(at: name, in: held, frame, body) {
                        let length = strlen(name) + 1
                        if pending + frame.names.count + length > query.maxPendingBytes {
                            left += 1
                        } else {
                            frame.names.append(contentsOf: UnsafeRawBufferPointer(start: name, count: length))
                        }
                    }
                } catch {
                    thrown = error
                }
                return thrown == nil
            }
        } catch {
            switch error {
            case .listing(let failure): summary.failures.record(failure)
            }
        }
        if let thrown { throw thrown }
        if left > 0 {
            summary.failures.record(
                HostError(
                    .limitReached, "list", RawText(frame.path),
                    reason: "\(left) directories in it are too many to enter"))
        }
        guard frame.isOpaque, !frame.directories.isEmpty else { return }
        try hide(frame.directories, at: frame.path, by: RawText(frame.path), unless: held, body)
    }

    /// - Returns: whether it is a directory to enter.
    private mutating func look(
        at name: UnsafePointer<CChar>, in held: HeldDirectory, _ frame: Frame,
        _ body: (OverlayChange) throws -> Void
    ) throws -> Bool {
        let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
        let path = frame.path + [UInt8(ascii: "/")] + bytes
        let file: PinnedFile
        let marks: OverlayMarks
        do throws(HostError) {
            file = try PinnedFile(name, in: held.directory)
            marks = try comparison.lookup.marks(of: file)
        } catch {
            if error.code != .notFound { summary.failures.record(error) }
            return false
        }
        guard file.identity.device == device else {
            summary.failures.record(Self.mounted(path))
            return false
        }
        // Where nothing is below, it is a device like any other.
        if !tree.layers.isEmpty, LowerLookup.isWhiteout(file) {
            try deleted(bytes, path, frame, body)
            return false
        }
        let isOld = query.since.map { Timestamp(file.status.st_ctim) < $0 } ?? false
        if !isOld {
            let answer = comparison.below(bytes, marks, frame.directories)
            let change = comparison.change(file, marks, answer, path)
            try hand(change, body)
            if change.change == .type, answer.original?.kind == .directory {
                try hide(answer.directories, at: path, by: RawText(path), unless: nil, body)
            }
        }
        return file.kind == .directory
    }

    private mutating func deleted(
        _ name: [UInt8], _ path: [UInt8], _ frame: Frame, _ body: (OverlayChange) throws -> Void
    ) throws {
        let answer = comparison.lookup.find(name, in: frame.directories)
        var change = OverlayChange(path: RawText(path), change: .deleted)
        comparison.describe(answer, in: &change, hashing: true)
        try hand(change, body)
        if answer.original?.kind == .directory {
            try hide(answer.directories, at: path, by: RawText(path), unless: nil, body)
        }
    }

    private mutating func hand(_ change: OverlayChange, _ body: (OverlayChange) throws -> Void) throws {
        summary.count += 1
        if change.change == .present { summary.unknown += 1 }
        if change.file?.kind == .regular, change.file?.digest?.sha256 == nil { summary.unhashed += 1 }
        if change.file?.digest?.changedWhileRead == true { summary.unstable += 1 }
        try body(change)
    }

    /// Lists what a directory had that is hidden as a whole, without hashes: first what is in it, then what is in those.
    ///
    /// - Parameter directory: what stands in its place: what has a name there hides nothing but itself.
    private mutating func hide(
        _ directories: [LowerPlace], at path: [UInt8], by: RawText, unless directory: HeldDirectory?,
        _ body: (OverlayChange) throws -> Void
    ) throws {
        var waiting = [(path, directories)]
        var index = 0
        while index < waiting.count {
            let (folder, places) = waiting[index]
            index += 1
            for name in names(places) {
                if mustStop() { return }
                if index == 1, let directory, (try? directory.directory.status(Self.terminated(name))) != nil {
                    continue
                }
                let answer = comparison.lookup.find(name, in: places)
                guard answer.original != nil else { continue }
                guard hiddenLeft > 0 else {
                    summary.isHiddenCut = true
                    return
                }
                hiddenLeft -= 1
                var change = OverlayChange(path: RawText(folder + [UInt8(ascii: "/")] + name), change: .deleted)
                change.hiddenBy = by
                comparison.describe(answer, in: &change, hashing: false)
                try hand(change, body)
                if answer.original?.kind == .directory {
                    waiting.append((folder + [UInt8(ascii: "/")] + name, answer.directories))
                }
            }
        }
    }

    /// The names in a directory of the layers below, whiteouts included, as far as they may be listed.
    private mutating func names(_ places: [LowerPlace]) -> [[UInt8]] {
        var names: Set<[UInt8]> = []
        for place in places {
            do {
                guard let held = try comparison.lookup.directory(place) else { continue }
                try held.directory.forEachEntry { name, _ in
                    names.insert(Array(UnsafeRawBufferPointer(start: name, count: strlen(name))))
                    summary.entries += 1
                    // As many may stand there again as are listed.
                    guard names.count <= 2 * query.maxHidden else {
                        summary.isHiddenCut = true
                        return false
                    }
                    return !mustStop()
                }
            } catch let error as HostError {
                summary.failures.record(error)
            } catch EntryLoopError<any Error>.listing(let failure) {
                summary.failures.record(failure)
            } catch {}
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func terminated(_ name: [UInt8]) -> [CChar] {
        name.map { CChar(bitPattern: $0) } + [0]
    }

    /// Looks at the limits; the clock and the task only every 64 entries.
    private mutating func mustStop() -> Bool {
        if summary.stop != nil { return true }
        if summary.entries >= query.maxEntries {
            summary.stop = .entryLimit
        } else if summary.entries % 64 == 0 {
            if Task.isCancelled {
                summary.stop = .cancelled
            } else if let deadline = query.deadline, ContinuousClock.now >= deadline {
                summary.stop = .deadline
            }
        }
        return summary.stop != nil
    }
}
