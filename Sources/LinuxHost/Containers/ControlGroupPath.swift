/// Where a process stands in a hierarchy of control groups, by components, and what their names say of containers.
///
/// Components are names of directories, which may be any bytes. Whoever has a subtree can make groups in it that are named like
/// another container's; what stands above is not theirs to name. So the outermost name counts, and beneath a name nothing does.
struct ControlGroupPath: Hashable, Sendable {
    let components: [RawText]
    /// Whether it began with `..`: the reader is in a control group namespace whose root lies deeper (cgroup_namespaces(7)), and
    /// what stands above the common part is not shown.
    let isRelative: Bool

    /// - Parameter path: as a line of `/proc/<pid>/cgroup` has it.
    init(_ path: RawText) {
        let parts = path.bytes.split(separator: UInt8(ascii: "/"))
        let rest = parts.drop { $0.elementsEqual("..".utf8) }
        isRelative = rest.count < parts.count
        components = rest.prefix(Self.mostComponents).map { RawText(Array($0)) }
    }

    /// No path of the kernel has more: they are at most PATH_MAX bytes.
    private static let mostComponents = 2_048

    /// The places of a process in all hierarchies, those first in which containers are surest to have one: cgroup v2, then
    /// systemd's own, then the controllers. On hosts with both versions a container may have a group of its own in the latter only.
    static func all(_ groups: [ControlGroup]) -> [ControlGroupPath] {
        func rank(_ group: ControlGroup) -> Int {
            if group.hierarchy == 0 { return 0 }
            return group.controllers == "name=systemd" ? 1 : 2
        }
        var paths: [ControlGroupPath] = []
        for group in groups.sorted(by: { rank($0) < rank($1) }) {
            let path = ControlGroupPath(group.path)
            if !path.components.isEmpty, !paths.contains(path) { paths.append(path) }
        }
        return paths
    }

    func begins(with head: some Collection<RawText>) -> Bool { components.starts(with: head) }

    // MARK: What names say

    /// The identifier in the name of a container's group: 64 hexadecimal digits at its end, alone or behind a prefix.
    ///
    /// `<id>`, `docker-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`, `libpod-payload-<id>`, `cri-containerd-<id>.scope`,
    /// `kubepods-….slice:cri-containerd:<id>`. The group of a container's monitor (`crio-conmon-<id>.scope`) is none.
    static func containerID(_ component: RawText) -> String? {
        var bytes = component.bytes[...]
        if bytes.suffix(6).elementsEqual(".scope".utf8) { bytes = bytes.dropLast(6) }
        guard bytes.count >= 64, bytes.suffix(64).allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }) else { return nil }
        let prefix = bytes.dropLast(64)
        if let last = prefix.last {
            guard last == UInt8(ascii: "-") || last == UInt8(ascii: ":") else { return nil }
            guard !prefix.dropLast().suffix(6).elementsEqual("conmon".utf8) else { return nil }
        }
        return String(decoding: bytes.suffix(64), as: UTF8.self)
    }

    /// The outermost identifier, whatever is beneath it.
    var containerID: String? { components.lazy.compactMap(Self.containerID).first }

    /// The uid of the pod in the names above a container's group: `pod<uid>`, `kubepods-burstable-pod<uid>.slice`.
    static func podUID(_ head: some BidirectionalCollection<RawText>) -> String? {
        for component in head.reversed() {
            var bytes = component.bytes[...]
            if bytes.suffix(6).elementsEqual(".slice".utf8) { bytes = bytes.dropLast(6) }
            if let dash = bytes.lastIndex(of: UInt8(ascii: "-")),
                bytes[bytes.index(after: dash)...].starts(with: "pod".utf8)
            {
                bytes = bytes[bytes.index(after: dash)...]
            }
            guard bytes.starts(with: "pod".utf8) else { continue }
            let uid = bytes.dropFirst(3)
            guard (1...63).contains(uid.count),
                uid.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 26 || $0 == 0x2D || $0 == 0x5F })
            else { continue }
            // systemd's names have "-" for "/", so the driver writes "_".
            return String(decoding: uid, as: UTF8.self).replacing("_", with: "-")
        }
        return nil
    }

    /// Of a group below a user's own service manager (`user@1000.service`) that user's number: whatever is beneath it is theirs to
    /// name.
    static func userID(_ head: some Collection<RawText>) -> UInt32? {
        for component in head where component.bytes.starts(with: "user@".utf8) {
            var cursor = FieldCursor(5..<component.bytes.count)
            if let number = cursor.decimal(component.bytes.span).flatMap(UInt32.init(exactly:)) { return number }
        }
        return nil
    }

    // MARK: What a runtime asks for

    /// Where a container stands whose runtime was given this as `linux.cgroupsPath` (OCI runtime specification, config-linux.md):
    /// a path from the root, or `slice:prefix:name` for systemd. Nil when it does not say.
    static func place(ofCgroupsPath text: String) -> [RawText]? {
        if text.hasPrefix("/") {
            let parts = text.split(separator: "/").map(String.init)
            guard !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else { return nil }
            return parts.map { RawText($0) }
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[2].isEmpty, !text.contains("/") else { return nil }
        let unit =
            parts[2].hasSuffix(".slice")
            ? parts[2] : (parts[1].isEmpty ? "" : parts[1] + "-") + parts[2] + ".scope"
        return slice(parts[0].isEmpty ? "system.slice" : parts[0]).map { RawText($0) } + [RawText(unit)]
    }

    /// `a-b.slice` lies in `a.slice` (systemd.slice(5)).
    private static func slice(_ name: String) -> [String] {
        guard name != "-.slice" else { return [] }
        let stem = name.hasSuffix(".slice") ? String(name.dropLast(6)) : name
        var path: [String] = []
        var prefix = ""
        for part in stem.split(separator: "-").prefix(mostComponents) {
            prefix += (prefix.isEmpty ? "" : "-") + part
            path.append(prefix + ".slice")
        }
        return path
    }
}
