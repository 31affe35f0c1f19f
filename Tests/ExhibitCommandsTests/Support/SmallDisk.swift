import Foundation
import Testing

/// A file system of a few MiB, in memory.
enum SmallDisk {
    private static let possible = Shared {
        do {
            try await with(kibibytes: 64) { _ in }
            return true
        } catch {
            return false
        }
    }

    static func isPossible() async throws -> Bool { try await possible.value }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func with<Value>(kibibytes: Int, _ body: (String) async throws -> Value) async throws -> Value {
        let path = try Scratch.folder()
        let mounted = try await Tool.run(
            "mount", ["-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", path], mayFail: true)
        guard mounted.status == 0 else { throw Failure(description: "mounting a small disk: \(mounted.errors)") }
        do {
            let value = try await body(path)
            try await Tool.run("umount", ["-l", path])
            return value
        } catch {
            _ = try? await Tool.run("umount", ["-l", path], mayFail: true)
            throw error
        }
    }

    /// Uses up what is left, until a write fails.
    static func fill(_ folder: String) throws {
        guard FileManager.default.createFile(atPath: folder + "/filler", contents: nil) else { return }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/filler"))
        defer { try? file.close() }
        for size in [1 << 20, 1 << 12, 1] {
            let block = Data(count: size)
            while (try? file.write(contentsOf: block)) != nil {}
        }
    }
}
