#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads a small file whole, or says why not. A pipe is fine: shells make kubeconfigs with `<(…)`.
enum BoundedFile {
    struct Failure: Error {
        let reason: String
        let isMissing: Bool
    }

    /// How often a pipe that has nothing yet is asked again, every 10 ms.
    private static let maxWaits = 1_000

    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw Failure(reason: "the path is empty or has a zero byte", isMissing: false)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let number = errno
            throw Failure(reason: text(number), isMissing: number == ENOENT || number == ENOTDIR)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var waits = 0
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = systemRead(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                if errno == EAGAIN, waits < maxWaits {
                    waits += 1
                    usleep(10_000)
                    continue
                }
                throw Failure(reason: errno == EISDIR ? "it is a folder, not a file" : text(errno), isMissing: false)
            }
            guard bytes.count + count <= limit else {
                throw Failure(reason: "it is larger than \(limit) bytes", isMissing: false)
            }
            bytes += chunk[..<count]
        }
    }

    private static func text(_ number: Int32) -> String {
        switch number {
        case ENOENT: "there is no such file"
        case EACCES: "permission denied"
        default: String(cString: strerror(number))
        }
    }
}

/// `read(2)`, which the name of the function above hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
