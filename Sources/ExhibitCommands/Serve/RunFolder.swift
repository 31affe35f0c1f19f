internal import FoundationEssentials
internal import Glibc

/// A folder for one run that only its owner can look into: the kubeconfig, what clients keep, and start files of shells. It goes away
/// with all that is in it; where that could not be (kill -9), the next run removes it.
struct RunFolder: Sendable {
    let path: String

    /// In `$XDG_RUNTIME_DIR`, which is in memory, else `$TMPDIR`, else `/tmp`.
    ///
    /// - Throws: `RenderingFailure`.
    init() throws {
        // Not one with a colon in it: to kubectl that parts two files, and what it then finds may be another cluster.
        let parent =
            ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap(OperatorVariable.value)
            .first { path in
                var status = stat()
                return path.hasPrefix("/") && !path.contains(":") && stat(path, &status) == 0
                    && status.st_mode & S_IFMT == S_IFDIR && access(path, W_OK | X_OK) == 0
            } ?? "/tmp"
        var template = Array("\(parent)/exhibit-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw RenderingFailure(
                .outputNotWritable,
                "making a folder for the kubeconfig in \(parent): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The descriptor stays open, and the folder locked, for as long as this program lives.
        _ = Self.locked(path)
        Self.removeLeft(in: parent)
    }

    /// A descriptor that has the lock; nil where another has it, or it is no folder of ours.
    private static func locked(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o7777 == 0o700,
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Folders of runs that ended without removing theirs. One that has a kubeconfig was locked before that was written.
    private static func removeLeft(in parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            let left = "\(parent)/\(name)"
            guard name.hasPrefix("exhibit-"), name.utf8.count == 14, access("\(left)/kubeconfig", F_OK) == 0,
                let descriptor = locked(left)
            else { continue }
            try? FileManager.default.removeItem(atPath: left)
            close(descriptor)
        }
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A file that is made, for its owner alone, and goes away again. None is ever replaced.
struct OwnFile: Sendable {
    let path: String
    private let device: dev_t
    private let number: ino_t

    /// - Throws: `RenderingFailure`.
    init(_ text: String, at path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw RenderingFailure(
                errno == EEXIST ? .outputExists : .outputNotWritable,
                "writing \(path): \(errno == EEXIST ? "it is there already, and nothing is replaced" : String(cString: strerror(errno)))"
            )
        }
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        self.path = path
        device = status.st_dev
        number = status.st_ino
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = RenderingOutput.Failure(number: errno)
                unlink(path)
                throw RenderingFailure(
                    failure.isFull ? .diskFull : .outputNotWritable,
                    "writing \(path): \(String(cString: strerror(failure.number)))")
            }
            rest = rest.dropFirst(count)
        }
    }

    /// What somebody put in its place stays.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == number else { return }
        unlink(path)
    }
}

/// A variable of the operator's environment.
enum OperatorVariable {
    static func value(_ name: String) -> String? {
        guard let text = getenv(name) else { return nil }
        return String(cString: text)
    }
}
