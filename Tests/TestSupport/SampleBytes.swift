/// Content by the million bytes. It is made here, as tests themselves are compiled without optimisation.
public enum SampleBytes {
    /// What nothing makes smaller.
    public static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = next(after: state)
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    /// Lines with their number and a word that differs.
    public static func text(_ lines: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<lines).flatMap { number -> [UInt8] in
            state = next(after: state)
            return Array("line \(number) \(String(state, radix: 36))\n".utf8)
        }
    }

    /// `beginning`, then noise with a line end now and then.
    public static func lines(_ count: Int, beginning: String, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(beginning.utf8)
        bytes.reserveCapacity(count + 40)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { bytes += $0 }
            if bytes.count % 56 == 0 { bytes[bytes.count - 1] = 0x0A }
        }
        return Array(bytes.prefix(count))
    }

    private static func next(after state: UInt64) -> UInt64 {
        state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    }
}
