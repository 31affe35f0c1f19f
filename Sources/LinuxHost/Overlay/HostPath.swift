internal import Glibc

/// A directory that is held open, for whoever needs it.
package final class HeldDirectory: Sendable {
    package let directory: AnchoredDirectory

    package init(_ directory: consuming AnchoredDirectory) {
        self.directory = directory
    }

    /// Opens what lies beneath, one name at a time and without following a link.
    package func directory(_ path: ArraySlice<UInt8>) throws(HostError) -> HeldDirectory {
        var held = self
        for name in path.split(separator: UInt8(ascii: "/")) {
            held = HeldDirectory(try held.directory.directory(name.map { CChar(bitPattern: $0) } + [0]))
        }
        return held
    }
}

/// Opens directories of the host by paths that its own mount table has.
package enum HostPath {
    private static let maxLinks = 40

    /// Opens a directory, one name at a time. A link is followed only if it is root's, in a folder that only root can write to: such
    /// links are how container engines keep the paths of layers short.
    ///
    /// - Parameters:
    ///   - path: absolute, or relative to `base`; both begin at `root`, and nothing in them leads above it.
    ///   - root: where the host's root directory is.
    package static func directory(
        _ path: RawText, root: String, base: RawText? = nil
    ) throws(HostError) -> HeldDirectory {
        var names: [[UInt8]] = path.bytes.split(separator: UInt8(ascii: "/")).map(Array.init).reversed()
        if path.bytes.first != UInt8(ascii: "/") {
            guard let base else {
                throw HostError(.notFound, "open", path, reason: "a relative path, and to what is not known")
            }
            names += base.bytes.split(separator: UInt8(ascii: "/")).map(Array.init).reversed()
        }
        var stack = [HeldDirectory(try AnchoredDirectory.open(root))]
        var links = 0
        while let name = names.popLast() {
            guard let top = stack.last else { break }
            if name == [0x2E] { continue }
            if name == [0x2E, 0x2E] {
                if stack.count > 1 { stack.removeLast() }
                continue
            }
            let terminated = name.map { CChar(bitPattern: $0) } + [0]
            let status = try top.directory.status(terminated)
            guard FileKind(mode: status.st_mode) == .link else {
                stack.append(HeldDirectory(try top.directory.directory(terminated)))
                continue
            }
            links += 1
            guard links <= maxLinks, isRoots(status, in: try top.directory.descriptor.status()) else {
                throw HostError(
                    .unexpectedType, "open", top.directory.path(of: terminated),
                    reason: "a link that others than root could have made, which is not followed")
            }
            let target = try top.directory.link(terminated)
            if target.first == UInt8(ascii: "/") { stack.removeLast(stack.count - 1) }
            names += target.split(separator: UInt8(ascii: "/")).map(Array.init).reversed()
        }
        return stack[stack.count - 1]
    }

    private static func isRoots(_ link: stat, in folder: stat) -> Bool {
        link.st_uid == 0 && folder.st_uid == 0 && folder.st_mode & 0o022 == 0
    }
}
