internal import Glibc

/// `read(2)` without a throw, for use inside the closures that lend a buffer.
package enum SystemRead {
    /// Reads up to `buffer.count` bytes; 0 at the end. Retries when interrupted.
    package static func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, path: RawText
    ) -> Result<Int, HostError> {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return .success(count) }
            if errno != EINTR { return .failure(HostError(errno: errno, "read", path)) }
        }
    }
}
