import Collection
import CollectorSteps
import Foundation
import Glibc
import StructuredText

/// A root of a host that a test makes, and what a step brings of it.
struct HostRoot {
    let path: String

    static func with<Result>(_ body: (HostRoot) async throws -> Result) async throws -> Result {
        try await withFolder { try await body(HostRoot(path: $0)) }
    }

    func folder(_ name: String) {
        try? FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String) {
        write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) {
        if let slash = name.lastIndex(of: "/") { folder(String(name[..<slash])) }
        _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(bytes))
    }

    func link(_ name: String, to target: String) {
        if let slash = name.lastIndex(of: "/") { folder(String(name[..<slash])) }
        symlink(target, path + "/" + name)
    }

    func fifo(_ name: String) {
        if let slash = name.lastIndex(of: "/") { folder(String(name[..<slash])) }
        mkfifo(path + "/" + name, 0o600)
    }

    /// A file of a tebibyte without a byte in it.
    func sparse(_ name: String) {
        write(name, "")
        truncate(path + "/" + name, 1 << 40)
    }

    var options: HostCapture.Options {
        var options = HostCapture.Options()
        options.root = path
        return options
    }
}

extension StepResult {
    /// The records of an entry of JSON lines, below `data/`.
    func records(_ path: String) throws -> [JSONValue] {
        try (contents["data/" + path] ?? []).split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
    }

    /// Entries with this text in them.
    func entries(with text: String) -> [String] {
        contents.filter { String(decoding: $0.value, as: UTF8.self).contains(text) }.map(\.key)
    }
}
