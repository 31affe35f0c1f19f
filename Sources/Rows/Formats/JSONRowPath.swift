/// The way from a JSON text to its rows: names of members, and `*` for every element of an array or every member of an object.
///
/// What lies on it and holds the row are *anchors*: the whole text, each that a `*` stands for, and the row itself, in this order. A
/// column has its value from the row, or with `up` from the anchor so many steps before it.
public struct JSONRowPath: Sendable, Hashable {
    public let segments: [String]

    public init(_ segments: [String]) {
        self.segments = segments
    }

    /// How many anchors there are.
    public var anchors: Int {
        let stars = segments.count { $0 == "*" }
        // The row is an anchor of its own unless it is the whole text, or what a star stands for.
        return 1 + stars + (segments.isEmpty || segments.last == "*" ? 0 : 1)
    }

    /// `a.b.*` in parts.
    public static func segments(of text: String) -> [String] {
        text.isEmpty ? [] : text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}

/// The paths of the columns of one anchor, as a tree, so that one walk through a value finds them all.
struct JSONPathTree {
    struct Node {
        /// Columns that want this value.
        var columns: [Int] = []
        var children: [(name: [UInt8], index: Int?, node: Int)] = []
        /// In which visit of the object around it this was last found: twice in one is a member that stands twice.
        var visit = 0
    }

    var nodes: [Node] = [Node()]

    mutating func add(_ path: [String], _ column: Int) {
        var node = 0
        for segment in path {
            let name = Array(segment.utf8)
            if let child = nodes[node].children.first(where: { $0.name == name }) {
                node = child.node
            } else {
                nodes.append(Node())
                nodes[node].children.append((name, Int(segment), nodes.count - 1))
                node = nodes.count - 1
            }
        }
        nodes[node].columns.append(column)
    }

    var isEmpty: Bool { nodes[0].columns.isEmpty && nodes[0].children.isEmpty }
}
