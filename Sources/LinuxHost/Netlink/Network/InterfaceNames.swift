/// Names of interfaces by their number, as of one moment.
package struct InterfaceNames: Sendable {
    /// So many are known by name at most; others by their number.
    package static let most = 65_536

    private var names: [UInt32: RawText] = [:]

    package init(_ names: [UInt32: RawText] = [:]) {
        self.names = names
    }

    package mutating func add(_ name: RawText, _ index: UInt32) {
        if names.count < Self.most { names[index] = name }
    }

    package subscript(index: UInt32) -> RawText {
        names[index] ?? RawText("if\(index)")
    }
}
