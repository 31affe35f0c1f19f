internal import Collection
internal import CollectorSteps
internal import Glibc

/// A definition that somebody is writing, as it is on the disk.
struct DefinitionFile {
    /// More than a definition may have, so that the decoder is who refuses it.
    private static let maxBytes = (1 << 20) + 1

    let path: String
    let text: String
    /// Why `--collectors` would not take it, if so.
    let objection: String?

    /// - Throws: `DefinitionError` when there is no such file, or it is no text.
    init(reading path: String) throws(DefinitionError) {
        func refusal(_ message: String) -> DefinitionError { DefinitionError(file: path, line: nil, message: message) }
        func said() -> String { String(cString: strerror(errno)) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw refusal("it cannot be opened: \(said())") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal("it is not a regular file")
        }
        var bytes = [UInt8](repeating: 0, count: Self.maxBytes)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                read(descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[filled...]).baseAddress, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refusal("it cannot be read: \(said())") }
            if count == 0 { break }
            filled += count
        }
        guard let text = String(validating: bytes[..<filled], as: UTF8.self) else { throw refusal("it is not UTF-8") }
        self.path = path
        self.text = text
        objection = Self.objection(status)
    }

    func decode() throws(DefinitionError) -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: path, kinds: StepRegistry.kinds).decode(text)
    }

    /// Whoever can write to it decides what is run in containers.
    private static func objection(_ status: stat) -> String? {
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return "it belongs to somebody else (user \(status.st_uid)): collect --collectors refuses it"
        }
        guard status.st_mode & 0o022 == 0 else {
            return "others can write to it: collect --collectors refuses it until chmod go-w"
        }
        return nil
    }

    /// The name of the file, without its folders.
    var name: Substring { path.split(separator: "/").last ?? "" }

    /// Paths of the definitions in a folder, sorted; of other files that look like definitions, too.
    ///
    /// - Throws: `DefinitionError` when it cannot be read.
    static func names(in folder: String) throws(DefinitionError) -> (definitions: [String], alike: [String]) {
        guard let stream = opendir(folder) else {
            throw DefinitionError(
                file: folder, line: nil, message: "the folder cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        func paths(_ ending: String) -> [String] {
            names.filter { $0.hasSuffix(ending) }.sorted().map { prefix + $0 }
        }
        return (paths(".yaml"), paths(".yml"))
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
