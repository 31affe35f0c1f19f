import Patterns
import TestSupport
import Testing

/// Line ends, against looking at each byte.
struct LineEndsTests {
    @Test
    func theyAreCountedInAnyRange() {
        var generator = SeededGenerator(seed: 3)
        // Bytes that are like an LF in some of their bits.
        let likely: [UInt8] = [0x0A, 0x0A, 0x8A, 0x0B, 0x09, 0x2A, 0x00, 0xFF, 0x4A, 0x80, 0x75, 0xF5]
        let text = (0..<5_000).map { _ in likely[generator.next(likely.count)] }
        let full = [UInt8](repeating: 0x0A, count: 20_000)
        text.withUnsafeBytes { bytes in
            for _ in 0..<500 {
                let start = generator.next(text.count)
                let end = start + generator.next(text.count - start + 1)
                #expect(bytes.lineEnds(in: start..<end) == text[start..<end].count { $0 == 0x0A })
                #expect(bytes.lastLineEnd(before: end) == text[..<end].lastIndex(of: 0x0A))
                #expect(bytes.lineEnd(from: start) == text[start...].firstIndex(of: 0x0A))
            }
        }
        full.withUnsafeBytes { #expect($0.lineEnds(in: 3..<20_000) == 19_997) }
        #expect(UnsafeRawBufferPointer(start: nil, count: 0).lineEnds(in: 0..<0) == 0)
    }
}
