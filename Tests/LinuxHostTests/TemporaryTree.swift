import Glibc
import LinuxHost

/// A folder for one test, removed with all that is in it at the end.
final class TemporaryTree: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/linuxhost-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Missing() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        remove(path.utf8.map { CChar(bitPattern: $0) })
    }

    /// Depth-first, without following links.
    private static func remove(_ path: [CChar]) {
        chmodIfDirectory(path + [0])
        if let stream = opendirNoFollow(path + [0]) {
            var inner: [[CChar]] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
                }
                if name != [0x2E], name != [0x2E, 0x2E] { inner.append(path + [0x2F] + name) }
            }
            closedir(stream)
            for name in inner { remove(name) }
        }
        Glibc.remove(path + [0])
    }

    private static func chmodIfDirectory(_ path: [CChar]) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { chmod(path, 0o700) }
    }

    private static func opendirNoFollow(_ path: [CChar]) -> OpaquePointer? {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        return number >= 0 ? fdopendir(number) : nil
    }

    func make(directory name: String) {
        var partial = path
        for part in name.split(separator: "/") {
            partial += "/" + part
            mkdir(partial, 0o755)
        }
    }

    func write(_ name: String, _ text: String) {
        write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) {
        if let slash = name.lastIndex(of: "/") { make(directory: String(name[..<slash])) }
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        close(file)
    }

    func link(_ name: String, to target: String) {
        if let slash = name.lastIndex(of: "/") { make(directory: String(name[..<slash])) }
        symlink(target, path + "/" + name)
    }
}
