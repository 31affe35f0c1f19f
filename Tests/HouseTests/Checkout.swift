import FoundationEssentials
import Glibc

/// The checkout that these tests were built from. Its own sources are the data of the tests, so they only run beside them.
enum Checkout {
    /// Absolute path; the folder above `Tests`, with symbolic links resolved.
    static let root: String = {
        let file = resolved(#filePath)
        return file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }()

    /// The text of a file, by its path below the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    /// Paths below the root of the files in `folder` and its subfolders, sorted; none if there is no such folder.
    static func files(below folder: String, suffix: String = "") throws -> [String] {
        var found: [String] = []
        for name in try names(in: folder) {
            let path = folder + "/" + name
            if isFolder(path) {
                found += try files(below: path, suffix: suffix)
            } else if name.hasSuffix(suffix) {
                found.append(path)
            }
        }
        return found
    }

    /// Names in a folder, sorted, without hidden ones; none if there is no such folder.
    static func names(in folder: String) throws -> [String] {
        guard isFolder(folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)
            .filter { !$0.hasPrefix(".") }
            .sorted()
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root + "/" + path)
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) && isFolder
    }

    static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root + "/" + path)
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
