public import Bundle
internal import BundleFormat
public import Collection
internal import Rows

/// The definitions of collectors that a bundle was made with, as texts. All of it is hostile.
struct BundleDefinitions: Sendable {
    struct File: Sendable {
        let path: EntryPath
        /// Of the collector, by the file's name.
        let name: String
        let text: String
    }

    /// In the order of their names.
    private(set) var files: [File] = []
    private(set) var problems: [BundleTables.Problem] = []

    static let isOfAnother = UnreadableObject(reason: "it is of another collector than its name says")

    init(_ reader: BundleReader, most: Int) async {
        var lines: [IndexLine] = []
        var left = 0
        do {
            try await reader.entries { line in
                guard Self.name(line.path) != nil else { return }
                if lines.count < most { lines.append(line) } else { left += 1 }
            }
        } catch {
            problems.append(BundleTables.problem(BundleLayout.index.rawValue, error))
        }
        if left > 0 {
            problems.append(
                BundleTables.Problem(
                    subject: BundleLayout.index.rawValue, reason: "\(left) definitions are not read, being too many"))
        }
        for line in lines.sorted(by: { $0.path.rawValue < $1.path.rawValue }) {
            guard let name = Self.name(line.path) else { continue }
            do {
                guard line.size <= UInt64(CollectorDefinition.maxBytes) else {
                    throw UnreadableObject(reason: "it is larger than \(CollectorDefinition.maxBytes) bytes")
                }
                var bytes: [UInt8] = []
                try await reader.content(of: line) { bytes += $0 }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw UnreadableObject(reason: "it is not UTF-8")
                }
                files.append(File(path: line.path, name: String(name), text: text))
            } catch {
                problems.append(BundleTables.problem(line.path.rawValue, error))
            }
        }
    }

    /// `NAME` of `meta/definitions/NAME.yaml`; nil for profiles and for anything else.
    private static func name(_ path: EntryPath) -> Substring? {
        let parts = path.rawValue.split(separator: "/")
        guard parts.count == 3, parts[0] == "meta", parts[1] == "definitions", parts[2].hasSuffix(".yaml") else {
            return nil
        }
        let name = parts[2].dropLast(5)
        return name.contains(".") ? nil : name
    }
}

extension RecordedFindings {
    /// The rules that a bundle brings. They are the word of whoever made it.
    ///
    /// - Returns: those that can be read, and which files cannot, with why.
    public static func recorded(in reader: BundleReader) async -> (
        rules: [RecordedFindings], problems: [(String, String)]
    ) {
        let definitions = await BundleDefinitions(reader, most: 1_000)
        var rules: [RecordedFindings] = []
        var problems = definitions.problems.map { ($0.subject, $0.reason) }
        for file in definitions.files {
            do {
                let recorded = try RecordedFindings(file: file.path.rawValue, text: file.text)
                guard recorded.collector == file.name else { throw BundleDefinitions.isOfAnother }
                rules.append(recorded)
            } catch {
                problems.append((file.path.rawValue, BundleTables.problem(file.path.rawValue, error).reason))
            }
        }
        return (rules, problems)
    }

    /// Rules of several origins: where two have the same name, the one that comes first counts.
    public static func merged(_ origins: [[RecordedFindings]]) -> [RecordedFindings] {
        var names: Set<String> = []
        return origins.joined().map { recorded in
            var kept = recorded
            kept.rules.removeAll { !names.insert($0.id).inserted }
            return kept
        }
    }
}
