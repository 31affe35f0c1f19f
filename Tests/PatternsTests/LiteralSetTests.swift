import Patterns
import TestSupport
import Testing

/// Against looking for each literal by itself.
struct LiteralSetTests {
    private struct Hit: Hashable {
        let literal: Int
        let place: Range<Int>
    }

    private static func lowered(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func one(
        _ literals: [LiteralSet.Literal], _ text: [UInt8], _ starts: Range<Int>
    ) -> Set<Hit> {
        var hits: Set<Hit> = []
        for (number, literal) in literals.enumerated() {
            let count = literal.bytes.count
            for start in starts where start + count <= text.count {
                let found = text[start..<start + count]
                let split = start + literal.caselessBytes
                let isSame =
                    lowered(found[..<split]) == lowered(literal.bytes[..<literal.caselessBytes])
                    && found[split...].elementsEqual(literal.bytes[literal.caselessBytes...])
                if isSame { hits.insert(Hit(literal: number, place: start..<start + count)) }
            }
        }
        return hits
    }

    private static func all(_ literals: [LiteralSet.Literal], _ text: [UInt8], _ starts: Range<Int>) -> [Hit] {
        var hits: [Hit] = []
        text.withUnsafeBytes { bytes in
            LiteralSet(literals).find(in: bytes, beginning: starts) { hits.append(Hit(literal: $0, place: $1)) }
        }
        return hits
    }

    @Test(arguments: [1, 2, 30, 500])
    func whatIsFoundIsWhatEachFindsByItself(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        // Few letters, so that much is found, and much overlaps.
        func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in Array("aAbB.\n@`".utf8 + [0, 0xFF])[Int.random(in: 0..<10, using: &generator)] }
        }
        for _ in 0..<20 {
            let literals = (0..<count).map { _ in
                let length = Int.random(in: 3...11, using: &generator)
                return LiteralSet.Literal(
                    bytes(length), caselessBytes: Int.random(in: 0...length, using: &generator))
            }
            var text = bytes(Int.random(in: 0...200, using: &generator))
            for literal in literals.prefix(10) { text += literal.bytes + bytes(1) }
            let first = Int.random(in: 0...text.count, using: &generator)
            let starts = first..<Int.random(in: first...text.count, using: &generator)
            let found = Self.all(literals, text, starts)
            #expect(Set(found) == Self.one(literals, text, starts))
            #expect(Set(found).count == found.count)
        }
    }

    @Test
    func longLiteralsAndManyOfTheSameBeginningAreFound() {
        let beginning = String(repeating: "https://a.example/", count: 200)
        let literals = (0..<1_000).map { LiteralSet.Literal(Array("\(beginning)\($0)!".utf8)) }
        let text = Array("x\(beginning)77!y".utf8)
        #expect(Self.all(literals, text, 0..<text.count) == [Hit(literal: 77, place: 1..<text.count - 1)])
    }

    @Test
    func nothingIsFoundOfNothing() {
        #expect(Self.all([], Array("text".utf8), 0..<4).isEmpty)
        #expect(Self.all([LiteralSet.Literal(Array("text".utf8))], [], 0..<0).isEmpty)
        #expect(Self.all([LiteralSet.Literal(Array("text".utf8))], Array("tex".utf8), 0..<3).isEmpty)
    }
}
