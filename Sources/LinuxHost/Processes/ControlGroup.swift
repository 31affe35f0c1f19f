/// A line of `/proc/<pid>/cgroup` (cgroups(7)): where a process stands in one hierarchy.
public struct ControlGroup: Hashable, Sendable {
    /// The hierarchy's number; 0 is cgroup v2.
    public let hierarchy: UInt32
    /// The controllers, empty for v2; `name=…` for one without controllers.
    public let controllers: String
    /// The path in the hierarchy.
    public let path: RawText

    /// Reads the text of the file; lines of another form are left out.
    public static func parse(_ bytes: [UInt8]) -> [ControlGroup] {
        bytes.split(separator: 0x0A).prefix(256).compactMap { line in
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let hierarchy = UInt32(String(decoding: parts[0], as: UTF8.self)) else {
                return nil
            }
            return ControlGroup(
                hierarchy: hierarchy, controllers: String(decoding: parts[1], as: UTF8.self),
                path: RawText(Array(parts[2])))
        }
    }
}
