/// Writes JSON as block-style YAML that a YAML 1.1 and a YAML 1.2 reader take for the same value.
///
/// The layout is the one people know from `kubectl -o yaml`: two spaces a level, sequences at the column of their
/// key.
///
/// - A string is plain only when no reader could take it for anything else, and it is not long; several lines become a
///   literal block (`|`, `|-`, `|+`) when that loses nothing; everything else is double-quoted. In quotes, controls,
///   line separators, bidirectional and invisible format characters and noncharacters are written as escapes.
/// - A number keeps its digits. `1e5` becomes `1.0e+5`, because YAML 1.1 knows no other exponent.
/// - Lone surrogates and bytes that are not UTF-8 become U+FFFD.
/// - A key that stands twice is written twice; YAML readers differ on what they then take.
/// - Deeper than 32 levels, and than 4 in text that indentation would otherwise blow up eightfold, collections are
///   written in flow style (`{"a": [1]}`), so hostile nesting costs little space.
public enum YAML {
    /// Appends one JSON text as YAML, ending in LF. After an error `output` is as it was.
    ///
    /// - Parameters:
    ///   - indent: Column of the value, in spaces.
    ///   - sequenceItem: Writes `- ` at `indent` and the value behind it.
    ///   - extra: Members with string values that are written first, in this order, unless the object has a member of
    ///     that name. Ignored when the value is not an object.
    public static func append(
        json: some Collection<UInt8>, to output: inout [UInt8], indent: Int = 0, sequenceItem: Bool = false,
        extra: [(String, String)] = [], limits: JSONLimits = .default
    ) throws(JSONError) {
        let start = output.count
        do throws(JSONError) {
            try withSpan(of: json) { (bytes) throws(JSONError) in
                try JSONGrammar.checkSize(bytes, limits)
                let layout = YAMLLayout(indent: max(indent, 0), isSequenceItem: sequenceItem, extra: extra)
                try append(bytes, to: &output, layout, limits)
            }
        } catch {
            output.removeSubrange(start...)
            throw error
        }
    }

    /// Appends a value as YAML; see ``append(json:to:indent:sequenceItem:extra:limits:)``. Throws only when `value`
    /// is beyond `limits`.
    public static func append(
        value: JSONValue, to output: inout [UInt8], indent: Int = 0, sequenceItem: Bool = false,
        extra: [(String, String)] = [], limits: JSONLimits = .default
    ) throws(JSONError) {
        try append(
            json: value.serialized(), to: &output, indent: indent, sequenceItem: sequenceItem, extra: extra,
            limits: limits)
    }

    private static func append(
        _ bytes: Span<UInt8>, to output: inout [UInt8], _ layout: YAMLLayout, _ limits: JSONLimits
    ) throws(JSONError) {
        let start = output.count
        // The buffer moves into the emitter and back, so that it is never shared and so never copied.
        var emitter = YAMLEmitter(
            output: output, maxDepth: limits.depth, blockDepth: 32, budget: start + 64 << 10 + bytes.count * 8)
        output = []
        defer { output = emitter.output }
        var isWithinBudget = try emitter.document(bytes, layout)
        if !isWithinBudget {
            emitter.restart(at: start, blockDepth: 4)
            isWithinBudget = try emitter.document(bytes, layout)
        }
    }
}

/// Where a document stands in the text around it.
struct YAMLLayout {
    let indent: Int
    let isSequenceItem: Bool
    let extra: [(String, String)]
}
