/// Knows which section of a file a line is in.
struct SectionTracker {
    enum Place {
        /// It begins a section.
        case heading
        case inside
        /// In a section that has no rows, or before the first.
        case outside
    }

    private let headings: [BytePattern]
    private let wanted: [BytePattern]
    private let isSectioned: Bool
    private var isWanted: Bool
    /// The name of the section; nil where there is none.
    private(set) var name: String?

    init(_ sections: TableSections?) {
        headings = sections?.headings.map(BytePattern.init) ?? []
        wanted = sections?.wanted.map(BytePattern.init) ?? []
        isSectioned = sections != nil
        isWanted = sections == nil
    }

    mutating func place(of line: Span<UInt8>) -> Place {
        guard isSectioned else { return .inside }
        let bare = line.extracting(line.trimmed(0..<line.count))
        for heading in headings {
            guard let range = heading.starText(bare) else { continue }
            let name = bare.extracting(bare.trimmed(range))
            isWanted = wanted.isEmpty
            for pattern in wanted where pattern.matches(name) { isWanted = true }
            self.name = name.text
            return .heading
        }
        return isWanted ? .inside : .outside
    }
}
