internal import Collection
internal import StructuredText

/// An example of a rule as a capture: objects and logs are its files.
struct ExampleCapture: Capture {
    var kind: CaptureKind { .mustGather }

    private let contents: [(file: CapturedFile, role: FileRole, bytes: [UInt8])]

    init(_ example: FindingExample) {
        var contents: [(CapturedFile, FileRole, [UInt8])] = []
        for object in example.objects {
            let bytes = object.serialized()
            contents.append(
                (
                    CapturedFile(
                        path: "objects/\(contents.count).json", size: UInt64(bytes.count), ordinal: contents.count),
                    .objects(.json), bytes
                ))
        }
        for (place, text) in example.logs.sorted(by: { $0.key < $1.key }) {
            let parts = place.split(separator: "/").map(String.init)
            guard parts.count == 3 else { continue }
            let bytes = Array(text.utf8)
            contents.append(
                (
                    CapturedFile(path: "logs/\(place).log", size: UInt64(bytes.count), ordinal: contents.count),
                    .log(LogPlace(namespace: parts[0], pod: parts[1], container: parts[2], stream: .current)), bytes
                ))
        }
        self.contents = contents
    }

    func role(of file: CapturedFile) -> FileRole {
        contents.indices.contains(file.ordinal) ? contents[file.ordinal].role : .other
    }

    func files(_ body: (CapturedFile) throws -> Void) async throws {
        for content in contents { try body(content.file) }
    }

    func read(_ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws {
        for content in contents {
            guard let visitor = try visitor(content.file) else { continue }
            do {
                try visitor.take(content.bytes[...])
                try visitor.end(nil)
            } catch is EnoughOfFile {
            }
        }
    }
}
