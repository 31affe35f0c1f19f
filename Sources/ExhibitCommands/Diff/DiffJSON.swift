internal import Inspection
internal import StructuredText

/// What `diff --output json` prints, an object a line.
enum DiffJSON {
    static func value(_ difference: Difference) -> JSONValue {
        var object: JSONObject = [
            "section": .string(difference.section.rawValue), "change": .string(difference.change.rawValue),
        ]
        for part in difference.subject { object.append((part.name, .string(part.value))) }
        object.append(("fields", .array(difference.fields.map(value))))
        if difference.left > 0 { object.append(("fieldsLeft", JSONValue(difference.left))) }
        if let note = difference.note { object.append(("note", .string(note))) }
        return .object(object)
    }

    private static func value(_ field: FieldDifference) -> JSONValue {
        var object: JSONObject = ["path": .string(field.path)]
        if let old = field.old { object.append(("old", old)) }
        if let new = field.new { object.append(("new", new)) }
        return .object(object)
    }

    static func value(_ gap: NotCompared) -> JSONValue {
        [
            "section": .string(gap.section.rawValue), "change": "not-compared",
            "missingIn": .string(gap.missingIn.rawValue),
            "what": .string(gap.what), "namespace": .string(gap.namespace), "reason": .string(gap.reason),
            "count": JSONValue(gap.count),
        ]
    }

    static func value(_ summary: ComparisonSummary, _ comparison: CaptureComparison) -> JSONValue {
        var sections = JSONObject()
        for section in DifferenceSection.allCases {
            guard let counts = summary.counts[section] else { continue }
            var object: JSONObject = [
                "added": JSONValue(counts.added), "removed": JSONValue(counts.removed),
                "changed": JSONValue(counts.changed),
                "replaced": JSONValue(counts.replaced), "same": JSONValue(counts.same),
                "noise": JSONValue(counts.noise),
            ]
            if let failure = counts.failure { object.append(("notWhole", .string(failure))) }
            sections.append((section.rawValue, .object(object)))
        }
        return [
            "summary": [
                "A": value(comparison.oldSide), "B": value(comparison.newSide),
                "warnings": .array(comparison.warnings.map { .string($0) }), "differ": .bool(summary.differ),
                "sections": .object(sections), "notComparedLeft": JSONValue(summary.notComparedLeft),
            ]
        ]
    }

    private static func value(_ side: ComparedCapture) -> JSONValue {
        .object([
            "kind": .string(side.kind.rawValue), "sealID": side.sealID.map(JSONValue.string) ?? .null,
            "problems": JSONValue(side.problems),
            "facts": .object(JSONObject(side.facts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ])
    }
}
