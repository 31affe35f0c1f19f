/// Builds compact JSON member by member in one byte buffer, for hot paths such as the lines of an index.
///
/// ```swift
/// var line = JSONWriter()
/// line.object {
///     $0.member("path", "data/version")
///     $0.member("size", 42)
/// }
/// ```
/// The writer places commas; that each value inside an object follows a ``key(_:)`` is the caller's part.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Forgets what was written but keeps the memory, for the next line.
    public mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Ends a line of JSON Lines: appends LF, after which the next value starts without a comma.
    public mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    /// Writes `{`, what `body` writes, and `}`.
    public mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes `[`, what `body` writes, and `]`.
    public mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value must follow.
    public mutating func key(_ key: String) {
        separate()
        JSONText.append(string: key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func value(_ string: String) {
        separate()
        JSONText.append(string: string, to: &bytes)
    }

    public mutating func value(_ integer: some FixedWidthInteger) {
        separate()
        JSONText.append(integer: integer, to: &bytes)
    }

    public mutating func value(_ bool: Bool) {
        separate()
        JSONText.append(bool: bool, to: &bytes)
    }

    public mutating func value(_ value: JSONValue) {
        separate()
        JSONText.append(value: value, to: &bytes)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    public mutating func member(_ name: String, _ string: String) {
        key(name)
        value(string)
    }

    public mutating func member(_ name: String, _ integer: some FixedWidthInteger) {
        key(name)
        value(integer)
    }

    public mutating func member(_ name: String, _ bool: Bool) {
        key(name)
        value(bool)
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ json: JSONValue) {
        key(name)
        value(json)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}
