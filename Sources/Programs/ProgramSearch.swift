#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Finds programs by their name.
public struct ProgramSearch: Sendable {
    private let folders: [String]

    /// - Parameter path: as the variable `PATH` has it. Folders in it that are not absolute are passed over: what is run must not
    ///   depend on where one stands.
    public init(path: String?) {
        folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") }
    }

    /// The absolute path of a program.
    ///
    /// - Parameter name: with a slash in it, it is a path and is not searched for; then it may be relative to where this process is.
    /// - Throws: ``ProgramError/Code/notFound``; ``ProgramError/Code/notExecutable`` when all there is may not be run.
    public func find(_ name: String) throws(ProgramError) -> String {
        if name.contains("/") {
            let path = name.hasPrefix("/") ? name : "\(try Self.folder())/\(name)"
            try Self.check(path)
            return path
        }
        var refusal: ProgramError?
        for folder in name.isEmpty ? [] : folders {
            let path = "\(folder)/\(name)"
            do {
                try Self.check(path)
                return path
            } catch {
                if error.code == .notExecutable { refusal = refusal ?? error }
            }
        }
        throw refusal
            ?? ProgramError(
                code: .notFound, subject: name,
                reason: "there is no such program in the folders of PATH")
    }

    private static func folder() throws(ProgramError) -> String {
        guard let text = getcwd(nil, 0) else {
            throw ProgramError(code: .notFound, subject: ".", reason: "the folder that this process is in is gone")
        }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether a file can be run, as far as that can be told before.
    static func check(_ path: String) throws(ProgramError) {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else {
            let isHidden = errno == EACCES
            throw ProgramError(
                code: isHidden ? .notExecutable : .notFound, subject: path,
                reason: isHidden ? "permission denied" : "there is no such file")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ProgramError(code: .notExecutable, subject: path, reason: "it is not a file")
        }
        guard access(path, X_OK) == 0 else {
            throw ProgramError(code: .notExecutable, subject: path, reason: "it is not executable for this user")
        }
    }
}
