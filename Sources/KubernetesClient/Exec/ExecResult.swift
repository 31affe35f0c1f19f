/// Which stream of a command some output comes from.
public enum ExecStream: Hashable, Sendable {
    case stdout
    case stderr
}

/// What comes of a command.
public enum ExecPiece: Hashable, Sendable {
    case output(ExecStream, [UInt8])
    /// Nothing comes after it.
    case ended(ExecResult)
}

/// How far a command has come that has not begun.
public enum ExecStage: Hashable, Sendable {
    /// It is asked for now.
    case trying
    /// The server refused it (429, or 401 with a credential that may be renewed), before anything ran. It is tried again, or the
    /// error is thrown.
    case refusedForNow
}

/// How a command ended.
public enum ExecResult: Hashable, Sendable {
    /// It ran, and exited with this code.
    case exited(code: Int)
    /// The container runtime could not start it, or not follow it to its end.
    case failed(ExecFailure)
}

/// Why there is no exit code.
public struct ExecFailure: Hashable, Sendable {
    /// A word for machines, as in "InternalError".
    public var reason: String
    /// The runtime's words.
    public var message: String
    /// Whether the words say that there is no such program in the container (or no interpreter for it).
    public var isMissingExecutable: Bool

    public init(reason: String, message: String) {
        self.reason = reason
        self.message = message
        let text = message.lowercased()
        isMissingExecutable = text.contains("executable file not found") || text.contains("no such file or directory")
    }
}

extension ExecResult {
    /// Source: k8s.io/apimachinery `remotecommand`: the status on channel 3; the exit code is a cause.
    init?(_ status: KubernetesStatus) {
        if status.status == "Success" {
            self = .exited(code: 0)
        } else if status.reason == "NonZeroExitCode", let code = status.causes["ExitCode"].flatMap({ Int($0) }) {
            self = .exited(code: code)
        } else if status.status == "Failure" {
            self = .failed(ExecFailure(reason: status.reason, message: status.message))
        } else {
            return nil
        }
    }
}
