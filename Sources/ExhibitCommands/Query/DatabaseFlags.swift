internal import ArgumentParser
internal import Collection
internal import Cryptography
internal import Inspection
internal import Rows

/// How a capture is made into tables, and which rules are asked of them.
struct DatabaseFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder with collectors of your own, whose rules are asked, too. Repeatable.", valueName: "folder"))
    var collectors: [String] = []

    @Flag(help: "Asks the rules, too, that the bundle brings: they are the word of whoever made it.")
    var useBundleRules = false

    @OptionGroup var keeping: CacheFlags

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

    /// Those of the operator first, then those of this program, then those of the bundle, if they are wanted: it silences no rule of ours.
    func rules(of capture: (any Capture)? = nil) async throws -> [RecordedFindings] {
        var own: [RecordedFindings] = []
        for file in try definitions() { own.append(try RecordedFindings(file: file.path, text: file.text)) }
        var recorded: [RecordedFindings] = []
        if useBundleRules, let bundle = capture as? BundleCapture {
            let (rules, problems) = await RecordedFindings.recorded(in: bundle.reader)
            recorded = rules
            for (path, reason) in problems.prefix(10) { RenderingFailure.note("\(path): rules not read: \(reason)") }
        }
        return RecordedFindings.merged([own, try RecordedFindings.builtIn(), recorded])
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
        try await open(try await OpenedCapture.open(path, identities).capture(keeping.verified))
    }

    func open(_ capture: any Capture) async throws -> EvidenceDatabase {
        // They are read when they are wanted, unless they are the operator's: then what is wrong with them is said in any case.
        guard !collectors.isEmpty || useBundleRules else {
            return try await EvidenceDatabase(capture, cache: keeping.cache) { try RecordedFindings.builtIn() }
        }
        let rules = try await rules(of: capture)
        return try await EvidenceDatabase(capture, cache: keeping.cache, tables: try tables()) { rules }
    }
}
