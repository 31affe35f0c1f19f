internal import CPCRE2
internal import Glibc

/// Searches text for a ``LinePattern``: what a thread needs for that.
///
/// It is handed from thread to thread, but used by one at a time.
// why: it is handed from task to task, but only one at a time uses it.
public final class LineSearcher: @unchecked Sendable {
    /// What is there next.
    public enum Found: Equatable, Sendable {
        /// A line that matches, without its end, and the first match in it.
        case line(Range<Int>, match: Range<Int>)
        /// A line that takes too long; whether it matches is not known.
        case tooCostly(line: Range<Int>)
    }

    private enum Match {
        case none
        case at(Range<Int>)
        case tooCostly
    }

    /// Steps that one line may take, about 10 ms; and a part of a block, before its lines are looked at one by one.
    private static let mostStepsOfLine: UInt32 = 1_000_000
    private static let mostStepsOfPart: UInt32 = 10_000_000
    private static let mostHeap: UInt32 = 20 << 10
    /// A part of a block that is searched in one go.
    private static let partBytes = 256 << 10

    private let pattern: LinePattern
    private let data: OpaquePointer
    private let ofLine: OpaquePointer
    private let ofPart: OpaquePointer
    private let stack: OpaquePointer?

    init(_ pattern: LinePattern) throws(PatternError) {
        guard let data = pcre2_match_data_create_8(1, nil), let ofLine = pcre2_match_context_create_8(nil),
            let ofPart = pcre2_match_context_create_8(nil)
        else { throw PatternError(pattern: "", reason: "out of memory", offset: nil) }
        self.pattern = pattern
        self.data = data
        self.ofLine = ofLine
        self.ofPart = ofPart
        stack = pcre2_jit_stack_create_8(32 << 10, 1 << 20, nil)
        for (context, steps) in [(ofLine, Self.mostStepsOfLine), (ofPart, Self.mostStepsOfPart)] {
            pcre2_set_match_limit_8(context, steps)
            pcre2_set_depth_limit_8(context, steps)
            pcre2_set_heap_limit_8(context, Self.mostHeap)
            if let stack { pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack)) }
        }
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(ofLine)
        pcre2_match_context_free_8(ofPart)
        pcre2_jit_stack_free_8(stack)
    }

    /// Hands out the lines of `block` that match, in order, until `body` says no: whole lines, of which only the last may
    /// lack its LF.
    public func lines(in block: UnsafeRawBufferPointer, _ body: (Found) throws -> Bool) rethrows {
        guard !block.isEmpty else { return }
        switch pattern.way {
        case .lines:
            _ = try oneByOne(block, 0..<block.count, body)
        case .literals(let finders):
            var hits = finders.map { $0.first(in: block, from: 0) }
            while let place = hits.lazy.compactMap({ $0 }).min() {
                let line = Self.line(in: block, around: place)
                guard try one(line, block, body) else { return }
                for (index, hit) in hits.enumerated() {
                    if let hit, hit < line.upperBound {
                        hits[index] = finders[index].first(in: block, from: line.upperBound)
                    }
                }
            }
        case .blocks:
            var start = 0
            while start < block.count {
                let end = Self.lineEnd(in: block, from: min(start + Self.partBytes, block.count - 1))
                guard try part(block, start..<min(end + 1, block.count), body) else { return }
                start = end + 1
            }
        }
    }

    /// Hands out all matches in a line, none of them empty, in order.
    public func matches(in line: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
        var start = 0
        while start <= line.count, case .at(let match) = match(line, from: start, ofLine) {
            if !match.isEmpty { body(match) }
            start = match.isEmpty ? max(match.upperBound, start) + 1 : max(match.upperBound, start + 1)
        }
    }

    /// Searches lines of a block at once.
    private func part(
        _ block: UnsafeRawBufferPointer, _ range: Range<Int>, _ body: (Found) throws -> Bool
    ) rethrows -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            // A subject of its own: what stands before it is another line.
            let rest = UnsafeRawBufferPointer(rebasing: block[start..<range.upperBound])
            switch match(rest, from: 0, ofPart) {
            case .none: return true
            case .tooCostly: return try oneByOne(block, start..<range.upperBound, body)
            case .at(let match):
                let place = start + match.lowerBound
                // Behind the last LF there is no line.
                if place == block.count, block[place - 1] == 0x0A { return true }
                if place == range.upperBound, place < block.count { return true }
                let line = Self.line(in: block, around: place)
                guard try body(.line(line, match: place..<start + match.upperBound)) else { return false }
                start = line.upperBound + 1
            }
        }
        return true
    }

    private func oneByOne(
        _ block: UnsafeRawBufferPointer, _ range: Range<Int>, _ body: (Found) throws -> Bool
    ) rethrows -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = Self.lineEnd(in: block, from: start)
            guard try one(start..<end, block, body) else { return false }
            start = end + 1
        }
        return true
    }

    private func one(
        _ line: Range<Int>, _ block: UnsafeRawBufferPointer, _ body: (Found) throws -> Bool
    ) rethrows -> Bool {
        switch match(UnsafeRawBufferPointer(rebasing: block[line]), from: 0, ofLine) {
        case .none: true
        case .tooCostly: try body(.tooCostly(line: line))
        case .at(let match):
            try body(
                .line(line, match: line.lowerBound + match.lowerBound..<line.lowerBound + match.upperBound))
        }
    }

    private func match(_ text: UnsafeRawBufferPointer, from start: Int, _ context: OpaquePointer) -> Match {
        var none: UInt8 = 0
        let code = withUnsafePointer(to: &none) { none in
            let subject = text.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none
            return pattern.code.isMachineCode
                ? pcre2_jit_match_8(pattern.code.pointer, subject, text.count, start, 0, data, context)
                : pcre2_match_8(pattern.code.pointer, subject, text.count, start, 0, data, context)
        }
        if code == PCRE2_ERROR_NOMATCH { return .none }
        guard code >= 0, let places = pcre2_get_ovector_pointer_8(data) else { return .tooCostly }
        // \K can put the start behind the end.
        return .at(min(places[0], places[1])..<places[1])
    }

    /// The line with the byte at `place`, without its LF.
    private static func line(in block: UnsafeRawBufferPointer, around place: Int) -> Range<Int> {
        (block.lastLineEnd(before: place).map { $0 + 1 } ?? 0)..<(block.lineEnd(from: place) ?? block.count)
    }

    /// Where the line that goes on at `start` ends: at its LF, or with the block.
    private static func lineEnd(in block: UnsafeRawBufferPointer, from start: Int) -> Int {
        block.lineEnd(from: start) ?? block.count
    }
}
