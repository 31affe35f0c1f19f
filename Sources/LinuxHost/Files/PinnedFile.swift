package import Glibc

/// A file of any type, held without being opened (O_PATH): whatever happens to its name, all that is asked here is asked of this
/// very file, and neither a FIFO nor a device notices.
package final class PinnedFile: Sendable {
    package let descriptor: OwnedDescriptor
    /// As of the pinning.
    package let status: stat
    private let place: @Sendable () -> RawText

    /// <asm-generic/fcntl.h>; not exported by Swift's Glibc module without _GNU_SOURCE.
    private static var pathOnly: Int32 { 0o10000000 }

    /// Takes hold of what has a name in a directory; of a link itself if it is one.
    package init(_ name: UnsafePointer<CChar>, in directory: borrowing AnchoredDirectory) throws(HostError) {
        let path = directory.path
        guard name[0] != 0, strchr(name, 0x2F) == nil, strcmp(name, ".") != 0, strcmp(name, "..") != 0 else {
            throw HostError(.unexpectedType, "open", RawText(path), reason: "not a name of a single entry of it")
        }
        let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
        place = { RawText(path + [UInt8(ascii: "/")] + bytes) }
        let number = openat(directory.descriptor.rawValue, name, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", place()) }
        descriptor = OwnedDescriptor(owning: number)
        status = try descriptor.status()
    }

    package var kind: FileKind { FileKind(mode: status.st_mode) }
    package var identity: FileIdentity { FileIdentity(status) }
    /// For messages.
    package var path: RawText { place() }

    package func attributes() throws(HostError) -> ExtendedAttributes {
        try ExtendedAttributes(of: descriptor.rawValue, path: place())
    }

    /// The text of a symbolic link, as data.
    package func linkTarget() -> RawText? {
        guard kind == .link else { return nil }
        var count = -1
        let target = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, used in
            guard let base = buffer.baseAddress else { return }
            count = readlinkat(descriptor.rawValue, "", UnsafeMutableRawPointer(base), buffer.count)
            used = max(0, count)
        }
        return count >= 0 ? RawText(target) : nil
    }

    /// Opens it for reading, if it is a regular file. What opens is this file and no other: the link in /proc leads to what is held,
    /// not to its name. A lease on it (fcntl(2), F_SETLEASE) does not make the open wait.
    package func open() throws(HostError) -> OwnedDescriptor {
        guard kind == .regular else {
            throw HostError(
                .unexpectedType, "open", path, reason: "a \(kind.rawValue), not a regular file")
        }
        let file = "/proc/self/fd/\(descriptor.rawValue)"
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        var number = Glibc.open(file, flags | OwnedDescriptor.noAccessTime)
        if number < 0, errno == EPERM { number = Glibc.open(file, flags) }
        guard number >= 0 else { throw HostError(errno: errno, "open", path) }
        return OwnedDescriptor(owning: number)
    }
}
