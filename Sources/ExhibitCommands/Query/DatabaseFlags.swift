internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Collection
internal import Cryptography
internal import Glibc
internal import Inspection
internal import Rows
internal import SQLite
internal import Terminal

/// How a capture is made into tables, and which rules are asked of them.
struct DatabaseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder with collectors of your own, whose rules are asked, too. Repeatable.", valueName: "folder"))
    var collectors: [String] = []

    @Flag(help: "Asks the rules, too, that the bundle brings: they are the word of whoever made it.")
    var useBundleRules = false

    @Flag(help: "Keeps no tables of the bundle in the cache, and reads none.")
    var noCache = false

    /// In `$XDG_CACHE_HOME`, else `~/.cache`; nil when neither is known.
    var cache: DatabaseCache? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        guard !noCache, let folder = variable("XDG_CACHE_HOME") ?? variable("HOME").map({ "\($0)/.cache" }),
            let program = Self.program
        else { return nil }
        return DatabaseCache(folder: "\(folder)/exhibit/tables", program: program)
    }

    /// Changes when the program's file does; its digest would take longer than many a question.
    private static var program: String? {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return nil }
        return
            "\(ToolIdentity.version) \(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)"
    }

    // MARK: Rules

    /// The definitions that the operator named, without profiles.
    private func definitions() throws(DefinitionError) -> [DefinitionFile] {
        var files: [DefinitionFile] = []
        for folder in collectors {
            for path in try CollectorFolder(reading: folder).definitions where !path.contains("/profiles/") {
                files.append(try DefinitionFile(reading: path))
            }
        }
        return files
    }

    /// Those of the operator first, then those of the bundle, if they are wanted, then those of this program.
    func rules(of capture: (any Capture)? = nil) async throws -> [RecordedFindings] {
        var own: [RecordedFindings] = []
        for file in try definitions() { own.append(try RecordedFindings(file: file.path, text: file.text)) }
        var recorded: [RecordedFindings] = []
        if useBundleRules, let bundle = capture as? BundleCapture {
            let (rules, problems) = await RecordedFindings.recorded(in: bundle.reader)
            recorded = rules
            for (path, reason) in problems.prefix(10) { RenderingFailure.note("\(path): rules not read: \(reason)") }
        }
        return RecordedFindings.merged([own, recorded, try RecordedFindings.builtIn()])
    }

    /// Tables that rules of the operator's collectors may name.
    func tables() throws(DefinitionError) -> [TableDefinition] {
        var tables: [TableDefinition] = []
        for file in try definitions() { tables += try RecordedTables(file: file.path, text: file.text).tables }
        return tables
    }

    // MARK: Opening

    /// Opens a capture, and makes its tables.
    func open(_ path: String, _ identities: [AgeIdentity]) async throws -> EvidenceDatabase {
        let capture: any Capture =
            switch try await OpenedCapture.open(path, identities) {
            case .bundle(let reader): BundleCapture(reader)
            case .foreign(let foreign): foreign
            }
        return try await open(capture)
    }

    func open(_ capture: any Capture) async throws -> EvidenceDatabase {
        // They are read when they are wanted, unless they are the operator's: then what is wrong with them is said in any case.
        guard !collectors.isEmpty || useBundleRules else {
            return try await EvidenceDatabase(capture, cache: cache) { try RecordedFindings.builtIn() }
        }
        let rules = try await rules(of: capture)
        return try await EvidenceDatabase(capture, cache: cache, tables: try tables()) { rules }
    }
}

/// How a command ends that has shown rows: what could not be read is not hidden behind them.
extension EvidenceDatabase {
    func conclude(_ path: String) async throws -> ExitStatus {
        let problems = try await rows("SELECT count(*) FROM problems").first?.first?.integer ?? 0
        if problems > 0 {
            RenderingFailure.note(
                "\(problems == 1 ? "1 thing" : "\(problems) things") in it could not be read, or not wholly: exhibit query \(ShellText.quoted(path)) 'SELECT * FROM problems'"
            )
        }
        guard damage.count > 0 else { return .ok }
        for file in damage.files.prefix(10) { RenderingFailure.note("\(file.path): \(file.reason)") }
        if damage.count > 10 { RenderingFailure.note("and \(damage.count - 10) other files") }
        RenderingFailure.note("rows of these files are missing, or not as they were captured")
        return .integrityFailed
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
