internal import Glibc

/// The files of the systemd journal, as far as it can be told what `journalctl` may not read: it says so on a terminal
/// only, if at all, and ends with status 0.
public struct JournalFileList: Hashable, Sendable {
    /// Where journald(8) keeps them, each in a folder named after the machine.
    public static let folders = ["/run/log/journal", "/var/log/journal"]

    /// How many there are.
    public private(set) var count = 0
    /// How many of them this process may not open, and folders that it may not list.
    public private(set) var unreadable = 0
    /// One of those.
    public private(set) var example: RawText?

    /// Where they are, with their size and when they were last written to; as many as count.
    public private(set) var files: [LogFile] = []

    private let machine: String?

    private init(machine: String?) {
        self.machine = machine
    }

    /// Looks into the folders, and into those in them that are this machine's, which are the ones that `journalctl` shows.
    ///
    /// - Parameters:
    ///   - machine: the machine's ID; nil takes every folder.
    ///   - root: where the host's root directory is.
    public static func find(in folders: [String], machine: String?, root: String = "/") -> JournalFileList {
        var list = JournalFileList(machine: machine)
        for folder in folders {
            do {
                try list.add(AnchoredDirectory.open(folder, below: root), depth: 0)
            } catch {
                list.note(error, RawText(folder))
            }
        }
        return list
    }

    /// The same for this machine's, by machine-id(5).
    public static func find(in folders: [String] = folders, root: String = "/") -> JournalFileList {
        find(in: folders, machine: machineID(root: root), root: root)
    }

    private mutating func add(_ folder: borrowing AnchoredDirectory, depth: Int) {
        do {
            try folder.forEachEntry { (name, _) throws(Never) in
                let text = String(cString: name)
                if text.hasSuffix(".journal") || text.hasSuffix(".journal~") {
                    count += 1
                    if let status = try? folder.status(name), FileKind(mode: status.st_mode) == .regular {
                        files.append(
                            LogFile(
                                path: folder.path(of: name), size: UInt64(max(0, status.st_size)),
                                modified: Timestamp(status.st_mtim), identity: FileIdentity(status)))
                    }
                    if faccessat(folder.descriptor.rawValue, name, R_OK, AT_EACCESS) != 0 {
                        note(HostError(errno: errno, "open", folder.path(of: name)), folder.path(of: name))
                    }
                } else if depth == 0, machine.map({ $0 == text }) ?? true, let status = try? folder.status(name),
                    FileKind(mode: status.st_mode) == .directory
                {
                    do {
                        try add(folder.directory(name), depth: 1)
                    } catch {
                        note(error, folder.path(of: name))
                    }
                }
                return count < 100_000
            }
        } catch {
            if case EntryLoopError<Never>.listing(let failure) = error { note(failure, RawText(folder.path)) }
        }
    }

    /// Nil when there is none.
    public static func machineID(root: String = "/") -> String? {
        guard let folder = try? AnchoredDirectory.open("/etc", below: root) else { return nil }
        var bytes: [UInt8] = []
        guard (try? folder.read("machine-id", limit: 64, into: &bytes)) != nil else { return nil }
        let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    private mutating func note(_ error: any Error, _ path: RawText) {
        guard let error = error as? HostError, error.code == .permissionDenied else { return }
        unreadable += 1
        example = example ?? path
    }
}
