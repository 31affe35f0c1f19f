/// A limit of `/proc/<pid>/limits` (getrlimit(2)); nil is unlimited.
public struct ProcessLimit: Hashable, Sendable {
    /// As the kernel names it, without `Max`: `open files`, `processes`, `core file size`, `locked memory`.
    public let name: String
    public let soft: UInt64?
    public let hard: UInt64?

    /// Reads those that explain an incident: running out of descriptors or processes, no core, pinned memory.
    package static func parse(_ bytes: [UInt8]) -> [ProcessLimit] {
        bytes.split(separator: 0x0A).prefix(64).compactMap { line in
            guard
                let name = ["open files", "processes", "core file size", "locked memory"].first(where: {
                    line.starts(with: "Max \($0) ".utf8)
                })
            else { return nil }
            let values = line.dropFirst(name.utf8.count + 5).split(separator: 0x20).prefix(2).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard values.count == 2, values.allSatisfy({ $0 == "unlimited" || UInt64($0) != nil }) else { return nil }
            return ProcessLimit(name: name, soft: UInt64(values[0]), hard: UInt64(values[1]))
        }
    }
}
