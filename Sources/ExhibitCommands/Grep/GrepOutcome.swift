internal import Inspection
internal import Synchronization
internal import Terminal

/// What became of a search in all files: its exit status, and what must be said of it.
final class GrepOutcome: Sendable {
    private struct State {
        var selected = false
        var damaged = 0
        var costlyLines = 0, costlyFiles = 0
        var longLines = 0
        var untimed: UInt64 = 0
        var compressed = 0
        var isCutShort = false
    }

    private let state = Mutex(State())

    /// A file is done. What is wrong with it is said at once.
    func add(_ result: GrepResult, _ path: String) {
        let isFirst = state.withLock { state in
            if result.selected > 0 { state.selected = true }
            if result.problem != nil { state.damaged += 1 }
            if result.tooCostly > 0 { state.costlyFiles += 1 }
            state.costlyLines += result.tooCostly
            state.longLines += result.longLines
            state.untimed += result.untimed
            return state.damaged <= Self.mostNotes && state.costlyFiles <= Self.mostNotes
        }
        guard isFirst else { return }
        if let problem = result.problem {
            RenderingFailure.note("\(path): not read as it was captured: \(problem)", .error)
        }
        if result.isGivenUp {
            RenderingFailure.note("\(path): given up: the pattern takes too long on \(result.tooCostly) lines of it")
        } else if result.tooCostly > 0 {
            RenderingFailure.note(
                "\(path): not searched, as the pattern takes too long: \(Self.lines(result.tooCostly))")
        }
    }

    /// A compressed file is searched as it is.
    func addCompressed() {
        state.withLock { $0.compressed += 1 }
    }

    /// What files are found by is not what was sealed: there may have been others.
    func add(unsealed path: String) {
        state.withLock { $0.damaged += 1 }
        RenderingFailure.note("\(path): it is not the one that was sealed: files may be missing", .error)
    }

    /// What a capture of another tool has and could not be searched.
    func add(problemsOf capture: ForeignCapture) {
        if capture.problemCount > 0 {
            RenderingFailure.note(
                "\(Quantity.count(capture.problemCount, "thing", "things")) in it could not be searched; exhibit ls says which"
            )
        }
        guard let end = capture.end else { return }
        state.withLock { $0.isCutShort = true }
        RenderingFailure.note("\(capture.path): not all of it was searched: \(end)", .error)
    }

    /// More files are only counted.
    private static let mostNotes = 100

    private static func lines(_ count: Int) -> String { Quantity.count(count, "line", "lines") }

    /// Says what concerns all files, and how the command ends.
    func conclude(_ bundle: String, isForeign: Bool) -> ExitStatus {
        let state = state.withLock { $0 }
        if state.longLines > 0 {
            RenderingFailure.note(
                "\(Self.lines(state.longLines)) longer than \(Quantity.bytes(UInt64(GrepVisitor.longestLine))) "
                    + "were searched in pieces of that; what reaches from one into the next is not found")
        }
        if state.compressed > 0 {
            RenderingFailure.note(
                "not searched: what is inside of \(Quantity.count(state.compressed, "compressed file", "compressed files"))"
            )
        }
        if state.untimed > 0 {
            RenderingFailure.note(
                "left out, as they begin with no time: \(Self.lines(Int(clamping: state.untimed))) that would have been "
                    + "selected")
        }
        if state.damaged > 0 {
            RenderingFailure.note(
                "\(Quantity.count(state.damaged, "file is", "files are")) not as captured; what was found in such a file "
                    + "may be wrong, and something may be missing."
                    + (isForeign ? "" : " Verify the bundle: exhibit verify \(bundle)"), .error)
            return isForeign ? .incomplete : .integrityFailed
        }
        if state.isCutShort { return .incomplete }
        if state.costlyLines > 0 { return .notAllSearched }
        return state.selected ? .ok : .nothingFound
    }
}
