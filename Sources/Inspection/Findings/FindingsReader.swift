internal import Bundle
public import Collection
internal import SQLite
internal import Synchronization

/// Asks rules of a database.
public struct FindingsReader: Sendable {
    /// Rows of one rule that are kept; the rest is counted.
    public static let mostOfARule = 1_000
    /// Of a text of a row, in bytes: more is nowhere shown.
    private static let textBytes = 4 << 10
    /// For all rules together.
    private static let timeOfAll = Duration.seconds(600)
    /// For each rule.
    private static let time = Duration.seconds(20)

    private let rules: [(collector: String, rule: FindingRule)]

    /// - Parameter recorded: with the rules that are asked, such as ``RecordedFindings/builtIn()``.
    public init(_ recorded: [RecordedFindings]) {
        rules = recorded.flatMap { collector in collector.rules.map { (collector.collector, $0) } }
    }

    /// - Throws: `CancellationError`, and what the capture throws when it cannot be read. A rule that cannot be asked is in
    ///   ``Findings/failed``, and the others are asked all the same.
    public func read(_ database: EvidenceDatabase) async throws -> Findings {
        var findings = Findings()
        let start = ContinuousClock.now
        for (collector, rule) in rules {
            try Task.checkCancellation()
            var failure: String?
            let answer = Mutex((columns: [String](), rows: [[SQLValue]](), left: 0))
            do {
                guard .now - start < Self.timeOfAll else {
                    throw SQLError(
                        .outOfTime, "the rules before it took longer than \(Self.timeOfAll.components.seconds) s")
                }
                try await database.ask(
                    rule, limits: QueryLimits(time: Self.time),
                    columns: { names in answer.withLock { $0.columns = names } },
                    row: { row in
                        answer.withLock {
                            if $0.rows.count < Self.mostOfARule {
                                $0.rows.append(row.map(Self.shortened))
                            } else {
                                $0.left += 1
                            }
                        }
                    })
            } catch let error as SQLError {
                failure = error.reason
            }
            let (columns, rows, left) = answer.withLock { $0 }
            findings.rules.append(
                Findings.Rule(
                    id: rule.id, severity: rule.severity, collector: collector, found: rows.count, more: left,
                    failure: failure))
            for row in rows { findings.findings.append(Self.finding(rule, collector, columns, row)) }
        }
        findings.findings.nameEach()
        findings.findings.sort {
            ($0.severity, $0.id, $0.object.namespace ?? "", $0.object.name ?? "")
                < ($1.severity, $1.id, $1.object.namespace ?? "", $1.object.name ?? "")
        }
        return findings
    }

    private static func shortened(_ value: SQLValue) -> SQLValue {
        guard let text = value.text, text.utf8.count > textBytes else { return value }
        return .text(String(decoding: text.utf8.prefix(textBytes), as: UTF8.self) + "…")
    }

    private static func finding(
        _ rule: FindingRule, _ collector: String, _ columns: [String], _ row: [SQLValue]
    ) -> Finding {
        var values: [String: SQLValue] = [:]
        for (name, value) in zip(columns, row) where values[name] == nil { values[name] = value }
        func text(_ name: String) -> String? { values[name].flatMap(words) }
        let pod = text("pod")
        let object = Finding.Object(
            kind: text("kind") ?? pod.map { _ in "Pod" }, namespace: text("namespace"), name: text("name") ?? pod,
            container: text("container"), node: text("node"))
        return Finding(
            id: rule.id, severity: rule.severity, collector: collector, says: fill(rule.says, values),
            advice: fill(rule.advice, values), object: object,
            evidence: Finding.Evidence(
                entry: text("entry"), line: values["line"]?.integer.map { Int(clamping: $0) }, source: text("source")),
            name: FindingName(rule.id, object))
    }

    /// Puts values in the places of `{column}`. A value is never looked at again: what is in braces there stays.
    static func fill(_ words: String, _ values: [String: SQLValue]) -> String {
        var result = ""
        var rest = words[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else {
                rest = rest[open...]
                break
            }
            let name = String(rest[rest.index(after: open)..<close])
            result += values[name].map { Self.words($0) ?? "–" } ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func words(_ value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        // Long texts are in the evidence.
        case .text(let text): text.count > 300 ? text.prefix(300) + "…" : text
        case .blob: "…"
        }
    }

    /// Columns that `says` and `advice` of a rule name and its statement does not have.
    package static func missingColumns(_ rule: FindingRule, _ columns: [String]) -> [String] {
        [rule.says, rule.advice].flatMap { words in
            words.split(separator: "{").dropFirst().compactMap { part in
                part.firstIndex(of: "}").map { String(part[..<$0]) }
            }
        }.filter { !columns.contains($0) }
    }
}
