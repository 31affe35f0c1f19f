/// Knows which section of a file a line is in.
struct SectionTracker {
    enum Place {
        /// It begins a section.
        case heading
        case inside
        /// In a section that has no rows, or before the first.
        case outside
    }

    /// Of a section, with regard to the lines that its rows stand between.
    private enum Part {
        case ahead, inside, behind
    }

    private let headings: [BytePattern]
    private let wanted: [BytePattern]
    private let isSectioned: Bool
    private let after: [UInt8]?
    private let before: [UInt8]?
    private var isWanted: Bool
    private var part: Part
    /// The name of the section; nil where there is none, and where it is too long to be in every row.
    private(set) var name: String?

    init(_ sections: TableSections?) {
        headings = sections?.headings.map(BytePattern.init) ?? []
        wanted = sections?.wanted.map(BytePattern.init) ?? []
        isSectioned = sections != nil
        after = sections?.after.map { Array($0.utf8) }
        before = sections?.before.map { Array($0.utf8) }
        isWanted = sections == nil
        part = after == nil ? .inside : .ahead
    }

    mutating func place(of line: Span<UInt8>) -> Place {
        guard isSectioned else { return .inside }
        let bare = line.extracting(line.trimmed(0..<line.count))
        for heading in headings {
            guard let range = heading.starText(bare) else { continue }
            let name = bare.extracting(bare.trimmed(range))
            isWanted = wanted.isEmpty
            for pattern in wanted where pattern.matches(name) { isWanted = true }
            self.name = name.count > ReadLimits.repeatedBytes ? nil : name.text
            part = after == nil ? .inside : .ahead
            return .heading
        }
        return isWanted && isAmongRows(bare) ? .inside : .outside
    }

    /// The section ends, and what follows is in none until the next heading.
    mutating func leave() {
        guard isSectioned else { return }
        isWanted = false
        name = nil
    }

    private mutating func isAmongRows(_ line: Span<UInt8>) -> Bool {
        switch part {
        case .ahead:
            if let after, line.equals(after) { part = .inside }
            return false
        case .inside:
            guard let before, line.equals(before) else { return true }
            part = .behind
            return false
        case .behind:
            return false
        }
    }
}
