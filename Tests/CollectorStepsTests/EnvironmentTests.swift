import CollectorSteps
import Foundation
import StructuredText
import Testing

/// Of an environment names are kept, and of values nothing but a keyed hash and a length.
struct EnvironmentTests {
    private static let key = CaseKey(bytes: Array(0..<32))

    private static func lines(_ environment: String) throws -> (values: [JSONValue], text: String) {
        let bytes = EnvironmentStep.lines(Array(environment.utf8), SecretRedactor(key: key))
        let values = try bytes.split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
        return (values, String(decoding: bytes, as: UTF8.self))
    }

    @Test
    func aLineForEachVariableInItsOrder() throws {
        let (values, text) = try Self.lines("PATH=/bin\0TOKEN=hunter2=hunter3\nmore\0EMPTY=\0")
        #expect(values.map { $0["name"]?.string } == ["PATH", "TOKEN", "EMPTY"])
        #expect(values.map { $0["bytes"]?.int } == [4, 20, 0])
        #expect(values[1]["value"]?.string == Self.key.token(for: Array("hunter2=hunter3\nmore".utf8)))
        for secret in ["hunter2", "hunter3", "more", "/bin"] { #expect(!text.contains(secret)) }
    }

    /// What stands there without `=` is no name: it could be the value that a program misplaced.
    @Test
    func whatHasNoNameIsAllValue() throws {
        let (values, text) = try Self.lines("hunter2\0=hunter2\0A=b")
        #expect(values.map { $0["name"]?.string } == ["", "", "A"])
        #expect(values[0]["value"]?.string == Self.key.token(for: Array("hunter2".utf8)))
        #expect(values[0]["value"] == values[1]["value"])
        #expect(!text.contains("hunter2"))
    }

    @Test
    func namesThatAreNoTextDoNotBreakTheLine() throws {
        var bytes = Array("A\n\u{1B}[2J".utf8) + [0xFF]
        bytes += Array("=x\0".utf8)
        let lines = EnvironmentStep.lines(bytes, SecretRedactor(key: Self.key))
        #expect(lines.filter { $0 == 0x0A }.count == 1)
        #expect(!lines.contains(0x1B))
        let value = try JSONValue(parsing: Array(lines.dropLast()))
        #expect(value["name"]?.string?.hasPrefix("A\n") == true)
    }
}
