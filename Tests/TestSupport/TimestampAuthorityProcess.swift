import Foundation

/// A time stamp authority behind HTTP, which `openssl ts` answers for (`authority.py`), in a folder of its own, until this
/// goes away. Its paths go wrong in one way each; `good` does not.
public final class TimestampAuthorityProcess {
    struct Failure: Error {}

    /// Holds its keys; ``root`` among them.
    public let folder: String
    public let port: Int
    private let process = Process()
    private let input = Pipe()

    public static let isPossible = ["/usr/bin/python3", "/usr/bin/openssl"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    public init(tls: (certificate: String, key: String)? = nil) throws {
        folder = NSTemporaryDirectory() + "exhibit-tsa-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("authority.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script.path, folder] + (tls.map { [$0.certificate, $0.key] } ?? [])
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        var line = Data()
        while !line.contains(0x0A) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            line += more
        }
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let port = Int(text) else { throw Failure() }
        self.port = port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends in a slash.
    public var url: String { "http://127.0.0.1:\(port)/" }
    /// PEM of the authority's root.
    public var root: String { folder + "/tsa-root.pem" }
}
