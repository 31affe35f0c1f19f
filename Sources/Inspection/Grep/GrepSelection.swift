internal import Patterns
internal import Rows

/// Selects the lines of a file that are wanted, and hands them out with what stands around them.
struct GrepSelection {
    /// What is searched at once: whole lines that follow each other.
    private struct Block {
        let text: UnsafeRawBufferPointer
        let searcher: LineSearcher

        func line(from start: Int) -> Range<Int> { start..<(text.lineEnd(from: start) ?? text.count) }
    }

    private let options: GrepOptions
    private let report: any GrepReport
    private var result = GrepResult()
    /// Nothing more is wanted of the file.
    private(set) var isOver = false
    private var isEnded = false
    var isBinary = false

    /// Where the block begins in the file.
    private var base: UInt64 = 0
    /// Lines before `counted`, which is in the file.
    private var number: UInt64 = 1
    private var counted: UInt64 = 0
    /// Where the first line begins that was not handed out.
    private var shown: UInt64 = 0
    private var hasShown = false
    /// Lines that are to be handed out as they follow one that was selected.
    private var following = 0
    /// Lines before the block that may come to stand before one that is selected, and where they begin.
    private var kept: [UInt8] = []
    private var keptStart: UInt64 = 0

    /// Of lines before a selected one, in bytes.
    private static let mostKept = 8 << 20
    /// Lines of a file on which the pattern takes too long.
    private static let mostTooCostly = 1_000

    init(_ options: GrepOptions, _ report: any GrepReport) {
        self.options = options
        self.report = report
        isOver = options.mostLines == 0
    }

    mutating func search(_ text: UnsafeRawBufferPointer, _ searcher: LineSearcher) throws {
        let block = Block(text: text, searcher: searcher)
        // Where the lines begin that have not been decided on, when those are selected that do not match.
        var open = 0
        try searcher.lines(in: text) { found in
            switch found {
            case .line(let line, _):
                if options.isInverted {
                    try select(block, linesIn: open..<line.lowerBound)
                    // The last line may have no LF.
                    open = min(line.upperBound + 1, text.count)
                } else if isWanted(text[line]) {
                    try select(block, line)
                }
            case .tooCostly(let line):
                if options.isInverted {
                    try select(block, linesIn: open..<line.lowerBound)
                    // The last line may have no LF.
                    open = min(line.upperBound + 1, text.count)
                }
                missed()
            }
            return !isOver
        }
        if options.isInverted, !isOver { try select(block, linesIn: open..<text.count) }
        try finish(block)
    }

    mutating func take(_ line: LongLine, _ searcher: LineSearcher) throws {
        result.longLines += 1
        if line.isTooCostly { missed() }
        let isSelected = line.matches != options.isInverted && (line.matches || !line.isTooCostly)
        let end = base + UInt64(line.length)
        let shownBefore = shown
        try line.head.withUnsafeBytes { head in
            let block = Block(text: head, searcher: searcher)
            if isSelected, !isOver, line.start.withUnsafeBytes({ isWanted($0[...]) }) {
                try select(block, 0..<head.count, isCut: true)
            } else if following > 0 {
                following -= 1
                try show(block, 0..<head.count, isSelected: false, isCut: true)
            }
        }
        if shown > base, shown != shownBefore { shown = end }
        if result.selected >= options.mostLines, following == 0 { isOver = true }
        base = end
        kept = []
        keptStart = base
        number += 1
        counted = base
    }

    mutating func end(_ problem: String?) throws {
        guard !isEnded else { return }
        isEnded = true
        result.problem = problem
        try report.end(result)
    }

    // MARK: Selecting

    private mutating func missed() {
        result.tooCostly += 1
        guard result.tooCostly >= Self.mostTooCostly else { return }
        result.isGivenUp = true
        isOver = true
    }

    private mutating func select(_ block: Block, linesIn range: Range<Int>) throws {
        var start = range.lowerBound
        while start < range.upperBound, !isOver {
            let line = block.line(from: start)
            if isWanted(block.text[line]) { try select(block, line) }
            start = line.upperBound + 1
        }
    }

    private mutating func select(_ block: Block, _ line: Range<Int>, isCut: Bool = false) throws {
        // Behind the last that was wanted, only what follows it is.
        guard result.selected < options.mostLines else { return }
        result.selected += 1
        switch options.want {
        case .count: break
        case .existence: isOver = true
        case .lines where isBinary:
            result.isBinary = true
            isOver = true
        case .lines:
            try showFollowing(block, upTo: line.lowerBound)
            if options.before > 0 { try showPreceding(block, line.lowerBound) }
            try show(block, line, isSelected: true, isCut: isCut)
            following = options.after
        }
        if result.selected == options.mostLines, following == 0 { isOver = true }
    }

    /// Whether a line is of the time that is wanted. The kubelet's time stamp stands before its first space.
    private mutating func isWanted(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard options.hasTimes else { return true }
        let stamp = line.prefix(40).prefix { $0 != 0x20 }
        let time = UnsafeRawBufferPointer(rebasing: stamp).withMemoryRebound(to: UInt8.self) {
            RowTime(rfc3339: $0.span)
        }
        guard let time else {
            result.untimed += 1
            return false
        }
        return options.since.map { $0 <= time } ?? true && options.until.map { time <= $0 } ?? true
    }

    // MARK: Handing out

    private mutating func show(
        _ block: Block, _ line: Range<Int>, isSelected: Bool, isCut: Bool = false
    ) throws {
        let start = base + UInt64(line.lowerBound)
        var number: UInt64 = 0
        if options.hasNumbers {
            count(block.text, upTo: line.lowerBound)
            number = self.number
        }
        let followsGap = hasShown && start != shown && options.before + options.after > 0
        hasShown = true
        shown = base + UInt64(line.upperBound) + 1
        try report.line(
            GrepLine(
                text: UnsafeRawBufferPointer(rebasing: block.text[line]), number: number, isSelected: isSelected,
                followsGap: followsGap, isCut: isCut, searcher: block.searcher))
    }

    /// Lines behind one that was selected.
    private mutating func showFollowing(_ block: Block, upTo end: Int) throws {
        var start = place(of: shown)
        while following > 0, start < end {
            let line = block.line(from: start)
            try show(block, line, isSelected: false)
            following -= 1
            start = line.upperBound + 1
        }
    }

    /// Lines before one that is selected, which begins at `end`.
    private mutating func showPreceding(_ block: Block, _ end: Int) throws {
        let first = hasShown ? place(of: shown) : 0
        var start = end, missing = options.before
        while missing > 0, start > first {
            start = (block.text.lastLineEnd(before: start - 1) ?? -1) + 1
            missing -= 1
        }
        if missing > 0, start == 0, !kept.isEmpty { try showKept(missing, block.searcher) }
        while start < end {
            let line = block.line(from: start)
            try show(block, line, isSelected: false)
            start = line.upperBound + 1
        }
    }

    private mutating func showKept(_ most: Int, _ searcher: LineSearcher) throws {
        let lines = kept, (base, number, counted) = (base, number, counted)
        kept = []
        try lines.withUnsafeBytes { text in
            let block = Block(text: text, searcher: searcher)
            var start = text.count
            for _ in 0..<most where start > 0 { start = (text.lastLineEnd(before: start - 1) ?? -1) + 1 }
            self.base = keptStart
            // Those that are counted already are counted back.
            self.number -= UInt64(text.lineEnds(in: 0..<text.count)) * (options.hasNumbers ? 1 : 0)
            self.counted = keptStart
            while start < text.count {
                let line = block.line(from: start)
                try show(block, line, isSelected: false)
                start = line.upperBound + 1
            }
        }
        (self.base, self.number, self.counted) = (base, number, counted)
    }

    // MARK: Going on

    /// Everything in the block is decided on.
    private mutating func finish(_ block: Block) throws {
        try showFollowing(block, upTo: block.text.count)
        if result.selected >= options.mostLines, following == 0 { isOver = true }
        count(block.text, upTo: block.text.count)
        if options.before > 0, !isOver { keep(block.text) }
        base += UInt64(block.text.count)
    }

    /// Keeps the last lines that were not handed out.
    private mutating func keep(_ text: UnsafeRawBufferPointer) {
        let first = hasShown ? place(of: shown) : 0
        var start = text.count, missing = options.before
        while missing > 0, start > first, text.count - start < Self.mostKept {
            start = (text.lastLineEnd(before: start - 1) ?? -1) + 1
            missing -= 1
        }
        if start > 0 || missing == 0 || kept.isEmpty || hasShown && shown > base {
            kept = Array(text[start...])
            keptStart = base + UInt64(start)
            return
        }
        // The whole block, and of what was kept before as much as is still wanted.
        var from = kept.count
        kept.withUnsafeBytes { old in
            while missing > 0, from > 0, text.count + old.count - from < Self.mostKept {
                from = (old.lastLineEnd(before: from - 1) ?? -1) + 1
                missing -= 1
            }
        }
        keptStart += UInt64(from)
        kept.removeFirst(from)
        kept += text
    }

    private func place(of offset: UInt64) -> Int { offset > base ? Int(offset - base) : 0 }

    private mutating func count(_ text: UnsafeRawBufferPointer, upTo end: Int) {
        guard options.hasNumbers else { return }
        let start = place(of: counted)
        guard start < end else { return }
        number += UInt64(text.lineEnds(in: start..<end))
        counted = base + UInt64(end)
    }
}
