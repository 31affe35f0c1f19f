internal import Collection
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
        let message: String
    }

    struct File {
        let path: String
        /// Nil when it could not be decoded.
        let name: String?
        var findings: [Finding] = []
    }

    private(set) var files: [File] = []

    /// - Parameter paths: of definitions, and of folders.
    init(_ paths: [String]) {
        for path in paths {
            if DefinitionFile.isFolder(path) { addFolder(path) } else { add(path) }
        }
        warnOfSharedNames()
    }

    private mutating func addFolder(_ folder: String) {
        do {
            let found = try DefinitionFile.names(in: folder)
            guard !found.definitions.isEmpty || !found.alike.isEmpty else {
                files.append(Self.failed(folder, nil, "there is no *.yaml in this folder"))
                return
            }
            for path in found.definitions { add(path) }
            for path in found.alike {
                let message = "it is not read: definitions are called *.yaml"
                files.append(
                    File(path: path, name: nil, findings: [Finding(severity: .warning, line: nil, message: message)]))
            }
        } catch {
            files.append(Self.failed(folder, error.line, error.message))
        }
    }

    private mutating func add(_ path: String) {
        do {
            let file = try DefinitionFile(reading: path)
            let definition = try file.decode()
            let advice = DefinitionAdvice.advice(
                on: definition, volatileRank: CaptureEngine.Options().volatileRank)
            var warnings = advice.map { Finding(severity: .warning, line: $0.line, message: $0.message) }
            if file.name != "\(definition.name).yaml" {
                warnings.insert(
                    Finding(
                        severity: .warning, line: definition.lines["metadata"],
                        message: "metadata.name is \(definition.name): call the file \(definition.name).yaml"), at: 0)
            }
            if let objection = file.objection {
                warnings.insert(Finding(severity: .warning, line: nil, message: objection), at: 0)
            }
            files.append(File(path: path, name: definition.name, findings: warnings))
        } catch {
            files.append(Self.failed(path, error.line, error.message))
        }
    }

    private static func failed(_ path: String, _ line: Int?, _ message: String) -> File {
        File(path: path, name: nil, findings: [Finding(severity: .error, line: line, message: message)])
    }

    private mutating func warnOfSharedNames() {
        var places: [String: String] = [:]
        for index in files.indices {
            guard let name = files[index].name else { continue }
            if let other = places[name] {
                files[index].findings.append(
                    Finding(severity: .warning, line: nil, message: "\(other) has the name \(name), too"))
            } else {
                places[name] = files[index].path
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
                lines.append("\(place): \(word): \(TerminalText.escaped(finding.message))")
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
