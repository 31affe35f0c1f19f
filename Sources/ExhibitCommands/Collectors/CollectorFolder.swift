internal import Collection
internal import CollectorSteps
internal import Glibc

/// A folder with collectors that the operator named: `NAME.yaml`, and `profiles/NAME.yaml`.
///
/// What its files say is run, so `collect` takes them only where they are nobody else's to change.
struct CollectorFolder {
    /// Definitions in a folder and its `profiles`, together.
    static let maxFiles = 1_000

    let path: String
    /// Paths of the definitions, of collectors and then of profiles, each in the order of their names.
    let definitions: [String]
    /// Paths of files that look like definitions and are none, as `NAME.yml`.
    let alike: [String]

    /// - Throws: `DefinitionError` when it cannot be read, or has more files than ``maxFiles``.
    init(reading path: String) throws(DefinitionError) {
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        var found = Found()
        try found.add(folder)
        if Self.isFolder("\(folder)/profiles") { try found.add("\(folder)/profiles") }
        self.path = path
        definitions = found.definitions
        alike = found.alike
    }

    /// Adds every definition to a catalog, the collectors first.
    ///
    /// - Parameter replaced: is told of each that takes the place of another.
    /// - Throws: `DefinitionError` for the first file that others can change, or that is not valid.
    func add(to catalog: inout CollectorCatalog, replaced: (String) -> Void) throws(DefinitionError) {
        for path in definitions {
            let file = try DefinitionFile(trusting: path)
            if let other = try catalog.add(file: path, text: file.text, kinds: StepRegistry.kinds) {
                replaced("\(path) takes the place of the \(other)")
            }
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private struct Found {
        var definitions: [String] = []
        var alike: [String] = []

        mutating func add(_ folder: String) throws(DefinitionError) {
            func refusal(_ message: String) -> DefinitionError {
                DefinitionError(file: folder, line: nil, message: message)
            }
            guard let stream = opendir(folder.isEmpty ? "/" : folder) else {
                throw refusal("the folder cannot be opened: \(String(cString: strerror(errno)))")
            }
            defer { closedir(stream) }
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard !name.hasPrefix("."), name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { continue }
                names.append("\(folder)/\(name)")
                guard definitions.count + alike.count + names.count <= CollectorFolder.maxFiles else {
                    throw refusal("there are more than \(CollectorFolder.maxFiles) definitions")
                }
            }
            names.sort()
            definitions += names.filter { $0.hasSuffix(".yaml") }
            alike += names.filter { $0.hasSuffix(".yml") }
        }
    }
}
