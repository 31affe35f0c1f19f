internal import Terminal

/// Things in columns, and what leads from one to another. The layout follows from the values alone: the same picture each time.
public struct LinkChart: Sendable {
    public struct Node: Sendable {
        public let label: String
        /// In small letters below it.
        public let note: String
        /// From 0, the leftmost; columns without a node take no room.
        public let column: Int
        public let tone: Tone

        public init(_ label: String, note: String = "", column: Int, _ tone: Tone) {
            self.label = label
            self.note = note
            self.column = column
            self.tone = tone
        }
    }

    public struct Link: Sendable {
        /// Places in ``LinkChart/nodes``.
        public let from: Int
        public let to: Int
        public let label: String
        public let tone: Tone
        public let isDashed: Bool

        public init(from: Int, to: Int, label: String, _ tone: Tone, isDashed: Bool = false) {
            self.from = from
            self.to = to
            self.label = label
            self.tone = tone
            self.isDashed = isDashed
        }
    }

    public let title: String
    /// All of it in words.
    public let says: String
    /// Their titles, by number.
    public let columns: [String]
    public let nodes: [Node]
    public let links: [Link]

    /// - Parameter links: those that lead to no node are left out.
    public init(title: String, says: String, columns: [String], nodes: [Node], links: [Link]) {
        self.title = title
        self.says = says
        self.columns = columns
        self.nodes = nodes
        self.links = links.filter { nodes.indices.contains($0.from) && nodes.indices.contains($0.to) }
    }

    private static let width = 1200.0
    private static let rowHeight = 46.0
    private static let boxHeight = 34.0
    private static let top = 44.0
    /// More labels than so hide each other; each is in the link's own title.
    private static let labelled = 40

    public func html(_ id: Anchor) -> HTML {
        let layout = LinkLayout(columns: nodes.map(\.column), links: links.map { ($0.from, $0.to) })
        let used = layout.columns
        let most = used.map(\.count).max() ?? 0
        let height = Self.top + Double(most) * Self.rowHeight + 8
        let box = used.count > 1 ? min(240, Self.width / (Double(used.count) * 1.3)) : 300
        let gap = used.count > 1 ? (Self.width - box * Double(used.count)) / (Double(used.count) - 0.6) : 120
        var places = [Int: (x: Double, y: Double, column: Int)]()
        var content = HTML.none
        for (number, column) in used.enumerated() {
            let x = Double(number) * (box + gap)
            if let first = column.first, columns.indices.contains(nodes[first].column) {
                content += Shape.text(x, 14, columns[nodes[first].column], .class("c-bold"))
            }
            for (row, node) in column.enumerated() {
                let free = Double(most - column.count) * Self.rowHeight
                let spread = free / Double(column.count + 1)
                places[node] = (x, Self.top + Double(row) * Self.rowHeight + spread * Double(row + 1), number)
            }
        }
        for link in links {
            guard let from = places[link.from], let to = places[link.to] else { continue }
            content += html(link, from, to, box, gap)
        }
        for (number, node) in nodes.enumerated() {
            guard let place = places[number] else { continue }
            content += html(node, place.x, place.y, box)
        }
        return Shape.drawing(id, title: title, says: says, width: Self.width, height: height, content)
    }

    private func html(_ node: Node, _ x: Double, _ y: Double, _ width: Double) -> HTML {
        func fitted(_ text: String, _ letter: Double) -> String {
            DisplayWidth.truncated(TerminalText.escaped(text), to: Int((width - 18) / letter))
        }
        return HTML(
            .g,
            [
                HTML(.title, HTML(node.note.isEmpty ? node.label : "\(node.label): \(node.note)")),
                Shape.rect(x, y, width, Self.boxHeight, [.class("c-frame")], round: 4),
                Shape.rect(x, y, 5, Self.boxHeight, [node.tone.fill], round: 2),
                Shape.text(x + 11, y + (node.note.isEmpty ? 21 : 15), fitted(node.label, 6.3), .class("c-label")),
                node.note.isEmpty ? .none : Shape.text(x + 11, y + 28, fitted(node.note, 5.6), .class("c-soft")),
            ])
    }

    private func html(
        _ link: Link, _ from: (x: Double, y: Double, column: Int), _ to: (x: Double, y: Double, column: Int),
        _ box: Double, _ gap: Double
    ) -> HTML {
        let isForward = to.column > from.column
        let isSame = to.column == from.column
        let x1 = isForward || isSame ? from.x + box : from.x
        // The head of the arrow stands before the box.
        let x2 = isForward ? to.x : to.x + box
        // Where both ends meet the same box, the lines do not lie on each other.
        let y1 = from.y + Self.boxHeight / 2 - 4
        let y2 = to.y + Self.boxHeight / 2 + 4
        let direction = isForward ? -1.0 : 1.0
        let tip = x2 + direction * 7
        let bend = isSame ? min(gap * 0.7, 24 + abs(y2 - y1) / 4) : (tip - x1) / 2
        let (c1, c2) = isSame ? (x1 + bend, tip + bend) : (x1 + bend, tip - bend)
        // What passes a column goes above its boxes, not behind one.
        let lift = abs(to.column - from.column) > 1 ? Self.rowHeight * 0.9 : 0
        let curve = "M\(n(x1)) \(n(y1))C\(n(c1)) \(n(y1 - lift)) \(n(c2)) \(n(y2 - lift)) \(n(tip)) \(n(y2))"
        let head = "M\(n(x2)) \(n(y2))L\(n(tip)) \(n(y2 - 4))L\(n(tip)) \(n(y2 + 4))Z"
        let (middleX, middleY) = ((x1 + 3 * c1 + 3 * c2 + tip) / 8, (y1 + y2) / 2 - lift * 0.75)
        let words = "\(nodes[link.from].label) → \(nodes[link.to].label): \(link.label)"
        var parts: [HTML] = [
            HTML(.title, HTML(words)),
            HTML(.path, [Attribute(.d, curve), link.tone.stroke], .none),
            HTML(.path, [Attribute(.d, head), link.tone.fill], .none),
        ]
        if links.count <= Self.labelled, !link.label.isEmpty {
            parts.append(Shape.text(middleX, middleY + 3, link.label, .class("c-small"), .middle))
        }
        return HTML(.g, link.isDashed ? [.class("c-dashed")] : [], HTML(parts))
    }

    private func n(_ value: Double) -> String { Decimal.text(value) }
}
