/// The environment of a program.
public struct ProgramEnvironment: Sendable, Hashable {
    /// What programs need to work at all, and what tells little: the rest of an operator's environment is full of secrets.
    public static let passedAlways = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"]

    let inheritsAll: Bool
    let values: [String: String]

    /// Just these variables.
    public static func only(_ values: [String: String]) -> ProgramEnvironment {
        ProgramEnvironment(inheritsAll: false, values: values)
    }

    /// Everything that this process has, and these variables over it. For programs that the operator configured to be run like this.
    public static func inherited(adding values: [String: String] = [:]) -> ProgramEnvironment {
        ProgramEnvironment(inheritsAll: true, values: values)
    }

    /// ``passedAlways``, the variables named, as far as `environment` has them, and those added.
    ///
    /// - Parameter environment: of this process.
    public static func scrubbed(
        _ environment: [String: String], passing names: [String] = [], adding values: [String: String] = [:]
    ) -> ProgramEnvironment {
        var result: [String: String] = [:]
        for name in passedAlways + names { result[name] = environment[name] }
        return .only(result.merging(values) { _, new in new })
    }
}
