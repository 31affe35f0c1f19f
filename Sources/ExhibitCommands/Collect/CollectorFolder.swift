internal import Collection
internal import CollectorSteps
internal import Glibc
internal import Settings

/// A folder with collectors that the operator named.
///
/// What its files say is run, so they must be nobody else's to change.
struct CollectorFolder {
    private static let maxFiles = 1_000
    private static let maxBytes = 1 << 20

    let path: String

    /// Reads every `NAME.yaml`, and every `profiles/NAME.yaml`, in the order of their names.
    ///
    /// - Parameter replaced: is told of each that takes the place of another.
    func add(to catalog: inout CollectorCatalog, replaced: (String) -> Void) throws {
        let profiles = "\(path)/profiles"
        let files =
            try names(in: path)
            + (access(profiles, F_OK) == 0 ? try names(in: profiles).map { "profiles/\($0)" } : [])
        guard !files.isEmpty else {
            throw RenderingFailure(.usage, "--collectors \(path): no file there ends in .yaml")
        }
        guard files.count <= Self.maxFiles else {
            throw RenderingFailure(.usage, "--collectors \(path): \(files.count) files are more than \(Self.maxFiles)")
        }
        for name in files {
            let file: TrustedFile
            do {
                file = try TrustedFile(path: "\(path)/\(name)", limit: Self.maxBytes)
            } catch {
                let advice = error.advice.isEmpty ? "" : "; \(error.advice)"
                throw RenderingFailure(.badCollector, "--collectors \(path): \(name): \(error.reason)\(advice)")
            }
            guard let text = String(validating: file.bytes, as: UTF8.self) else {
                throw RenderingFailure(.badCollector, "--collectors \(path): \(name) is not UTF-8")
            }
            do {
                if let other = try catalog.add(file: "\(path)/\(name)", text: text, kinds: StepRegistry.kinds) {
                    replaced("\(path)/\(name) takes the place of the \(other)")
                }
            } catch {
                throw RenderingFailure(.badCollector, "\(error)")
            }
        }
    }

    private func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else {
            throw RenderingFailure(
                .usage, "--collectors \(folder): it cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
