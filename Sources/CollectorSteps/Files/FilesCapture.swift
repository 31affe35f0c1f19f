internal import BundleFormat
internal import Collection

/// Copies files out of a container by its own find and tar, and by cat where it has not both.
struct FilesCapture {
    /// A listing that is longer is cut off.
    private static let maxListing: UInt64 = 8 << 20

    private struct ListingFull: Error {}

    let request: FilesRequest
    let commands: FilesCommands
    /// Below `data/`: what is copied; the listing stands beside it.
    let folder: [String]
    let context: AttemptContext
    let memory: ToolMemory
    let place: ToolMemory.Container
    /// Runs a command in the container.
    let run: ([String], RecipeSearch.Output) async throws -> RecipeSearch.End

    /// What stands behind the name of the folder with the copies.
    static let companion = ".tsv"

    private enum Listed {
        case settled(Outcome)
        /// There is no find that could do it; why.
        case noFind(String)
        case files(FileListing, note: String?, isCut: Bool)
    }

    func outcome() async throws -> Outcome {
        guard !commands.roots.isEmpty else {
            return .denied("SecretVolume", FilesVerdict.withheld(commands.withheld))
        }
        switch try await list() {
        case .settled(let outcome): return FilesVerdict.joined(outcome, withheld: commands.withheld)
        case .noFind(let why): return try await plain(why)
        case .files(let listing, let note, let isCut):
            var verdict = FilesVerdict(request: request, withheld: commands.withheld, listing: listing)
            verdict.note(listing: note, isCut: isCut)
            guard listing.wantedCount > 0 || isCut else { return verdict.outcome(copies()) }
            return try await copy(listing, verdict)
        }
    }

    private func copies() -> FileCopies {
        FileCopies(context, folder: folder, request: request, commands: commands)
    }

    // MARK: find

    private func list() async throws -> Listed {
        var path = folder
        path[path.count - 1] += Self.companion
        let entry = try await context.entry(path, media: .tabSeparated)
        var failures: [String] = []
        for (recipe, form) in commands.listings where !memory.isMissing("find", in: place) {
            var listing = FileListing(form, request)
            var room = min(Self.maxListing, context.limits.bytes / 4)
            var end = RecipeSearch.End.exited(code: 0, stderr: "")
            var isCut = false
            do {
                end = try await run(recipe.argv) { bytes in
                    let part = bytes.prefix(Int(room))
                    room -= UInt64(part.count)
                    listing.take(part)
                    try await entry.write(part)
                    if part.count < bytes.count { throw ListingFull() }
                }
            } catch is ListingFull {
                isCut = true
            }
            listing.finish()
            guard case .exited(let code, let stderr) = end else {
                if case .noExecutable(_, byRuntime: true) = end { memory.noteMissing("find", in: place) }
                failures.append("\(recipe.name): not in the container")
                continue
            }
            if context.bytes > 0 {
                try await entry.finish()
                let words = ToolWords(stderr)
                // What was killed has no words.
                let note = words.complaint ?? (words.count == 0 ? "\(recipe.name) exited with \(code)" : nil)
                return .files(listing, note: code == 0 ? nil : note, isCut: isCut)
            }
            if let outcome = nothing(recipe.name, code, ToolWords(stderr)) {
                await entry.abandon()
                return .settled(outcome)
            }
            failures.append("\(recipe.name) exited with \(code)\(ToolWords(stderr).complaint.map { ": \($0)" } ?? "")")
        }
        await entry.abandon()
        return .noFind(failures.isEmpty ? "find is not in the container" : failures.joined(separator: "; "))
    }

    /// What it means that find printed nothing; nil when another way of asking may.
    private func nothing(_ name: String, _ code: Int, _ words: ToolWords) -> Outcome? {
        if code == 0 { return .empty }
        if words.isDenied {
            return .denied("PermissionDenied", "\(name) found nothing where it may look: \(words.first)")
        }
        if words.isAbsent {
            // Of those that are there nothing was printed: they are empty.
            return words.count < commands.roots.count
                ? .empty : .missing("NoSuchPath", "none of the paths is in this container: \(words.first)")
        }
        return nil
    }

    // MARK: tar

    private func copy(_ listing: FileListing, _ verdict: FilesVerdict) async throws -> Outcome {
        var files = copies()
        var verdict = verdict
        do {
            let end = try await run(commands.copy) { try await files.take($0) }
            if case .exited(let code, let stderr) = end { verdict.note(copy: ToolWords(stderr), code: code) }
            if files.isSilent, verdict.hasNoTar { return try await literal(listing, verdict) }
            if !files.mayEnd { verdict.note(bad: "what tar printed ended in the middle of a tar stream") }
        } catch is FileCopies.Full {
            verdict.note(full: request.most)
        } catch let error as ContainerTar.Bad {
            verdict.note(bad: error.reason)
        }
        try await files.close()
        return verdict.outcome(files)
    }

    /// Without tar: those of the paths that are files.
    private func literal(_ listing: FileListing, _ verdict: FilesVerdict) async throws -> Outcome {
        let wanted = Set(listing.wanted.map(\.path))
        let paths = request.paths.filter { wanted.contains(Array($0.utf8)) }
        var (files, verdict) = (copies(), verdict)
        let answers = try await CatCopies(paths: paths, run: run, memory: memory, place: place).copy(request, &files)
        verdict.noteNoTar(answers)
        return verdict.outcome(files)
    }

    // MARK: cat

    private func plain(_ why: String) async throws -> Outcome {
        let paths = request.paths.filter { !commands.withheld.contains($0) }
        var files = copies()
        let answers = try await CatCopies(paths: paths, run: run, memory: memory, place: place).copy(request, &files)
        return FilesVerdict.plain(answers, files, why: why, withheld: commands.withheld, paths: paths.count)
    }
}

/// What a tool said on standard error. Only the words of the C locale are known: containers hardly ever have another.
struct ToolWords {
    private let lines: [String]

    init(_ text: String) {
        lines = text.split(whereSeparator: \.isNewline).map { TextSafety.oneLine(String($0)) }
            .filter { !$0.lowercased().contains("removing leading") }
    }

    var first: String { complaint ?? lines.first ?? "it said nothing" }
    /// The first that is not about something that is not there.
    var complaint: String? { lines.first { !Self.isAbsence($0) } }
    var count: Int { lines.count }
    var isDenied: Bool { lines.contains(where: Self.isDenial) }
    /// Whether all that was said is that something is not there.
    var isAbsent: Bool { !lines.isEmpty && lines.allSatisfy(Self.isAbsence) }
    /// Whether find could not run tar.
    var hasNoTar: Bool {
        lines.contains { line in
            let plain = line.filter { !"'‘’`\"".contains($0) }
            return ["find: tar: ", "find: failed to run tar: "].contains { plain.hasPrefix($0) }
        }
    }
    /// A file that became shorter while it was read has zeros in the place of the rest.
    var padding: String? { lines.first { $0.contains("padding with zeros") } }

    private static func isDenial(_ line: String) -> Bool {
        line.contains("ermission denied") || line.contains("peration not permitted")
    }

    private static func isAbsence(_ line: String) -> Bool {
        line.contains("No such file or directory") || line.contains("Not a directory")
    }
}
