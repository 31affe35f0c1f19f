import Foundation
import Glibc

/// Temporary folders of the tests.
enum Scratch {
    /// One folder for the whole run, removed when it ends.
    static let root: String = {
        let path = NSTemporaryDirectory().trimmingSuffix("/") + "/exhibit-commands-tests-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Scratch.root) }
        return path
    }()

    /// A new folder below ``root``.
    static func folder() throws -> String {
        let path = root + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A folder that is gone after `body`.
    static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = try folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}

enum Files {
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    static func write(_ text: String, to path: String) throws {
        try write(text.utf8, to: path)
    }

    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// Paths of all regular files below `folder`, without it, sorted.
    static func below(_ folder: String) throws -> [String] {
        let prefix = folder + "/"
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
            var status = stat()
            return lstat(prefix + $0, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }.sorted()
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        last == character ? String(dropLast()) : self
    }
}
