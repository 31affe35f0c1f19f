#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

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

    /// ``passedAlways`` and the variables named, as far as this process has them.
    public static func scrubbed(passing names: [String] = []) -> ProgramEnvironment {
        var result: [String: String] = [:]
        for name in passedAlways + names { result[name] = getenv(name).map { String(cString: $0) } }
        return .only(result)
    }

    /// Looks for programs where the program itself would: in its `PATH`.
    public var search: ProgramSearch {
        ProgramSearch(path: values["PATH"] ?? (inheritsAll ? getenv("PATH").map { String(cString: $0) } : nil))
    }
}
