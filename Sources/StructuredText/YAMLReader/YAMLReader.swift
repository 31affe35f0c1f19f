/// Reads block-style YAML, as programs write it for Kubernetes objects, into the JSON text of the same value: in one pass,
/// without a tree.
///
/// What is accepted means what it means to Kubernetes' own reader (sigs.k8s.io/yaml, which is go-yaml v2, YAML 1.1):
/// - Block mappings and sequences, flow collections, plain and quoted scalars over one line or several, literal and
///   folded block scalars, comments, `---` and `...`; explicit keys (`? `) that are scalars.
/// - A plain scalar is null (`~`, `null`, nothing), a boolean (`true`, `yes`, `on`, `y` and their opposites), an
///   integer (decimal, `0x`, `0o`, `0b`, octal after a zero), a float, or a string. Dates, `.inf` and `.nan` are strings.
/// - A number keeps its digits where JSON allows; so one that is beyond a double stays a number.
/// - Keys are strings. A plain key that Kubernetes' reader would spell differently (`on`, `0x10`, `~`) is refused.
///
/// Refused as ``YAMLError/Code/unsupported`` is what no program writes for a value that comes from JSON: tags, anchors,
/// aliases, merge keys, directives, keys that are collections, several documents; and what readers of YAML 1.1 and 1.2
/// take differently, such as U+2028 as itself. A key that stands twice in a mapping is an error, as readers differ on what
/// they then take.
///
/// The text must be UTF-8. Time is linear, and JSON is at most eight times as long as its YAML. A reader keeps its
/// buffers for the next document: a list is read item by item, as `YAMLItemSplitter` of the room Inspection cuts it.
public struct YAMLReader {
    /// Emptied for each document; only their storage is kept.
    private var levels: [YAMLParser.Level] = []
    private var keys = YAMLKeys()

    public init() {}

    /// Appends the JSON text of the one document in `yaml`, compact and in valid UTF-8; of a text without a value, `null`.
    /// After an error `output` is as it was.
    ///
    /// The document may be indented as a whole, as an item is that was cut out of a list.
    public mutating func append(
        yaml: Span<UInt8>, to output: inout [UInt8], limits: JSONLimits = .default
    ) throws(YAMLError) {
        guard yaml.count <= limits.bytes else {
            throw YAMLError(
                code: .tooLarge, line: 1, message: "\(yaml.count) bytes, more than the limit of \(limits.bytes)")
        }
        if try YAMLText.check(yaml) {
            let normalised = YAMLText.withLineFeeds(yaml)
            try parse(normalised.span, &output, limits)
        } else {
            try parse(yaml, &output, limits)
        }
    }

    /// The same, of any bytes.
    public mutating func append(
        yaml: some Collection<UInt8>, to output: inout [UInt8], limits: JSONLimits = .default
    ) throws(YAMLError) {
        try withSpan(of: yaml) { (bytes) throws(YAMLError) in
            try append(yaml: bytes, to: &output, limits: limits)
        }
    }

    /// The JSON text of the one document in `yaml`.
    public static func json(
        of yaml: some Collection<UInt8>, limits: JSONLimits = .default
    ) throws(YAMLError) -> [UInt8] {
        var reader = YAMLReader()
        var output: [UInt8] = []
        try reader.append(yaml: yaml, to: &output, limits: limits)
        return output
    }

    private mutating func parse(
        _ bytes: Span<UInt8>, _ output: inout [UInt8], _ limits: JSONLimits
    ) throws(YAMLError) {
        let start = output.count
        // The buffers move into the parser and back, so that they are never shared and so never copied.
        var parser = YAMLParser(output: output, levels: levels, keys: keys, maxDepth: limits.depth)
        output = []
        levels = []
        keys = YAMLKeys()
        defer {
            output = parser.output
            levels = parser.levels
            keys = parser.keys
        }
        do throws(YAMLError) {
            parser.output.reserveCapacity(start + bytes.count + bytes.count / 4)
            try parser.document(bytes)
        } catch {
            parser.output.removeSubrange(start...)
            throw error
        }
    }
}
