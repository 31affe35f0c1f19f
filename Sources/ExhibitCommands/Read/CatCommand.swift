internal import ArgumentParser
internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import FoundationEssentials
internal import Inspection
internal import StructuredText
internal import Terminal

/// `exhibit cat`: shows one entry.
struct CatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Shows one entry of a bundle, checked against its hash.",
        discussion: """
            exhibit cat case.tar.zst namespaces/prod/pods/api-0/api-0.yaml
            exhibit cat case.tar.zst meta/ledger.jsonl | jq .state

            On a terminal, control characters in the entry are spelt out; elsewhere, and with --raw, every byte is as
            captured.
            """)

    @Argument(
        help: ArgumentHelp(
            "A bundle file, or the folder it was unpacked to; or a must-gather, support bundle or dump.",
            valueName: "bundle"))
    var bundle: String

    @Argument(help: ArgumentHelp("Path of the entry; data/ in front may be left out.", valueName: "path"))
    var path: String

    @Flag(help: "Every byte as captured, on a terminal too, which it may then steer.")
    var raw = false

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags

    @Option(name: .customLong("output"), help: "How it is printed: text (as it is) or json (with path, size and hash).")
    var format: OutputFormat = .text

    func run() async throws {
        try await RenderingFailure.reporting("cat", format) {
            var output = RenderingOutput()
            let reader: BundleReader
            switch try await OpenedCapture.open(bundle, try opening.identities(for: bundle)) {
            case .bundle(let opened): reader = opened
            case .foreign(let capture):
                try await show(try await ForeignFile(path, in: capture), &output)
                return .ok
            }
            if format == .json {
                try output.json(try await object(reader))
                try output.flush()
                return .ok
            }
            if let tag = try await Self.tagFile(path, reader) {
                try Self.show(tag[...], &output, escaping: output.isTerminal && !raw)
                try output.flush()
                return .ok
            }
            let line = try await reader.find(path)
            do {
                if output.isTerminal, !raw {
                    try await Self.filtered(reader, line, &output)
                } else {
                    try await reader.content(of: line) { try output.bytes($0) }
                }
                try output.flush()
            } catch let error as BundleError where error.code == .wrongContent {
                try output.flush()
                throw RenderingFailure(
                    .integrityFailed,
                    "\(line.path): what was shown is not what was sealed: its hash is wrong. "
                        + "Verify the bundle: exhibit verify \(bundle)")
            }
            return .ok
        }
    }

    /// More than this is not put into one JSON string.
    private static let maxJSONBytes = 64 << 20

    private func show(_ foreign: ForeignFile, _ output: inout RenderingOutput) async throws {
        guard format == .json else { return try await foreign.show(escaping: output.isTerminal && !raw, &output) }
        var object: JSONObject = ["path": .string(foreign.file.path)]
        Self.add(try await foreign.bytes(limit: Self.maxJSONBytes), to: &object)
        try output.json(.object(object))
        try output.flush()
    }

    /// The entry as JSON.
    private func object(_ reader: BundleReader) async throws -> JSONValue {
        var found = JSONObject()
        var content: [UInt8] = []
        if let tag = try await Self.tagFile(path, reader) {
            found["path"] = .string(path)
            content = tag
        } else {
            let line = try await reader.find(path)
            guard line.size <= Self.maxJSONBytes else {
                throw RenderingFailure(
                    .unexpected, "\(line.path) has \(line.size) bytes, too many for JSON: leave out --output json")
            }
            try await reader.content(of: line) { content.append(contentsOf: $0) }
            found["path"] = .string(line.path.rawValue)
            found["media"] = .string(line.media)
            found["sha256"] = .string(line.sha256.hex)
        }
        Self.add(content, to: &found)
        return .object(found)
    }

    /// Content is `text` when it is UTF-8, else `base64`.
    private static func add(_ content: [UInt8], to object: inout JSONObject) {
        object["size"] = JSONValue(content.count)
        if let text = String(validating: content, as: UTF8.self) {
            object["text"] = .string(text)
        } else {
            object["base64"] = .string(Data(content).base64EncodedString())
        }
    }

    private static func filtered(_ reader: BundleReader, _ line: IndexLine, _ output: inout RenderingOutput)
        async throws
    {
        var filter = TerminalFilter()
        var safe: [UInt8] = []
        try await reader.content(of: line) { piece in
            safe.removeAll(keepingCapacity: true)
            filter.append(piece, to: &safe)
            try output.bytes(safe)
        }
        safe.removeAll(keepingCapacity: true)
        filter.finish(to: &safe)
        try output.bytes(safe)
    }

    private static func show(_ bytes: ArraySlice<UInt8>, _ output: inout RenderingOutput, escaping: Bool) throws {
        try output.bytes(escaping ? TerminalText.escaped(bytes: bytes) : Array(bytes))
    }

    /// A file of the bundle that has no index line (`meta/index.jsonl`, `seal.sha256`, signatures); nil for others.
    private static func tagFile(_ path: String, _ reader: BundleReader) async throws -> [UInt8]? {
        guard let entry = try? EntryPath(path), let rule = BundleLayout.rule(for: entry), !rule.isIndexed else {
            return nil
        }
        do {
            return try await reader.content(of: entry, limit: 256 << 20)
        } catch let error as BundleError where error.code == .noSuchEntry {
            return nil
        }
    }
}
