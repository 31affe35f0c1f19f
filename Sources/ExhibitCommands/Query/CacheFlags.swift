internal import ArgumentParser
internal import Bundle
internal import Cryptography
internal import Glibc
internal import Inspection
internal import SQLite
internal import Terminal

/// Whether something of a bundle is kept, and what was kept is used.
struct CacheFlags: ParsableArguments {
    @Flag(
        help:
            "Keeps nothing of the bundle in the cache, neither tables nor that its hashes were compared, and uses nothing that was kept."
    )
    var noCache = false

    /// Its tables.
    var cache: DatabaseCache? {
        guard let folder, let program = Self.program else { return nil }
        return DatabaseCache(base: folder, program: program)
    }

    /// That its hashes were compared.
    var verified: VerifiedFiles? { folder.map { VerifiedFiles(base: $0) } }

    /// `$XDG_CACHE_HOME`, else `~/.cache`; nil when neither is known, or nothing is to be kept.
    private var folder: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        return noCache ? nil : variable("XDG_CACHE_HOME") ?? variable("HOME").map { "\($0)/.cache" }
    }

    /// Changes when the program's file does; its digest would take longer than many a question.
    private static var program: String? {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return nil }
        return
            "\(ToolIdentity.version) \(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)"
    }

    /// Opens a capture, and makes its tables; nobody asks for findings.
    func open(_ path: String, _ identities: [AgeIdentity]) async throws -> EvidenceDatabase {
        let capture = try await OpenedCapture.open(path, identities).capture(verified)
        return try await EvidenceDatabase(capture, cache: cache)
    }
}

/// How a command ends that has shown rows: what could not be read is not hidden behind them.
extension EvidenceDatabase {
    func conclude(_ path: String) async throws -> ExitStatus {
        let problems = try await rows("SELECT count(*) FROM problems").first?.first?.integer ?? 0
        if problems > 0 {
            RenderingFailure.note(
                "\(Quantity.count(Int(problems), "thing", "things")) in it could not be read, or not wholly: exhibit query \(ShellText.quoted(path)) 'SELECT * FROM problems'"
            )
        }
        for file in damage.files.prefix(10) { RenderingFailure.note("\(file.path): \(file.reason)") }
        if damage.count > 10 { RenderingFailure.note("and \(damage.count - 10) other files") }
        if damage.count > 0 {
            RenderingFailure.note("rows of these files are missing, or not as they were captured")
        }
        return capture.conclude(path, damaged: damage.count)
    }

    /// What somebody dismissed, by the records in the bundle and beside it; nobody is asked here whether they are to be believed.
    func dismissals(from source: RecordsSource) throws -> Dismissals {
        guard let bundle = capture as? BundleCapture, let closing else { return Dismissals([]) }
        let records = try bundle.reader.records(from: source, closing)
        if let problem = records.problem {
            RenderingFailure.note("records that do not hold, and what is behind them, are passed over: \(problem)")
        }
        return Dismissals(records.records)
    }
}
