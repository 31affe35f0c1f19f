internal import Glibc

/// Says of a file of the container's layer what it is against what was there before.
struct OverlayComparison {
    var lookup: LowerLookup
    private let tree: OverlayTree
    private var budget: DigestBudget

    init(_ tree: OverlayTree, _ query: OverlayQuery) {
        self.tree = tree
        lookup = LowerLookup(tree)
        budget = DigestBudget(
            largest: query.largestHashed, total: query.maxHashedBytes, until: query.hashingDeadline ?? query.deadline)
    }

    /// What is below a name. An opaque directory hides what its path has there; that is what it is compared with.
    mutating func below(_ name: [UInt8], _ marks: OverlayMarks, _ directories: [LowerPlace]) -> LowerAnswer {
        lookup.find(name, in: directories, below: marks.isOpaque ? nil : marks)
    }

    mutating func change(
        _ file: PinnedFile, _ marks: OverlayMarks, _ answer: LowerAnswer, _ path: [UInt8]
    ) -> OverlayChange {
        var change = OverlayChange(path: RawText(path), change: .present)
        var facts = FileFacts(file, marks)
        change.isOpaque = marks.isOpaque
        change.redirect = marks.redirect
        change.isMetacopy = marks.isMetacopy && file.kind == .regular
        change.isCopiedUp = marks.isCopiedUp
        describe(answer, in: &change, hashing: !change.isMetacopy)
        if file.kind == .regular {
            facts.digest = digest(file, answer, change.isMetacopy)
            // Metadata alone was copied: the content is the original's.
            if change.isMetacopy { change.original?.digest = facts.digest }
        }
        change.file = facts
        guard let original = change.original else {
            // It may have been renamed, which only the overlay's marks tell of a directory.
            let isUnknown =
                answer.isUnknown || answer.original != nil || (file.kind == .directory && !tree.seesMarks)
            change.change = isUnknown ? .present : .added
            return change
        }
        change.differences = facts.differences(from: original)
        if change.differences == [.type] {
            change.change = .type
            return change
        }
        if file.kind == .regular, !change.isMetacopy {
            if facts.size != original.size {
                change.differences.insert(.content, at: 0)
            } else if let now = facts.digest?.sha256, let before = original.digest?.sha256 {
                if now != before { change.differences.insert(.content, at: 0) }
            } else {
                return change
            }
        }
        let isOther = !Set(change.differences).isDisjoint(with: [.content, .target, .device])
        change.change = isOther ? .modified : change.differences.isEmpty ? .unchanged : .metadata
        return change
    }

    /// Puts down what was there before.
    mutating func describe(_ answer: LowerAnswer, in change: inout OverlayChange, hashing: Bool) {
        guard let original = answer.original, let place = answer.place else { return }
        let marks: OverlayMarks
        do throws(HostError) {
            marks = try lookup.marks(of: original)
        } catch {
            lookup.failures.record(error)
            return
        }
        var facts = FileFacts(original, marks)
        if original.kind == .regular, hashing {
            facts.digest = answer.data.map { budget.digest(of: $0) } ?? Self.noData
        }
        change.original = facts
        change.originalLayer = place.layer + 1
        let path = RawText([UInt8(ascii: "/")] + place.path)
        if path != change.path { change.originalPath = path }
    }

    private static var noData: FileDigest { FileDigest(note: "its data is in a layer below, where it was not found") }

    private mutating func digest(_ file: PinnedFile, _ answer: LowerAnswer, _ isMetacopy: Bool) -> FileDigest {
        if isMetacopy { return answer.data.map { budget.digest(of: $0) } ?? Self.noData }
        // Zeros stand for data that is elsewhere, which only a mark tells.
        if !tree.seesMarks, file.status.st_size > 0, file.status.st_blocks == 0 {
            return FileDigest(
                note: "its data may be in a layer below, which only CAP_SYS_ADMIN in the first user namespace can tell")
        }
        return budget.digest(of: file)
    }
}
