internal import Patterns

/// Looks for indicators in the content of one file, as it comes.
///
/// Held is a stretch of it, in which pieces are joined, so that nothing is missed where one ends.
// why: it is handed from task to task, but only one at a time uses it.
final class HuntVisitor: FileVisitor, @unchecked Sendable {
    /// The same for all files.
    struct Context: Sendable {
        let matcher: IndicatorMatcher
        let digests: DigestTable
        let tally: HuntTally
        let damage: Damage
        let most: Int
    }

    private static let stretchBytes = 256 << 10
    /// What stays in front of what is searched, for excerpts and for what stands before a match.
    private static let contextBytes = 512
    /// As GNU grep looks whether a file is binary.
    private static let binaryBytes = 32 << 10
    /// Of one file.
    private static let mostKept = 10_000

    private let file: CapturedFile
    private let rank: HuntHit.Rank
    private let owner: HuntHit.Owner
    private let isInside: Bool
    private let context: Context
    private let known: Set<HuntTally.Line>
    private var digests: ContentDigests

    private var text: [UInt8]
    private var filled = 0
    /// Where the first place is that was not searched.
    private var searched = 0
    /// Where the stretch begins in the file.
    private var base: UInt64 = 0
    /// Lines before the stretch.
    private var linesBefore = 0
    /// Where the line begins that goes on at the beginning of the stretch.
    private var lineStart: UInt64 = 0
    private var isBinary: Bool?
    /// The line of the stretch that was last looked for. Matches come nearly in order, so that no byte is looked at over and over.
    private var line: Range<Int>?
    /// How many lines end before a place in the stretch.
    private var counted = (place: 0, lines: 0)

    private var counts: [Int: Int] = [:]
    /// Of each indicator, where the line begins in which it was last found.
    private var lastLines: [Int: UInt64] = [:]
    private var keptOf: [Int: Int] = [:]
    private var kept: [(indicator: Int, hit: HuntTally.Kept)] = []

    /// - Parameters:
    ///   - hasHash: whether the SHA-256 of what comes was compared by tables.
    ///   - isInside: whether what comes is what the file was before it was compressed.
    init(
        _ file: CapturedFile, _ rank: HuntHit.Rank, _ owner: HuntHit.Owner, hasHash: Bool, isInside: Bool = false,
        _ context: Context
    ) {
        self.file = file
        self.isInside = isInside
        self.rank = rank
        self.owner = owner
        self.context = context
        known = context.tally.lines(of: file.path)
        digests = ContentDigests(context.digests, hasSHA256: hasHash)
        // Small files, of which there are many, need no large stretch.
        let most = Self.stretchBytes + context.matcher.reach + Self.contextBytes
        text = [UInt8](repeating: 0, count: Int(min(file.size, UInt64(most - 1))) + 1)
    }

    func take(_ piece: ArraySlice<UInt8>) throws {
        piece.withUnsafeBytes { bytes in
            digests.update(bytes)
            var rest = bytes[...]
            while !rest.isEmpty {
                if filled == text.count { makeRoom() }
                let part = rest.prefix(text.count - filled)
                text.withUnsafeMutableBytes { text in
                    UnsafeMutableRawBufferPointer(rebasing: text[filled...]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: part))
                }
                filled += part.count
                rest = rest.dropFirst(part.count)
            }
        }
    }

    func end(_ problem: String?) throws {
        if let problem {
            // What is no gzip, or becomes too much, is searched as it is, all the same.
            if isInside { context.tally.addCompressed() } else { context.damage.add(file.path, problem) }
        }
        search(upTo: filled)
        if problem == nil {
            digests.find { indicator, hash in
                add(
                    indicator, line: nil, offset: nil, place: 0, rank: .file, what: words("content of a file"), nil,
                    hash)
            }
        }
        context.tally.add(
            counts: counts, kept: kept, files: isInside ? 0 : 1, bytes: isInside ? 0 : base + UInt64(filled))
    }

    private func words(_ what: String) -> String { isInside ? what + ", unpacked" : what }

    /// Searches what is there but for its end, and drops it.
    private func makeRoom() {
        let most = Self.stretchBytes + context.matcher.reach + Self.contextBytes
        // A file that is larger than it was said to be.
        guard text.count >= most else {
            text += [UInt8](repeating: 0, count: most - text.count)
            return
        }
        search(upTo: filled - context.matcher.reach)
        let dropped = searched - Self.contextBytes
        text.withUnsafeBytes { bytes in
            let lines = bytes.lineEnds(in: 0..<dropped)
            linesBefore += lines
            if lines > 0, let end = bytes.lastLineEnd(before: dropped) { lineStart = base + UInt64(end) + 1 }
        }
        text.withUnsafeMutableBytes { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[dropped..<filled]))
        }
        base += UInt64(dropped)
        filled -= dropped
        searched -= dropped
    }

    private func search(upTo end: Int) {
        guard searched < end else { return }
        line = nil
        counted = (0, 0)
        text.withUnsafeBytes { bytes in
            let all = UnsafeRawBufferPointer(rebasing: bytes[..<filled])
            let isBinary = isBinary ?? all.prefix(Self.binaryBytes).contains(0)
            self.isBinary = isBinary
            context.matcher.find(in: all, beginning: searched..<end, isBinary: isBinary) { match in
                found(match, in: all, isBinary)
            }
        }
        searched = end
    }

    private func found(_ match: IndicatorMatch, in text: UnsafeRawBufferPointer, _ isBinary: Bool) {
        let place = match.place.lowerBound
        let offset = base + UInt64(place)
        guard !isBinary else {
            return add(
                match.indicator, line: nil, offset: offset, place: offset, rank: rank, what: words("bytes of a file"),
                match.form.note, Self.excerpt(of: match, in: text, 0..<text.count))
        }
        let range = line(around: place, in: text)
        let start = range.lowerBound == 0 ? lineStart : base + UInt64(range.lowerBound)
        // Once a line.
        if lastLines.updateValue(start, forKey: match.indicator) == start { return }
        let isKept = keptOf[match.indicator, default: 0] < context.most && kept.count < Self.mostKept
        guard isKept || !known.isEmpty else { return counts[match.indicator, default: 0] += 1 }
        let number = linesBefore + lines(before: range.lowerBound, in: text) + 1
        guard !known.contains(HuntTally.Line(indicator: match.indicator, line: number)) else { return }
        add(
            match.indicator, line: number, offset: nil, place: offset, rank: rank,
            what: rank == .log ? "log" : words("line of a file"), match.form.note,
            Self.excerpt(of: match, in: text, range))
    }

    private func add(
        _ indicator: Int, line: Int?, offset: UInt64?, place: UInt64, rank: HuntHit.Rank, what: String, _ note: String?,
        _ excerpt: @autoclosure () -> String
    ) {
        counts[indicator, default: 0] += 1
        guard keptOf[indicator, default: 0] < context.most, kept.count < Self.mostKept else { return }
        keptOf[indicator, default: 0] += 1
        let hit = HuntHit(
            rank, what, owner, entry: file.path, line: line, offset: offset, note: note, excerpt: excerpt())
        kept.append((indicator, HuntTally.Kept(hit: hit, position: .init(file: file.ordinal, offset: place))))
    }

    private func line(around place: Int, in text: UnsafeRawBufferPointer) -> Range<Int> {
        if let line, line.contains(place) { return line }
        let found =
            (text.lastLineEnd(before: place).map { $0 + 1 } ?? 0)..<(text.lineEnd(from: place) ?? text.count)
        line = found
        return found
    }

    private func lines(before place: Int, in text: UnsafeRawBufferPointer) -> Int {
        let from = place >= counted.place ? counted : (place: 0, lines: 0)
        counted = (place, from.lines + text.lineEnds(in: from.place..<place))
        return counted.lines
    }

    private static func excerpt(
        of match: IndicatorMatch, in text: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> String {
        let width = match.form == .wide ? 2 : 1
        // Of UTF-16, whole characters.
        let before = min(match.place.lowerBound - range.lowerBound, HuntHit.excerptBytes) / width * width
        let start = match.place.lowerBound - before
        let end = min(match.place.upperBound + HuntHit.excerptBytes, range.upperBound)
        let bytes = text[start..<end]
        return match.form == .wide
            ? String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self) : String(decoding: bytes, as: UTF8.self)
    }
}
