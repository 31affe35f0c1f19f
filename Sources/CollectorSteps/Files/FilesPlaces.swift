internal import Collection
internal import LinuxHost

/// Where paths of a container lead, as the container itself says it: the pod's spec has mount points by names that may go through
/// links of the image.
///
/// It only ever keeps something from being copied. A container that lies could give away what it has in any other way.
struct FilesPlaces {
    /// Bytes of `mountinfo`: thousands of mounts.
    private static let maxMounts = 1 << 20
    private static let maxPath = 4_096
    /// Mount points that find is told not to enter.
    private static let mostSecrets = 64

    /// Mount points of file systems in memory that are not where the spec has a volume without secrets: Secrets and tokens are
    /// such, whatever the name that the spec has for the place.
    private(set) var secrets: [String] = []
    /// What each path is without links; only of those that lead elsewhere.
    private(set) var leading: [String: String] = [:]

    /// - Parameter plain: mount points of volumes that have no secrets.
    static func ask(
        _ request: FilesRequest, plain: [String], memory: ToolMemory, place: ToolMemory.Container,
        run: ([String], RecipeSearch.Output) async throws -> RecipeSearch.End
    ) async throws -> FilesPlaces {
        var places = FilesPlaces()
        let known = Set(plain.compactMap(FilePathText.normalised))
        let mounts = MountTable.parse(
            try await answer(["cat", "/proc/self/mountinfo"], maxMounts, memory, place, run) ?? [])
        places.secrets = Array(
            mounts.mounts.lazy.filter { ["tmpfs", "ramfs"].contains($0.type) }
                .compactMap { String(validating: $0.mountPoint.bytes, as: UTF8.self).flatMap(FilePathText.normalised) }
                .filter { $0 != "/" && !known.contains($0) }.prefix(mostSecrets))
        for path in request.paths {
            guard let line = try await answer(["readlink", "-f", path], maxPath, memory, place, run) else { continue }
            let text = String(decoding: line.prefix { $0 != 0x0A }, as: UTF8.self)
            if text.hasPrefix("/"), text != path { places.leading[path] = text }
        }
        return places
    }

    /// What a command prints that can do it; nil when it cannot.
    private static func answer(
        _ argv: [String], _ most: Int, _ memory: ToolMemory, _ place: ToolMemory.Container,
        _ run: ([String], RecipeSearch.Output) async throws -> RecipeSearch.End
    ) async throws -> [UInt8]? {
        struct Enough: Error {}
        guard !memory.isMissing(argv[0], in: place) else { return nil }
        var bytes: [UInt8] = []
        do {
            let end = try await run(argv) { part in
                bytes += part.prefix(most - bytes.count)
                if bytes.count == most { throw Enough() }
            }
            if case .noExecutable(_, byRuntime: true) = end { memory.noteMissing(argv[0], in: place) }
        } catch is Enough {}
        return bytes.isEmpty ? nil : bytes
    }
}
