import Collection
import TestSupport
import Testing

struct UnitNotationTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
        ("7d", .seconds(604_800)), ("1h30m", .seconds(5_400)), ("1d2h3m4s5ms", .seconds(93_784) + .milliseconds(5)),
        ("0s", .zero), ("007s", .seconds(7)),
    ])
    func durations(_ text: String, _ expected: Duration) {
        #expect(UnitNotation.duration(text) == expected)
    }

    @Test(arguments: [
        "", "10", "s", "s10", "-1s", "+1s", "1.5h", "1m1h", "1s1s", "1S", "1 s", " 1s", "1s ", "1sx", "1M",
        "99999999999999999999s",
        "2000000000s", "١s", "1µs", "1e3s", "0x1s",
    ])
    func notDurations(_ text: String) {
        #expect(UnitNotation.duration(text) == nil)
    }

    @Test(
        arguments: [
            ("4096", 4_096), ("4096B", 4_096), ("512KiB", 512 << 10), ("4MiB", 4 << 20), ("1GiB", 1 << 30),
            ("2TiB", 2 << 40),
            ("0", 0), ("18446744073709551615", .max), ("16777215TiB", 16_777_215 << 40),
        ] as [(String, UInt64)])
    func sizes(_ text: String, _ expected: UInt64) {
        #expect(UnitNotation.bytes(text) == expected)
    }

    @Test(arguments: [
        "", "KiB", "4KB", "4kib", "4 MiB", "-4", "+4", "1.5MiB", "4MiBx", "18446744073709551616", "16777216TiB", "٤MiB",
        "4\n",
    ])
    func notSizes(_ text: String) {
        #expect(UnitNotation.bytes(text) == nil)
    }

    @Test
    func whatIsWrittenIsReadBack() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let parts = [
                ("d", Int.random(in: 0...400, using: &generator), 86_400_000),
                ("h", Int.random(in: 0...99, using: &generator), 3_600_000),
                ("m", Int.random(in: 0...99, using: &generator), 60_000),
                ("s", Int.random(in: 0...99, using: &generator), 1_000),
                ("ms", Int.random(in: 0...9_999, using: &generator), 1),
            ].filter { _ in Bool.random(using: &generator) }
            let text = parts.map { "\($0.1)\($0.0)" }.joined()
            let milliseconds = parts.reduce(0) { $0 + $1.1 * $1.2 }
            #expect(UnitNotation.duration(text) == (parts.isEmpty ? nil : .milliseconds(milliseconds)))
        }
    }

    @Test
    func anyTextIsRefusedOrUnderstoodWithoutATrap() {
        var generator = SeededGenerator(seed: 5)
        let alphabet = Array("0123456789dhmsKMGTiB .-+µ٣\u{0}")
        for _ in 0..<5_000 {
            let text = String(
                (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "0"
                })
            if let duration = UnitNotation.duration(text) { #expect(duration >= .zero) }
            _ = UnitNotation.bytes(text)
        }
    }
}
