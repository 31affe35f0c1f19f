import Foundation

/// `Package.swift` as the package manager reads it.
struct PackageManifest: Decodable {
    struct Target: Decodable {
        enum Kind: String, Decodable {
            case regular, executable, test, system, plugin, binary, macro
        }

        var name: String
        var type: Kind
        var dependencies: [Dependency]
    }

    /// A module that a target may import because the manifest says so.
    struct Dependency: Decodable {
        var name: String

        init(from decoder: any Decoder) throws {
            // {"byName": ["X", null]}, {"target": ["X", null]} or {"product": ["X", "package", …]}
            let members = try decoder.singleValueContainer().decode([String: [Lenient]].self)
            name = members.values.first?.first?.text ?? ""
        }
    }

    /// A string, or whatever else stands in its place.
    private struct Lenient: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    var targets: [Target]

    /// Asks `swift package dump-package`, in a scratch folder of its own: the tests run while the usual one is locked.
    static func read() throws -> PackageManifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "exhibit-house-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", Checkout.root, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(PackageManifest.self, from: json)
    }
}
