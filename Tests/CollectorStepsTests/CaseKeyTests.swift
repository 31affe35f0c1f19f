import CollectorSteps
import Foundation
import Testing

struct CaseKeyTests {
    private static func mode(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    private static func write(_ text: String, to path: String, mode: Int = 0o600) {
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    }

    private static let digits = String(repeating: "0aF9", count: 16)

    @Test
    func isMadeForItsOwnerOnlyAndFoundAgain() async throws {
        try await withFolder { folder in
            let path = folder + "/config/exhibit/case.key"
            let made = try CaseKey.loadOrCreate(path: path)
            #expect(try Self.mode(path) == 0o600)
            #expect(try Self.mode(folder + "/config") == 0o700)
            #expect(try Self.mode(folder + "/config/exhibit") == 0o700)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.count == 65 && text.hasSuffix("\n"))
            let found = try CaseKey.loadOrCreate(path: path)
            let value = Array("hunter2".utf8)
            #expect(found.token(for: value) == made.token(for: value))
            #expect(found.token(for: value) != found.token(for: value + [0]))
            #expect(try CaseKey.loadOrCreate(path: folder + "/other").token(for: value) != made.token(for: value))
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o610])
    func isRefusedWhenOthersMayReadIt(_ mode: Int) async throws {
        try await withFolder { folder in
            Self.write(Self.digits + "\n", to: folder + "/key", mode: mode)
            let error = #expect(throws: CaseKeyError.self) { try CaseKey.loadOrCreate(path: folder + "/key") }
            #expect(error?.description.contains("chmod 600") == true)
        }
    }

    @Test
    func neverThroughALinkNorFromWhatIsNoFile() async throws {
        try await withFolder { folder in
            Self.write(Self.digits + "\n", to: folder + "/real")
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/real")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/dangling", withDestinationPath: folder + "/nothing")
            mkfifo(folder + "/fifo", 0o600)
            for name in ["link", "dangling", "fifo", ""] {
                #expect(throws: CaseKeyError.self) { try CaseKey.loadOrCreate(path: folder + "/" + name) }
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/nothing"))
            _ = try CaseKey.loadOrCreate(path: folder + "/real")
        }
    }

    @Test
    func garbageIsNoKey() async throws {
        try await withFolder { folder in
            for text in [
                "", "\n", Self.digits, Self.digits + "\n\n", Self.digits + "0\n",
                String(Self.digits.dropLast()) + "g\n", Self.digits + " ",
            ] {
                try? FileManager.default.removeItem(atPath: folder + "/key")
                Self.write(text, to: folder + "/key")
                #expect(throws: CaseKeyError.self, "\(text.debugDescription)") {
                    try CaseKey.loadOrCreate(path: folder + "/key")
                }
                #expect(FileManager.default.contents(atPath: folder + "/key") == Data(text.utf8), "it is not replaced")
            }
        }
    }
}
