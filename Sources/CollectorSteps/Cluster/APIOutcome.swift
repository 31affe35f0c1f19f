internal import BundleFormat
public import Collection
public import KubernetesClient
internal import StructuredText

/// Turns what the API server refused into the end state of an attempt.
public enum APIOutcome {
    /// Runs a piece of work; a `KubernetesError` in it becomes a `StepFailure` with the state and reason it stands for, and so does an
    /// object of a list that is no JSON.
    static func translating<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as KubernetesError {
            if error.code == .cancelled {
                throw error.httpStatus == 429
                    ? CutOff(meanwhile: "the API server wanted fewer requests (429)") : CancellationError()
            }
            throw StepFailure(outcome(error))
        } catch let error as JSONError {
            throw StepFailure(.error("BadResponse", "an object that the API server sent cannot be read: \(error)"))
        }
    }

    /// The end state and reason that an error of the client stands for.
    public static func outcome(_ error: KubernetesError) -> Outcome {
        let isSaid = error.subject.isEmpty || error.reason.contains(error.subject)
        let reason = Reason(
            code: error.statusReason ?? code(error.code),
            message: isSaid ? error.reason : "\(error.reason) (\(error.subject))")
        return Outcome(state(error.code), reason: reason)
    }

    private static func state(_ code: KubernetesError.Code) -> AttemptState {
        switch code {
        case .forbidden, .unauthorized, .certificateExpired, .credentialPluginFailed: .denied
        case .notFound, .gone, .unsupported: .missing
        case .timeout: .timeout
        default: .error
        }
    }

    /// Reason codes of the ledger begin with a capital, as the API's own do.
    private static func code(_ code: KubernetesError.Code) -> String {
        code.rawValue.prefix(1).uppercased() + code.rawValue.dropFirst()
    }
}
