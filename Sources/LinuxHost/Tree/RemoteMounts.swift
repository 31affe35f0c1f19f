internal import Glibc

/// Where file systems are mounted that may never answer: of the network, and of programs.
package struct RemoteMounts: Sendable {
    private let types: [RawText: String]

    package init(_ mounts: [Mount]) {
        var types: [RawText: String] = [:]
        for mount in mounts where mount.isRemote { types[mount.mountPoint] = mount.type }
        self.types = types
    }

    /// Those of the host with this root: of the first process where the root is reached through it, else our own.
    package init(proc: ProcFileSystem?, root: String) {
        let process: Int32? = root.hasSuffix("/1/root") ? 1 : nil
        let reader = proc.map { MountReader(proc: $0, process: process, measuresUsage: false) }
        self.init((try? reader?.read())?.entries.map(\.mount) ?? [])
    }

    /// The type of the one that a path lies in; nil where it lies in none.
    package func type(of path: RawText) -> String? {
        guard !types.isEmpty else { return nil }
        var bytes = path.bytes[...]
        while !bytes.isEmpty {
            if let type = types[RawText(Array(bytes))] { return type }
            bytes = bytes.prefix(upTo: bytes.lastIndex(of: 0x2F) ?? 0)
        }
        return nil
    }
}
