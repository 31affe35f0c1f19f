import Collection
import CollectorSteps
import Cryptography
import Testing

@Suite("Frames between the operator's side and a node agent")
struct AgentFrameTests {
    @Test("Frames come out as they went in, however the bytes are cut", arguments: [1, 2, 3, 5, 64, 1_000_000])
    func pieces(size: Int) throws {
        let frames = [
            AgentFrame(.hello, Array(#"{"a":1}"#.utf8)), AgentFrame(.alive), AgentFrame(.data, [0, 0, 0, 1] + [7, 8]),
            AgentFrame(.done, [UInt8](repeating: 9, count: 100_000)),
        ]
        let wire = frames.flatMap(\.encoded)
        var reader = AgentFrameReader()
        var read: [AgentFrame] = []
        for start in stride(from: 0, to: wire.count, by: size) {
            reader.push(wire[start..<min(wire.count, start + size)])
            while let frame = try reader.next() { read.append(frame) }
        }
        #expect(read == frames)
        #expect(!reader.isInFrame)
    }

    @Test("A length that lies, or a kind that is unknown, ends the conversation")
    func lies() throws {
        for bytes: [UInt8] in [
            [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 17], [0, 0x40, 0, 1, 17], [0, 0, 0, 1, 99], [0, 0, 0, 1, 0],
        ] {
            var reader = AgentFrameReader()
            reader.push(bytes[...])
            #expect(throws: AgentProtocolError.self) { try reader.next() }
        }
    }

    @Test("What is cut off is no frame yet")
    func cut() throws {
        let whole = AgentFrame(.done, Array("abc".utf8)).encoded
        for count in 0..<whole.count {
            var reader = AgentFrameReader()
            reader.push(whole[..<count])
            #expect(try reader.next() == nil)
            #expect(reader.isInFrame == (count > 0))
        }
    }

    @Test("Names of entries may be any bytes; none is empty")
    func names() throws {
        let path: [[UInt8]] = [Array("a/b".utf8), [0xFF, 0x0A, 0x00], Array("..".utf8)]
        let frame = AgentReply.open(AgentEntry(number: 7, path: path, media: .jsonLines)).frame
        guard case .open(let entry) = try AgentReply(frame) else { return #expect(Bool(false)) }
        #expect(entry.path == path)
        #expect(entry.media == .jsonLines)
        for json in [
            #"{"path":[],"media":"text/plain"}"#, #"{"path":[""],"media":"text/plain"}"#,
            #"{"path":["6"],"media":"text/plain"}"#, #"{"path":["+1"],"media":"text/plain"}"#,
            #"{"path":["61"],"media":"text/html"}"#, #"{"path":["61"]}"#, "[]", "",
        ] {
            #expect(throws: AgentProtocolError.self, "\(json)") {
                try AgentReply(AgentFrame(.open, [0, 0, 0, 1] + Array(json.utf8)))
            }
        }
    }

    @Test("No bytes crash the reader of replies or of jobs")
    func anything() throws {
        var generator = SystemRandomNumberGenerator()
        let kinds: [AgentFrame.Kind] = [.run, .alive, .hello, .open, .data, .close, .drop, .done, .packed]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...60, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for kind in kinds { _ = try? AgentReply(AgentFrame(kind, bytes)) }
            _ = try? AgentJob(bytes)
        }
    }

    @Test("An agent of another protocol is refused with what to do")
    func version() throws {
        let error = #expect(throws: AgentProtocolError.self) {
            try AgentReply(AgentFrame(.hello, Array(#"{"protocol":1,"version":"9"}"#.utf8)))
        }
        #expect(error?.reason.contains("use an image of the same version") == true)
    }

    @Test("An image is named by its digest, or not at all")
    func image() {
        let digest = "@sha256:" + String(repeating: "0a", count: 32)
        #expect(AgentPolicy.hasDigest("registry.example.org/exhibit" + digest))
        for image in [
            "exhibit:1", "exhibit@sha256:abc", digest, "a b" + digest, "exhibit" + digest.uppercased(),
            "exhibit" + digest + "0",
        ] {
            #expect(!AgentPolicy.hasDigest(image), "\(image)")
        }
    }
}
