internal import Glibc

/// A plain log file of the host.
public struct LogFile: Hashable, Sendable {
    /// Its absolute path as the host sees it.
    public let path: RawText
    /// In bytes, when it was found.
    public let size: UInt64
    public let modified: Timestamp
    public let identity: FileIdentity

    /// Opens it for reading, if it is still the file that was found.
    ///
    /// - Parameter root: the root file system, as given to ``LogFileList/find(root:names:)``.
    public func open(root: String = "/") throws(HostError) -> OwnedDescriptor {
        try RegularFile.open(path, root: root, expecting: identity)
    }
}

/// Finds the plain log files of the host: those that a syslog daemon writes, with their rotated predecessors.
public enum LogFileList {
    /// The names that are looked for in `/var/log`.
    public static let defaultNames = [
        "syslog", "messages", "auth.log", "secure", "kern.log", "cron", "cron.log", "daemon.log",
    ]

    /// Finds the files with these names in `/var/log` and their rotated predecessors (`syslog.1`, `syslog.2.gz`,
    /// `messages-20261101`), sorted by path. Links and other types of files are left out.
    ///
    /// - Throws: ``HostError`` if there is no `/var/log` that can be read.
    public static func find(root: String = "/", names: [String] = defaultNames) throws(HostError) -> [LogFile] {
        let log = try AnchoredDirectory.open(root).directory("var").directory("log")
        var files: [LogFile] = []
        do {
            try log.forEachEntry { name, _ in
                let text = String(cString: name)
                guard names.contains(where: { isMember(text, of: $0) }), let status = try? log.status(name),
                    FileKind(mode: status.st_mode) == .regular
                else { return true }
                files.append(
                    LogFile(
                        path: RawText("/var/log/" + text), size: UInt64(max(0, status.st_size)),
                        modified: Timestamp(status.st_mtim), identity: FileIdentity(status)))
                return files.count < 1_000
            }
        } catch {
            switch error {
            case .listing(let failure): throw failure
            }
        }
        return files.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
    }

    /// The name itself, or with `.` or `-` and a digit after it.
    private static func isMember(_ file: String, of name: String) -> Bool {
        guard file.hasPrefix(name) else { return false }
        let rest = Array(file.utf8.dropFirst(name.utf8.count))
        if rest.isEmpty { return true }
        return rest.count >= 2 && (rest[0] == UInt8(ascii: ".") || rest[0] == UInt8(ascii: "-"))
            && (0x30...0x39).contains(rest[1])
    }
}

extension LogFile: FieldRecord {
    public static let fieldNames = ["path", "size", "mtime", "inode", "device"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("size", .unsigned(size))
        writer.field("mtime", .time(modified))
        writer.field("inode", .unsigned(identity.inode))
        writer.field("device", .unsigned(identity.device))
    }
}
