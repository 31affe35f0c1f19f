import Terminal
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test(
        "bytes in binary units with three digits",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"), (10_235, "10.0 KiB"),
            (12_595, "12.3 KiB"),
            (1_048_063, "1023 KiB"), (1_048_064, "1.00 MiB"), (1_048_575, "1.00 MiB"), (150 << 20, "150 MiB"),
            (Int.max, "8.00 EiB"), (-5, "0 B"),
        ])
    func bytes(count: Int, expected: String) {
        #expect(Quantity.bytes(count) == expected)
    }

    @Test(
        "durations, rounded down",
        arguments: [
            (Duration.zero, "0 ms"), (.milliseconds(999), "999 ms"), (.milliseconds(4299), "4.2 s"),
            (.milliseconds(59_999), "59.9 s"),
            (.seconds(65), "1 m 05 s"), (.seconds(3599), "59 m 59 s"), (.seconds(7620), "2 h 07 m"),
            (.seconds(273_600), "3 d 04 h"),
            (.seconds(-1), "0 ms"),
        ])
    func durations(duration: Duration, expected: String) {
        #expect(Quantity.duration(duration) == expected)
    }

    @Test("counts")
    func counts() {
        #expect(Quantity.count(0) == "0")
        #expect(Quantity.count(999) == "999")
        #expect(Quantity.count(1_234_567) == "1,234,567")
        #expect(Quantity.count(-1234) == "-1,234")
        #expect(Quantity.count(1, "entry", "entries") == "1 entry")
        #expect(Quantity.count(2000, "entry", "entries") == "2,000 entries")
    }
}
