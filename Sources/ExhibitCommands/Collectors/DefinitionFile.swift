internal import Collection
internal import Glibc
internal import Settings

/// A definition as it is on the disk: of a collector or a profile.
struct DefinitionFile {
    let path: String
    let text: String
    /// Why `--collectors` would not take it, if so: whoever can change it decides what is run in containers.
    let objection: String?

    /// - Throws: `DefinitionError` when there is no such file, or it is no text.
    init(reading path: String) throws(DefinitionError) {
        let file: LocalFile
        do {
            file = try LocalFile(path: path, limit: CollectorDefinition.maxBytes)
        } catch {
            throw DefinitionError(file: path, line: nil, message: error.reason)
        }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw DefinitionError(file: path, line: nil, message: "it is not UTF-8")
        }
        self.path = path
        self.text = text
        objection = file.objection.map { $0.advice.isEmpty ? $0.reason : "\($0.reason); \($0.advice)" }
    }

    /// The same, of a file that nobody else can change.
    init(trusting path: String) throws(DefinitionError) {
        try self.init(reading: path)
        if let objection { throw DefinitionError(file: path, line: nil, message: objection) }
    }

    /// The name of the file, without its folders.
    var name: Substring { path.split(separator: "/").last ?? "" }

    /// With the folders that are not named, as the working directory.
    var wholePath: String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
