internal import Collection
internal import CollectorSteps
internal import Inspection
internal import Rows
internal import StructuredText
internal import Terminal

/// What there is to say of definitions.
struct LintReport {
    struct Finding {
        enum Severity: String {
            case error, warning
        }

        let severity: Severity
        let line: Int?
        /// Without what could steer a terminal, whatever the file says.
        let message: String

        init(_ severity: Severity, line: Int? = nil, _ message: String) {
            self.severity = severity
            self.line = line
            self.message = TerminalText.escaped(message)
        }
    }

    struct File {
        let path: String
        /// Nil when it could not be decoded.
        let name: String?
        var profile: ProfileDefinition?
        var collector: CollectorDefinition?
        var tables: [String] = []
        var findings: [Finding] = []
    }

    private(set) var files: [File] = []
    private let builtIn: [CollectorDefinition]

    /// - Parameter paths: of definitions, and of folders.
    /// - Throws: `DefinitionError` when what comes with the program cannot be read.
    init(_ paths: [String]) throws(DefinitionError) {
        builtIn = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors
        for path in paths {
            if CollectorFolder.isFolder(path) { addFolder(path) } else { add(path) }
        }
        warnOfSharedNames()
    }

    /// Everything in it is read together, as by `collect --collectors`.
    private mutating func addFolder(_ path: String) {
        do {
            let folder = try CollectorFolder(reading: path)
            guard !folder.definitions.isEmpty || !folder.alike.isEmpty else {
                files.append(Self.failed(path, nil, "there is no *.yaml in this folder"))
                return
            }
            let start = files.count
            for path in folder.definitions { add(path, misplaced: .error) }
            warnOfUnknownNames(in: files[start...].indices)
            for path in folder.alike {
                files.append(
                    File(
                        path: path, name: nil,
                        findings: [Finding(.warning, "it is not read: definitions are called *.yaml")]))
            }
        } catch {
            files.append(Self.failed(path, error.line, error.message))
        }
    }

    /// - Parameter misplaced: how bad it is that a profile is not where profiles are read from.
    private mutating func add(_ path: String, misplaced: Finding.Severity = .warning) {
        do {
            let file = try DefinitionFile(reading: path)
            let isProfile = CollectorCatalog.isAmongProfiles(path) || ProfileDecoder.isMeant(by: file.text)
            var judged = isProfile ? try Self.profile(file, misplaced) : try collector(file)
            if let objection = file.objection {
                judged.findings.insert(Finding(.warning, "collect --collectors refuses it: \(objection)"), at: 0)
            }
            files.append(judged)
        } catch {
            files.append(Self.failed(path, error.line, error.message))
        }
    }

    private func collector(_ file: DefinitionFile) throws(DefinitionError) -> File {
        let definition = try CollectorDefinitionDecoder(file: file.path, kinds: StepRegistry.kinds).decode(file.text)
        let advice = DefinitionAdvice.advice(on: definition, volatileRank: CaptureEngine.Options().volatileRank)
        let clash = TableClash.first(of: definition, with: builtIn.filter { $0.name != definition.name })
        return File(
            path: file.path, name: definition.name, collector: definition, tables: definition.tables.map(\.name),
            findings: (clash.map { [Finding(.error, line: $0.line, $0.message)] } ?? [])
                + Self.named(definition.name, definition.lines["metadata"], file)
                + advice.map { Finding(.warning, line: $0.line, $0.message) })
    }

    private static func profile(_ file: DefinitionFile, _ misplaced: Finding.Severity) throws(DefinitionError) -> File {
        let profile = try ProfileDecoder(file: file.path).decode(file.text)
        var findings = named(profile.name, profile.lines["metadata"], file)
        if !CollectorCatalog.isAmongProfiles(file.wholePath) {
            findings.append(Finding(misplaced, "profiles are read from a folder called profiles: put it there"))
        }
        return File(path: file.path, name: profile.name, profile: profile, findings: findings)
    }

    private static func named(_ name: String, _ line: Int?, _ file: DefinitionFile) -> [Finding] {
        guard file.name != "\(name).yaml" else { return [] }
        return [Finding(.warning, line: line, "metadata.name is \(name): call the file \(name).yaml")]
    }

    private static func failed(_ path: String, _ line: Int?, _ message: String) -> File {
        File(path: path, name: nil, findings: [Finding(.error, line: line, message)])
    }

    private mutating func warnOfSharedNames() {
        var places: [String: String] = [:]
        for index in files.indices {
            guard let name = files[index].name else { continue }
            // A profile may be called like a collector.
            let key = (files[index].profile == nil ? "" : "profile ") + name
            if let other = places[key] {
                files[index].findings.append(Finding(.warning, "\(other) has the name \(name), too"))
            } else {
                places[key] = files[index].path
            }
            for table in files[index].tables {
                // What takes the place of another has its tables, too.
                let other = files[..<index].first { $0.tables.contains(table) && $0.name != name }
                if let other {
                    files[index].findings.append(Finding(.error, "\(other.path) has a table \(table), too"))
                }
            }
        }
    }

    /// What a profile names and nobody has. Not said where a collector could not be read, which may be the one.
    private mutating func warnOfUnknownNames(in indices: Range<Int>) {
        guard indices.allSatisfy({ files[$0].name != nil }) else { return }
        let collectors = builtIn + indices.compactMap { files[$0].collector }
        for index in indices {
            guard let profile = files[index].profile else { continue }
            files[index].findings += DefinitionAdvice.advice(on: profile, among: collectors).map {
                Finding(.warning, line: $0.line, $0.message)
            }
        }
    }

    /// Tries each rule for findings on its own examples: one that does not do what they say is an error.
    mutating func tryFindings() async {
        for index in files.indices {
            guard let collector = files[index].collector else { continue }
            for rule in collector.findings {
                for problem in await FindingTrial.problems(of: rule, tables: collector.tables) {
                    files[index].findings.append(Finding(.error, line: rule.line, "finding \(rule.id): \(problem)"))
                }
            }
        }
    }

    private func count(_ severity: Finding.Severity) -> Int {
        files.reduce(0) { $0 + $1.findings.count { $0.severity == severity } }
    }

    var status: ExitStatus { count(.error) == 0 ? .ok : .badCollector }

    // MARK: Words

    func lines(_ style: TerminalStyle) -> [String] {
        var lines: [String] = []
        for file in files {
            for finding in file.findings {
                let place = TerminalText.escaped(file.path) + (finding.line.map { ":\($0)" } ?? "")
                let word = style(finding.severity == .error ? .error : .warning, finding.severity.rawValue)
                lines.append("\(place): \(word): \(finding.message)")
            }
        }
        let words = [
            Quantity.count(files.count, "file", "files"), Quantity.count(count(.error), "error", "errors"),
            Quantity.count(count(.warning), "warning", "warnings"),
        ]
        lines.append(words.joined(separator: ", "))
        return lines
    }

    var json: JSONValue {
        [
            "files": .array(
                files.map { file in
                    [
                        "file": .string(file.path), "name": file.name.map { .string($0) } ?? .null,
                        "findings": .array(
                            file.findings.map { finding in
                                [
                                    "severity": .string(finding.severity.rawValue),
                                    "line": finding.line.map { JSONValue($0) } ?? .null,
                                    "message": .string(finding.message),
                                ]
                            }),
                    ]
                }),
            "errors": JSONValue(count(.error)), "warnings": JSONValue(count(.warning)),
            "exitCode": JSONValue(status.rawValue),
        ]
    }
}
