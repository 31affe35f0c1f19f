import Foundation
import Inspection
import Synchronization

/// Captures that other projects wrote, outside of this project.
enum Fixtures {
    static let folder = (ProcessInfo.processInfo.environment["EXHIBIT_FIXTURES"] ?? "../shared/fixtures") + "/foreign"
    static var areThere: Bool { FileManager.default.fileExists(atPath: folder) }

    static func path(_ name: String) -> String { folder + "/" + name }
}

/// A folder of its own for one test, removed when the test is done.
final class TestFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/exhibit-inspection-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let path = file(name)
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Runs a command of `sh` in this folder, with the arguments as `$1` and so on; its exit status.
    @discardableResult
    func shell(_ script: String, _ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script, "sh"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// What a pass over all files of a capture gives.
final class ReadAll: Sendable {
    private let read = Mutex<[String: (bytes: [UInt8], problem: String?)]>([:])

    init(_ capture: any Capture) async throws {
        try await capture.read { file in Taker(file.path, self) }
    }

    var files: [String: [UInt8]] { read.withLock { $0.mapValues(\.bytes) } }
    var problems: [String: String] { read.withLock { $0.compactMapValues(\.problem) } }

    private final class Taker: FileVisitor {
        private let path: String
        private let all: ReadAll
        private let bytes = Mutex<[UInt8]>([])

        init(_ path: String, _ all: ReadAll) {
            self.path = path
            self.all = all
        }

        func take(_ piece: ArraySlice<UInt8>) { bytes.withLock { $0 += piece } }

        func end(_ problem: String?) {
            let bytes = bytes.withLock { $0 }
            all.read.withLock { $0[path] = (bytes, problem) }
        }
    }
}

extension ForeignCapture {
    func list() async throws -> [CapturedFile] {
        var all: [CapturedFile] = []
        try await files { all.append($0) }
        return all
    }

    /// Paths of files by what they hold: `objects`, `log` or `other`.
    func paths(holding word: String) async throws -> [String] {
        try await list().filter { file in
            switch role(of: file) {
            case .objects: word == "objects"
            case .log: word == "log"
            case .other: word == "other"
            }
        }.map(\.path)
    }
}
