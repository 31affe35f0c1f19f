/// DER as a tree that tests can change and write again: lengths follow.
struct DERTree {
    var tag: UInt8
    /// Of a constructed element.
    var children: [DERTree] = []
    /// Of any other.
    var content: [UInt8] = []
    var isConstructed: Bool { tag & 0x20 != 0 }

    init(tag: UInt8, children: [DERTree]) {
        self.tag = tag
        self.children = children
    }

    init(tag: UInt8, content: [UInt8]) {
        self.tag = tag
        self.content = content
    }

    /// Reads bytes that are known to be DER.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        self = Self.take(&rest)
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> DERTree {
        let tag = rest.removeFirst()
        var count = Int(rest.removeFirst())
        if count >= 0x80 {
            let digits = count & 0x7F
            count = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(digits)
        }
        var content = rest.prefix(count)
        rest = rest.dropFirst(count)
        guard tag & 0x20 != 0 else { return DERTree(tag: tag, content: Array(content)) }
        var children: [DERTree] = []
        while !content.isEmpty { children.append(take(&content)) }
        return DERTree(tag: tag, children: children)
    }

    var bytes: [UInt8] {
        let inside = isConstructed ? children.flatMap(\.bytes) : content
        return [tag] + Self.length(inside.count) + inside
    }

    static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        if count < 0x100 { return [0x81, UInt8(count)] }
        return [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
    }

    /// The same in BER: lengths are indefinite in the outer levels.
    func indefinite(levels: Int) -> [UInt8] {
        guard isConstructed && levels > 0 else { return bytes }
        return [tag, 0x80] + children.flatMap { $0.indefinite(levels: levels - 1) } + [0, 0]
    }

    /// The child at a path.
    subscript(path: Int...) -> DERTree {
        get { path.reduce(self) { $0.children[$1] } }
        set { replace(path[...], newValue) }
    }

    private mutating func replace(_ path: ArraySlice<Int>, _ node: DERTree) {
        guard let first = path.first else {
            self = node
            return
        }
        children[first].replace(path.dropFirst(), node)
    }

    static func sequence(_ children: DERTree...) -> DERTree { DERTree(tag: 0x30, children: children) }
    static func set(_ children: DERTree...) -> DERTree { DERTree(tag: 0x31, children: children) }
    static func integer(_ value: UInt8...) -> DERTree { DERTree(tag: 0x02, content: value) }
    static func octets(_ content: [UInt8]) -> DERTree { DERTree(tag: 0x04, content: content) }
    static let null = DERTree(tag: 0x05, content: [])
    static func identifier(_ content: UInt8...) -> DERTree { DERTree(tag: 0x06, content: content) }
}
