internal import Glibc

extension OwnedDescriptor {
    /// Has the kernel leave the file's access time as it is when it is read, where it lets one do that: to the file's owner, and
    /// with CAP_FOWNER. Source: open(2), O_NOATIME.
    public func leaveAccessTime() {
        let flags = fcntl(rawValue, F_GETFL)
        if flags >= 0 { _ = fcntl(rawValue, F_SETFL, flags | Self.noAccessTime) }
    }

    /// O_NOATIME of <asm-generic/fcntl.h>; not exported by Swift's Glibc module without _GNU_SOURCE.
    package static var noAccessTime: Int32 { 0o1000000 }
}
