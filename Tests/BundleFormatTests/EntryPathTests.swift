import BundleFormat
import TestSupport
import Testing

@Suite struct EntryPathTests {
    @Test func whatAWriterMakesAReaderAccepts() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let components = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                let length = [0, 1, 2, 3, 20, 90, 255, 300].randomElement(using: &generator) ?? 1
                let bytes: [UInt8] =
                    Bool.random(using: &generator)
                    ? [0x2E, 0x61, 0x3D, 0x2F] : Array(0...255)
                return (0..<length).map { _ in bytes.randomElement(using: &generator) ?? 0 }
            }
            let path = EntryPath(sourceComponents: components)
            #expect(try EntryPath(path.rawValue) == path)
            #expect(path.rawValue.utf8.count <= 1_000)
        }
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a b", "a=", "a=4", "a=2e", "a=41", "a=2E", "=2Ex",
        "a=2Fb=",
        "a=~0123", "a=~0123456789ABCDEF", "a%20b", "a\\b", "a\"b", "café", "a\u{0}b", "a\nb", "a*b",
        String(repeating: "x", count: 256), String(repeating: "xxxxxxxxx/", count: 100) + "x",
    ])
    func refused(path: String) {
        #expect(throws: FormatError.self) { try EntryPath(path) }
    }

    @Test(arguments: [
        "a", "data/a=20b", "=2E", "=2E.", "a/=2E/b", "data/x=~0123456789abcdef.yaml", "=~0123456789abcdef",
        "=2E=~0123456789abcdef", "=2E=~0123456789abcdef.", "a=~0123456789abcdef=~0123456789abcdef", "...",
        "a:b@c!#$&()+,;[]^{}~",
    ])
    func accepted(path: String) throws {
        #expect(try EntryPath(path).rawValue == path)
    }

    @Test func isInsideAsksForAWholeComponent() throws {
        #expect(try EntryPath("data/a").isInside("data"))
        #expect(try !EntryPath("database/a").isInside("data"))
        #expect(try !EntryPath("data").isInside("data"))
    }
}

@Suite struct EntryPathAllocatorTests {
    private func bytes(_ path: String) -> [[UInt8]] {
        path.split(separator: "/").map { Array($0.utf8) }
    }

    @Test func aPathIsGivenOutOnce() throws {
        var allocator = EntryPathAllocator()
        let first = allocator.allocate(bytes("data/a.log"), attempt: 1)
        let second = allocator.allocate(bytes("data/a.log"), attempt: 2)
        let folded = allocator.allocate(bytes("DATA/A.LOG"), attempt: 3)
        #expect(first.path.rawValue == "data/a.log")
        #expect(first.sourceNames == nil)
        #expect(second.path.rawValue.hasPrefix("data/a=~"))
        #expect(second.path.rawValue.hasSuffix(".log"))
        #expect(second.sourceNames == [SourceName(Array("data".utf8)), SourceName(Array("a.log".utf8))])
        #expect(folded.path.rawValue.hasPrefix("DATA/A=~"))
    }

    @Test func theSameAttemptMayAskTwice() {
        var allocator = EntryPathAllocator()
        let paths = (0..<5).map { _ in allocator.allocate(bytes("data/x"), attempt: 1).path }
        #expect(Set(paths).count == 5)
    }

    @Test func aFileAndAFolderDoNotShareAName() {
        var allocator = EntryPathAllocator()
        _ = allocator.allocate(bytes("data/a/b"), attempt: 1)
        let folder = allocator.allocate(bytes("data/a"), attempt: 2).path
        #expect(folder.rawValue.hasPrefix("data/a=~"))
        _ = allocator.allocate(bytes("data/f"), attempt: 3)
        let inside = allocator.allocate(bytes("data/F/x"), attempt: 4).path
        let beside = allocator.allocate(bytes("data/F/y"), attempt: 4).path
        #expect(inside.rawValue.hasPrefix("data/F=~"))
        #expect(inside.components.dropLast() == beside.components.dropLast())
        #expect(inside.rawValue.hasSuffix("/x"))
    }

    @Test func anyNamesStayUniqueAndValid() throws {
        var allocator = EntryPathAllocator()
        var generator = SeededGenerator(seed: 7)
        var folded: Set<String> = []
        var folders: Set<String> = []
        for attempt in 0..<3_000 {
            let components = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                ["a", "A", "b", "", ".", String(repeating: "q", count: 254), "x.y"].randomElement(using: &generator)
                    ?? ""
            }
            let path = allocator.allocate([Array("data".utf8)] + components.map { Array($0.utf8) }, attempt: attempt)
                .path
            let text = try EntryPath(path.rawValue).rawValue.lowercased()
            #expect(folded.insert(text).inserted)
            var prefix = text
            while let slash = prefix.lastIndex(of: "/") {
                prefix = String(prefix[..<slash])
                folders.insert(prefix)
            }
        }
        #expect(folded.isDisjoint(with: folders))
    }
}
