/// Something of a foreign capture that is not had, and why. Expected: it is no error of the capture as a whole.
public struct CaptureProblem: Hashable, Sendable {
    /// Of a file, link or folder in it, escaped; nil: the capture itself.
    public let path: String?
    /// As in "it is a symbolic link to a.log, which is not followed".
    public let reason: String

    public init(path: String?, reason: String) {
        self.path = path
        self.reason = reason
    }
}
