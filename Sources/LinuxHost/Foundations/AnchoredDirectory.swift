package import Glibc

/// A directory held by a descriptor, beneath which everything is reached one component at a time without following
/// links.
///
/// Nothing under it can lead out of it: a name never has a slash, `.` or `..`, and every open carries `O_NOFOLLOW`. As
/// procfs ties the descriptor of `/proc/<pid>` to that very process, a reused pid reads as gone, not as another
/// process.
package struct AnchoredDirectory: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    /// The path for messages.
    package let path: [UInt8]
    /// The process this directory is about, for messages.
    package let pid: Int32?

    /// Takes over a directory that is open already.
    package init(_ descriptor: consuming OwnedDescriptor, path: [UInt8], pid: Int32?) {
        self.descriptor = descriptor
        self.path = path
        self.pid = pid
    }

    /// Opens the anchor itself, by a path the operator chose: here, and only here, links are followed.
    package static func open(_ path: String) throws(HostError) -> AnchoredDirectory {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", RawText(path)) }
        return AnchoredDirectory(OwnedDescriptor(owning: number), path: Array(path.utf8), pid: nil)
    }

    /// The same for a path of a host whose root directory is elsewhere: messages and records have the host's path.
    package static func open(_ path: String, below root: String) throws(HostError) -> AnchoredDirectory {
        guard root != "/" else { return try open(path) }
        let number = Glibc.open(root + path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", RawText(root + path)) }
        return AnchoredDirectory(OwnedDescriptor(owning: number), path: Array(path.utf8), pid: nil)
    }

    /// The path of an entry, for messages.
    package func path(of name: UnsafePointer<CChar>) -> RawText {
        var full = path
        if full.last != UInt8(ascii: "/") { full.append(UInt8(ascii: "/")) }
        full.append(contentsOf: UnsafeRawBufferPointer(start: name, count: strlen(name)))
        return RawText(full)
    }

    private func failure(_ operation: String, _ name: UnsafePointer<CChar>) -> HostError {
        let number = errno
        return HostError(errno: number, operation, path(of: name), pid: pid)
    }

    private func refuse(_ name: UnsafePointer<CChar>) -> HostError {
        HostError(
            .unexpectedType, "open", path(of: name), pid: pid,
            reason: "not a name of a single entry of this directory")
    }

    /// The same directory, with a descriptor of its own.
    package func reopened() throws(HostError) -> AnchoredDirectory {
        let number = openat(descriptor.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", RawText(path), pid: pid) }
        return AnchoredDirectory(OwnedDescriptor(owning: number), path: path, pid: pid)
    }

    /// Opens a directory in this one.
    package func directory(_ name: UnsafePointer<CChar>, pid: Int32? = nil) throws(HostError) -> AnchoredDirectory {
        guard Self.isSingleName(name) else { throw refuse(name) }
        let number = openat(descriptor.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", path(of: name), pid: pid ?? self.pid) }
        return AnchoredDirectory(OwnedDescriptor(owning: number), path: path(of: name).bytes, pid: pid ?? self.pid)
    }

    /// The status of an entry, of a link itself if it is one; never triggers an automount.
    package func status(_ name: UnsafePointer<CChar>) throws(HostError) -> stat {
        var status = stat()
        guard fstatat(descriptor.rawValue, name, &status, AT_SYMLINK_NOFOLLOW | Self.noAutomount) == 0 else {
            throw failure("stat", name)
        }
        return status
    }

    /// Opens a regular file in this directory, and only that.
    package func regularFile(
        _ name: UnsafePointer<CChar>, expecting identity: FileIdentity? = nil
    ) throws(HostError) -> OwnedDescriptor {
        guard Self.isSingleName(name) else { throw refuse(name) }
        return try RegularFile.open(name, at: descriptor.rawValue, pid: pid, expecting: identity) { path(of: name) }
    }

    /// Reads a regular file up to `limit` bytes into `buffer`, whose content it replaces; true if there was more.
    package func read(
        _ name: UnsafePointer<CChar>, limit: Int, into buffer: inout [UInt8]
    ) throws(HostError) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        let file = try regularFile(name)
        while true {
            // One byte over the limit shows whether there is more.
            let room = min(limit + 1 - buffer.count, max(4_096, buffer.count))
            if room <= 0 { break }
            var number: Int32 = 0
            let count = Self.append(from: file.rawValue, room: room, to: &buffer, error: &number)
            if number != 0 { throw HostError(errno: number, "read", path(of: name), pid: pid) }
            if count == 0 { break }
        }
        guard buffer.count > limit else { return false }
        buffer.removeLast(buffer.count - limit)
        return true
    }

    private static func append(
        from descriptor: Int32, room: Int, to buffer: inout [UInt8], error: inout Int32
    ) -> Int {
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: room))
        var count = -1
        buffer.withUnsafeMutableBytes { bytes in
            repeat {
                count = Glibc.read(descriptor, bytes.baseAddress.map { $0 + start }, room)
            } while count < 0 && errno == EINTR
        }
        if count < 0 { error = errno }
        buffer.removeLast(room - max(0, count))
        return max(0, count)
    }

    /// The text of a symbolic link, as data: it is never followed. Cut at 4,095 bytes, the longest that procfs gives.
    package func link(_ name: UnsafePointer<CChar>) throws(HostError) -> [UInt8] {
        var count = -1
        let target = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, used in
            guard let base = buffer.baseAddress else { return }
            count = readlinkat(descriptor.rawValue, name, UnsafeMutableRawPointer(base), buffer.count)
            used = max(0, count)
        }
        guard count >= 0 else { throw failure("readlink", name) }
        return target
    }

    /// Calls `body` with the name and the type hint (`d_type`) of each entry but `.` and `..`, until it returns false.
    package func forEachEntry<Failure: Error>(
        _ body: (UnsafePointer<CChar>, UInt8) throws(Failure) -> Bool
    ) throws(EntryLoopError<Failure>) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        // Looking leaves no trace where the kernel lets one do that (O_NOATIME, see `leaveAccessTime`).
        var number = openat(descriptor.rawValue, ".", flags | OwnedDescriptor.noAccessTime)
        if number < 0, errno == EPERM { number = openat(descriptor.rawValue, ".", flags) }
        guard number >= 0 else { throw .listing(HostError(errno: errno, "list", RawText(path), pid: pid)) }
        guard let stream = fdopendir(number) else {
            let code = errno
            close(number)
            throw .listing(HostError(errno: code, "list", RawText(path), pid: pid))
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno == 0 { return }
                throw .listing(HostError(errno: errno, "list", RawText(path), pid: pid))
            }
            let base = UnsafeRawPointer(entry)
            let name = (base + Self.nameOffset).assumingMemoryBound(to: CChar.self)
            if Self.isDot(name) { continue }
            do {
                guard try body(name, (base + Self.typeOffset).load(as: UInt8.self)) else { return }
            } catch {
                throw .body(error)
            }
        }
    }

    // <linux/fcntl.h>; not exported by Swift's Glibc module.
    private static var noAutomount: Int32 { 0x800 }
    // struct dirent of 64-bit Linux: d_ino, d_off, d_reclen, d_type, d_name.
    private static var typeOffset: Int { 18 }
    private static var nameOffset: Int { 19 }

    private static func isDot(_ name: UnsafePointer<CChar>) -> Bool {
        name[0] == 0x2E && (name[1] == 0 || (name[1] == 0x2E && name[2] == 0))
    }

    private static func isSingleName(_ name: UnsafePointer<CChar>) -> Bool {
        name[0] != 0 && !isDot(name) && strchr(name, 0x2F) == nil
    }
}

/// Why the loop over a directory ended early: the listing itself, or what was done with an entry.
package enum EntryLoopError<Failure: Error>: Error {
    case listing(HostError)
    case body(Failure)
}
