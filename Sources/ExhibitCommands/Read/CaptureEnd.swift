internal import Inspection
internal import Terminal

/// What a capture of another tool has lost is no alteration of something that was sealed: it is incomplete, and that is said.
extension Capture {
    /// Why there may be more than what can be read of it; nil when that is all.
    var earlyEnd: String? { (self as? ForeignCapture)?.end }

    /// How a command ends that has shown what is in a capture.
    ///
    /// - Parameters:
    ///   - path: as the caller named it.
    ///   - damaged: how many files are not as they were captured; those were named.
    func conclude(_ path: String, damaged: Int) -> ExitStatus {
        if let earlyEnd { RenderingFailure.note("\(path): there may be more in it than was read: \(earlyEnd)", .error) }
        guard kind == .exhibit else { return damaged > 0 || earlyEnd != nil ? .incomplete : .ok }
        return damaged > 0 ? .integrityFailed : .ok
    }
}
