internal import Inspection
internal import Rows
internal import StructuredText

/// What printers read of an object: whatever is not there, or is not of the type that the API has, reads as the API's own default.
final class PrintedObject {
    let name: String
    let root: ObjectNode
    /// To which ages are counted.
    let now: RowTime?
    private(set) lazy var pod = PodStatusColumn(root)

    init(_ object: StoredObject, now: RowTime?) {
        name = object.name
        root = ObjectNode(object.value)
        self.now = now
    }

    func at(_ path: [String]) -> ObjectNode? {
        var node: ObjectNode? = root
        for key in path { node = node?[key] }
        return node
    }

    func at(_ path: String...) -> ObjectNode? { at(path) }

    /// A text, a number or a boolean, as text.
    func text(_ path: String...) -> String { at(path)?.text ?? "" }

    func list(_ path: String...) -> [ObjectNode] { at(path)?.elements ?? [] }

    func int(_ path: String...) -> Int { at(path)?.int ?? 0 }

    var isBeingDeleted: Bool { at("metadata", "deletionTimestamp") != nil }

    /// How long ago something was, by a time as the API writes it.
    func age(_ time: ObjectNode?) -> String {
        time?.text.flatMap { age(ofText: $0) } ?? "<unknown>"
    }

    /// Nil for what is no time.
    func age(ofText text: String) -> String? { RowTime(rfc3339: text.utf8.span).map { age($0) } }

    func age(_ time: RowTime?) -> String {
        guard let time, let now else { return "<unknown>" }
        return HumanDuration.text(nanoseconds: Self.difference(now, time))
    }

    /// From one time to another; nil when either is none.
    static func duration(from start: ObjectNode?, to end: ObjectNode?) -> String? {
        guard let start = start?.text, let end = end?.text, let first = RowTime(rfc3339: start.utf8.span),
            let last = RowTime(rfc3339: end.utf8.span)
        else { return nil }
        return HumanDuration.text(nanoseconds: difference(last, first))
    }

    /// As `time.Sub` of Go has it: at most what 64 bits hold.
    private static func difference(_ later: RowTime, _ earlier: RowTime) -> Int64 {
        let (result, isTooLarge) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard isTooLarge else { return result }
        return later < earlier ? .min : .max
    }

    /// Whether the first condition of a type holds, in the list at `status.conditions`.
    func condition(_ type: String) -> ObjectNode? {
        list("status", "conditions").first { $0["type"]?.text == type }
    }

    func holds(_ type: String) -> Bool { condition(type)?["status"]?.text == "True" }
}

extension String {
    /// What stands for an empty text.
    func or(_ other: String) -> String { isEmpty ? other : self }
}

extension Sequence<String> {
    /// As Go sorts texts: by their bytes.
    func sortedByBytes() -> [String] {
        sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
