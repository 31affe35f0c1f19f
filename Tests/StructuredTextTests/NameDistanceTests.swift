import StructuredText
import TestSupport
import Testing

struct NameDistanceTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("api", "api", 0), ("api", "pai", 2),
        ("web-1", "web-2", 1),
    ])
    func distancesOfNames(_ left: String, _ right: String, _ distance: Int) {
        #expect(NameDistance.between(left, right) == distance)
        #expect(NameDistance.between(right, left) == distance)
    }

    @Test
    func aDistanceIsBoundedAndAMetric() {
        var generator = SeededGenerator(seed: 1)
        func name() -> String {
            String(
                (0..<Int.random(in: 0...9, using: &generator)).map { _ in "abc-".randomElement(using: &generator) ?? "a"
                })
        }
        for _ in 0..<500 {
            let (a, b, c) = (name(), name(), name())
            let ab = NameDistance.between(a, b)
            #expect(ab <= max(a.count, b.count))
            #expect((ab == 0) == (a == b))
            #expect(NameDistance.between(a, c) <= ab + NameDistance.between(b, c))
        }
        // What a server says may be long: no more than a name's length of it is looked at.
        #expect(NameDistance.between(String(repeating: "x", count: 1 << 20), "y") == 253)
    }

    @Test(arguments: [
        ("sokets", "sockets"), ("socket", "sockets"), ("log", "logs"), ("LOGS", nil), ("x", nil), ("", nil),
        ("completely different", nil), ("proceses", "processes"),
    ])
    func theNearestNameIsTheOneMeant(_ name: String, _ expected: String?) {
        #expect(NameDistance.nearest(to: name, in: ["logs", "sockets", "processes"]) == expected)
    }
}
