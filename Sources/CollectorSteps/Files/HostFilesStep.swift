internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `files` on a host: copies of files, and a list of them.
package struct HostFilesStep: HostStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "files", scopes: [.host],
            summary:
                "Copies of files of this host, each as large as it was when it was found, and a list of all that was found, with times, mode, owner, size, links, inode. No link below a path is followed, no other file system is entered, and none is copied from that the kernel makes up. What is copied may have passwords in it.",
            source: .node, options: FilesRequest.options, output: .named(folder: "host/files"))
        kind.mustBeNamed = true
        kind.companions = [companion, failures]
        return kind
    }()

    private static let companion = ".jsonl"
    private static let failures = ".failures.jsonl"

    private let step: StepDefinition

    package init(_ step: StepDefinition, _: HostCapture.Options) {
        self.step = step
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let request = try FilesRequest(step)
        let output = step.output ?? step.name
        // What was found is kept when time runs out: the walk ends itself before it is ended.
        let search = HostFileSearch(
            request: request, deadline: ContinuousClock.now + max(.seconds(1), context.limits.timeout / 2))
        let listing = try await context.entry(["host", "files", output + Self.companion], media: .jsonLines)
        let found = try await BlockingReader.stream(into: listing) { try search.search($0) }
        if found.stop == .cancelled { throw CancellationError() }
        if found.rows > 0 { try await listing.finish() } else { await listing.abandon() }
        var failures = found.failures
        var copied = 0
        var shorter: [String] = []
        for file in found.files {
            do {
                let count = try await copy(file, output, context)
                copied += 1
                if count < file.size { shorter.append(FileBytes.shown(file.path)) }
            } catch let error as HostError {
                failures.record(error)
            }
        }
        try await HostFailure.write(failures, ["host", "files", output + Self.failures], context)
        return Self.outcome(request, found, failures, shorter, copied)
    }

    private func copy(_ file: HostFileSearch.File, _ output: String, _ context: AttemptContext) async throws -> UInt64 {
        let beginning = try await BlockingReader.run { try Self.read(file, upTo: 1_024) { _ in } }
        let components = file.path.split(separator: 0x2F).map { Array($0) }
        let name = String(decoding: components.last ?? [], as: UTF8.self)
        let entry = try await context.entry(
            ["host", "files", output].map { Array($0.utf8) } + components,
            media: beginning.hasNUL ? .binary : .named(name))
        do {
            // No more than it had when it was found: a file that grows while it is read must end.
            let read = try await BlockingReader.stream(into: entry) { chunks in
                try Self.read(file, upTo: file.size) { bytes in try chunks.append { $0.append(contentsOf: bytes) } }
            }
            try await entry.finish()
            return read.count
        } catch let error as HostError {
            await entry.abandon()
            throw error
        }
    }

    private static func read(
        _ file: HostFileSearch.File, upTo limit: UInt64, _ take: (UnsafeRawBufferPointer.SubSequence) throws -> Void
    ) throws -> (count: UInt64, hasNUL: Bool) {
        let path = RawText(file.path)
        let descriptor = try RegularFile.open(file.below, root: file.root, expecting: file.identity)
        descriptor.leaveAccessTime()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var left = limit
        var hasNUL = false
        while left > 0, !Task.isCancelled {
            let count = try descriptor.read(into: buffer, path: path)
            if count == 0 { break }
            let kept = UnsafeRawBufferPointer(buffer).prefix(Int(min(UInt64(count), left)))
            left -= UInt64(kept.count)
            if kept.contains(0) { hasNUL = true }
            try take(kept)
        }
        return (limit - left, hasNUL)
    }

    private static func outcome(
        _ request: FilesRequest, _ found: HostFileSearch.Result, _ failures: FailureLog, _ shorter: [String],
        _ copied: Int
    ) -> Outcome {
        var findings: [(code: String, words: String)] = []
        if found.count > request.most {
            findings.append(("TooManyFiles", "\(found.count) files are there, and \(request.most) are copied at most"))
        }
        if let first = failures.failures.first {
            findings.append(
                (first.code.ledgerCode, "could not be read: \(failures.count), the first: \(first)"))
        }
        if let first = shorter.first {
            findings.append(
                ("Shrank", "shorter than when they were found: \(shorter.count), such as \(first)"))
        }
        if let first = found.firstLarger {
            findings.append(
                (
                    "TooLarge",
                    "larger than \(request.largest) bytes and not copied: \(found.larger), the first \(first)"
                ))
        }
        if let stop = found.stop {
            findings.append(("Stopped", "the walk was ended before it was through (\(stop.rawValue))"))
        }
        guard let first = findings.first else {
            if found.rows > 0 { return .ok }
            return found.absent == request.paths.count
                ? .missing("NoSuchPath", "none of the paths is on this host") : .empty
        }
        let told = findings.map(\.words).joined(separator: "; ")
        let isDenied = first.code == HostError.Code.permissionDenied.ledgerCode && copied == 0
        return isDenied ? .denied(first.code, told) : .partial(first.code, told)
    }
}
