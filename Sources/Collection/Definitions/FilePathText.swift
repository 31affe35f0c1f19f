/// Paths and patterns of files that are to be copied, as definitions and values of parameters give them.
public enum FilePathText {
    /// Paths of one step.
    public static let maxPaths = 32
    /// Bytes of a path: a quarter of what Linux lets one have (PATH_MAX), so that 32 of them fit one command.
    public static let maxBytes = 1_024
    /// What the kernel makes up, and devices: reading them tells of no file, and may not end.
    public static let refusedFolders = ["/proc", "/sys", "/dev"]

    /// An absolute path without empty components and without a slash at its end; nil when it is none, or is not to be copied.
    public static func normalised(_ text: String) -> String? {
        guard objection(toPath: text) == nil else { return nil }
        return "/" + components(text).joined(separator: "/")
    }

    /// Whether a normalised path is one of these folders, or in one.
    public static func lies(_ path: String, in folders: [String]) -> Bool {
        folders.contains { $0 == "/" || path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Why a text is no such path, as the end of a sentence that begins with what it is for; nil when it is one.
    static func objection(toPath text: String) -> String? {
        let words = "must be an absolute path, as /var/log/app"
        guard text.hasPrefix("/") else { return words }
        guard text.utf8.count <= maxBytes else { return "\(words), of at most \(maxBytes) bytes" }
        guard !text.utf8.contains(0) else { return "must not have a NUL in it" }
        let names = components(text)
        guard !names.contains("."), !names.contains("..") else { return "\(words), without . and .. in it" }
        guard !lies("/" + names.joined(separator: "/"), in: refusedFolders) else {
            return "must not lie in \(refusedFolders.joined(separator: ", ")), which have no files to copy"
        }
        return nil
    }

    /// Why a text is no pattern for the last component of a path; nil when it is one. `*` and `?` mean the same everywhere; what
    /// else `find` and fnmatch(3) know does not.
    static func objection(toPattern text: String) -> String? {
        guard (1...255).contains(text.utf8.count), !text.utf8.contains(where: { $0 == 0 || $0 == 0x2F }) else {
            return "must be a pattern of file names, as *.log, of at most 255 bytes and without /"
        }
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "\\") }) else {
            return "must be a pattern with * and ? only: [ and \\ are not among what it can have"
        }
        return nil
    }

    private static func components(_ text: String) -> [Substring] { text.split(separator: "/") }
}
