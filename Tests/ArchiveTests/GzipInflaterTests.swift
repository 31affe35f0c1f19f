import Archive
import Testing

/// gzip files as their bytes come, good and bad.
struct GzipInflaterTests {
    private func inflate(
        _ file: [UInt8], pieces: Int = 7, _ limits: GzipInflater.Limits = .init()
    ) throws -> (text: [UInt8], problem: String?) {
        let inflater = try GzipInflater(limits)
        var text: [UInt8] = []
        var rest = file[...]
        while !rest.isEmpty {
            try inflater.push(rest.prefix(pieces)) { text += $0 }
            rest = rest.dropFirst(pieces)
        }
        return (text, inflater.finish())
    }

    private func member(_ text: String) -> [UInt8] { GzipPart(stored: Array(text.utf8)).bytes }

    @Test(arguments: [1, 3, 64, 1 << 20])
    func membersFollowEachOther(pieces: Int) throws {
        let file = member("one\n") + member("two\n") + [0, 0, 0]
        let (text, problem) = try inflate(file, pieces: pieces)
        #expect(String(decoding: text, as: UTF8.self) == "one\ntwo\n")
        #expect(problem == nil)
    }

    @Test func whatAToolCompressedIsReadWhole() throws {
        let scratch = Scratch()
        let text = (0..<300_000).flatMap { Array("line \($0)\n".utf8) }
        let path = scratch.write(text, to: "log")
        #expect(run("gzip", "-9", path) == 0)
        let file = contents(of: path + ".gz")
        for pieces in [1 << 16, file.count] {
            let (found, problem) = try inflate(file, pieces: pieces)
            #expect(found == text)
            #expect(problem == nil)
        }
    }

    @Test func everyBeginningIsSaidToBeCut() throws {
        let file = member("a log that is cut\n")
        for count in 1..<file.count {
            let (text, problem) = try inflate(Array(file[..<count]))
            #expect(problem != nil, "\(count)")
            #expect("a log that is cut\n".utf8.starts(with: text))
        }
        #expect(try inflate([]).problem != nil)
    }

    @Test func whatIsNotGzipIsSaid() throws {
        #expect(try inflate(Array("2026 plain text\n".utf8)).problem?.contains("not gzip") == true)
        #expect(try inflate(member("x") + Array("tail".utf8)).problem != nil)
        #expect(try inflate(member("x") + [0, 0] + member("y")).problem?.contains("behind its end") == true)
        var wrong = member("a log\n")
        wrong[wrong.count - 6] ^= 1
        #expect(try inflate(wrong).problem?.contains("damaged") == true)
    }

    @Test func aBombIsDefused() throws {
        let scratch = Scratch()
        let path = scratch.write([UInt8](repeating: 0x41, count: 40 << 20), to: "bomb")
        #expect(run("gzip", path) == 0)
        let file = contents(of: path + ".gz")
        var limits = GzipInflater.Limits()
        limits.bytes = 1 << 20
        let (text, problem) = try inflate(file, pieces: 1 << 16, limits)
        #expect(text.count <= 2 << 20)
        #expect(problem?.contains("more than 1048576 bytes") == true)
        limits = GzipInflater.Limits()
        limits.freely = 1 << 20
        limits.ratio = 10
        let (some, why) = try inflate(file, pieces: 1 << 16, limits)
        #expect(some.count <= 2 << 20)
        #expect(why?.contains("the rest is not read") == true)
    }
}
