internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Copies of the files that a container added or changed, the smallest first: so most of them fit.
struct ChangedContents: Sendable {
    /// No more files than that.
    static let most = 2_000
    /// Names that tables of the collector read: a file of the container's must not pass for one of those.
    private static let reserved: Set<String> = [
        "changes.jsonl", "failures.jsonl", "changed-files.tsv",
    ]

    private struct File: Sendable {
        let tree: OverlayTree
        /// In the tree, and in the container.
        var path: RawText
        var shown: [UInt8]
        var identity: FileIdentity
        var size: UInt64

        static func < (left: File, right: File) -> Bool {
            left.size != right.size
                ? left.size < right.size : left.shown.lexicographicallyPrecedes(right.shown)
        }
    }

    /// No file that is larger than that.
    private let largest: UInt64
    private var files: [File] = []
    private var seen: Set<FileIdentity> = []
    private var larger = 0
    private var beyond = 0
    private var failures = FailureLog()
    private var changed = 0
    private var refusal: Reason?

    init(limits: StepLimits) {
        largest = min(16 << 20, limits.bytes / 4)
    }

    /// - Parameter mountPoint: where the container has the tree.
    mutating func consider(_ change: OverlayChange, in tree: OverlayTree, at mountPoint: RawText = "") {
        guard let file = change.file, file.kind == .regular, file.size > 0, !change.isMetacopy else { return }
        guard [.added, .modified, .type, .present].contains(change.change) else { return }
        guard file.size <= largest else {
            larger += 1
            return
        }
        // One of several names of a file is enough.
        if file.linkCount > 1, !seen.insert(file.identity).inserted { return }
        files.append(
            File(
                tree: tree, path: change.path, shown: mountPoint.bytes + change.path.bytes, identity: file.identity,
                size: file.size))
        if files.count >= 2 * Self.most { cut() }
    }

    private mutating func cut() {
        files.sort(by: <)
        let more = files.count - Self.most
        guard more > 0 else { return }
        for file in files.suffix(more) { seen.remove(file.identity) }
        files.removeLast(more)
        beyond += more
    }

    mutating func copy(
        to place: [String], until end: ContinuousClock.Instant, _ context: AttemptContext
    ) async throws {
        cut()
        for (index, file) in files.enumerated() {
            guard context.bytes + file.size <= context.limits.bytes, ContinuousClock.now < end else {
                beyond += files.count - index
                return
            }
            do {
                if try await copy(file, to: place, context) < file.size { changed += 1 }
            } catch let error as HostError {
                if error.code == .notFound || error.code == .replaced { changed += 1 } else { failures.record(error) }
            } catch let error as StepFailure {
                // The bundle takes no more.
                refusal = error.outcome.reason
                beyond += files.count - index
                return
            }
        }
    }

    private func copy(
        _ file: File, to place: [String], _ context: AttemptContext
    ) async throws -> UInt64 {
        let beginning = try await BlockingReader.run { try Self.read(file, upTo: 1_024) { _ in } }
        var names = file.shown.split(separator: UInt8(ascii: "/")).map { Array($0) }
        let name = String(decoding: names.last ?? [], as: UTF8.self)
        if Self.reserved.contains(name), let last = names.popLast() { names.append(last + Array(".content".utf8)) }
        let entry = try await context.entry(
            place.map { Array($0.utf8) } + names, media: beginning.hasNUL ? .binary : .named(name))
        do {
            // No more than it had when it was found: a file that grows while it is read must end.
            let read = try await BlockingReader.stream(into: entry) { output in
                try Self.read(file, upTo: file.size) { bytes in
                    try output.append { $0.append(contentsOf: bytes) }
                }
            }
            try await entry.finish()
            return read.count
        } catch let error as HostError {
            await entry.abandon()
            throw error
        }
    }

    private static func read(
        _ file: File, upTo limit: UInt64,
        _ take: (UnsafeRawBufferPointer.SubSequence) throws -> Void
    ) throws -> (count: UInt64, hasNUL: Bool) {
        let descriptor = try file.tree.open(file.path, expecting: file.identity)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var left = limit
        var hasNUL = false
        while left > 0, !Task.isCancelled {
            let count = try descriptor.read(into: buffer, path: file.path)
            if count == 0 { break }
            let kept = UnsafeRawBufferPointer(buffer).prefix(Int(min(UInt64(count), left)))
            left -= UInt64(kept.count)
            if kept.contains(0) { hasNUL = true }
            try take(kept)
        }
        return (limit - left, hasNUL)
    }

    /// What did not come, for the outcome.
    var findings: [(code: String, words: String)] {
        var findings: [(String, String)] = []
        if let first = failures.failures.first {
            findings.append((first.code.ledgerCode, "contents not copied: \(failures.count), the first: \(first)"))
        }
        if larger > 0 {
            findings.append(("TooLarge", "contents of files larger than \(largest) bytes, not copied: \(larger)"))
        }
        if beyond > 0 {
            let why = refusal.map { " (\($0.message))" } ?? ""
            findings.append(
                (
                    "TooMuch",
                    "contents beyond the limits of \(Self.most) files, of bytes and of time, not copied: \(beyond)\(why)"
                ))
        }
        if changed > 0 {
            findings.append(
                ("Changed", "files that went away or became shorter before their content was copied: \(changed)"))
        }
        return findings
    }
}
