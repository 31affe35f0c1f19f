internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit extract`: unpacks entries into a new folder.
struct ExtractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Unpacks entries of a bundle into a new folder, each checked against its hash.",
        discussion: """
            exhibit extract case.tar.zst -C case                          everything that was captured
            exhibit extract case.tar.zst namespaces/prod -C prod          a folder
            exhibit extract case.tar.zst '**/previous.log' -C logs        a pattern

            Nothing is followed and nothing replaced. For the whole bundle with its seal: tar xf case.tar.zst.
            """)

    @Argument(help: ArgumentHelp("A bundle file, or the folder it was unpacked to.", valueName: "bundle"))
    var bundle: String

    @Argument(help: ArgumentHelp("Paths, folders or patterns; data/ in front may be left out.", valueName: "path"))
    var patterns: [String] = []

    @Option(
        name: [.customShort("C"), .customLong("directory")],
        help: ArgumentHelp("Folder to make; it must not exist yet.", valueName: "dir"))
    var directory: String

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("extract", format) {
            let identities = try opening.identities(for: bundle)
            let reader = try await OpenedCapture.bundle(bundle, toBe: "extracted and checked") {
                try await BundleReader(path: bundle, identities: identities)
            }
            let chosen = patterns.map { PathPattern($0) }
            if !chosen.isEmpty { try await refuseMissing(reader, chosen) }
            let report = try await Extractor(reader).extract(into: directory) { line in
                chosen.isEmpty || chosen.contains { $0.matches(line.path.rawValue) }
            }
            var output = RenderingOutput()
            switch format {
            case .json: try output.json(Self.json(report, directory))
            case .text:
                let amount = "\(Quantity.count(report.files, "file", "files")), \(Quantity.bytes(report.bytes))"
                try output.line("\(amount), in \(TerminalText.escaped(directory))")
                for rejected in report.rejected {
                    let words = "not extracted: \(rejected.path): \(TerminalText.escaped(rejected.reason))"
                    try output.line(output.style(.error, words))
                }
            }
            try output.flush()
            return report.rejected.isEmpty ? .ok : .integrityFailed
        }
    }

    /// A path that matches nothing is a mistake, which is better said before anything is written.
    private func refuseMissing(_ reader: BundleReader, _ chosen: [PathPattern]) async throws {
        var found = [Bool](repeating: false, count: chosen.count)
        try await reader.entries { line in
            for (index, pattern) in chosen.enumerated() where !found[index] {
                if pattern.matches(line.path.rawValue) { found[index] = true }
            }
        }
        if let index = found.firstIndex(of: false) {
            throw RenderingFailure(missing: patterns[index], near: try await reader.near(patterns[index]))
        }
    }

    private static func json(_ report: Extractor.Report, _ directory: String) -> JSONValue {
        [
            "directory": .string(directory), "files": JSONValue(report.files), "bytes": JSONValue(report.bytes),
            "rejected": .array(
                report.rejected.map { ["path": .string($0.path.rawValue), "reason": .string($0.reason)] }),
        ]
    }
}
