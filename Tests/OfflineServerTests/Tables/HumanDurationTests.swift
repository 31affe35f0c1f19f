import OfflineServer
import Testing

/// Vectors of k8s.io/apimachinery, pkg/util/duration/duration_test.go.
struct HumanDurationTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute = 60 * second
    private static let hour = 60 * minute
    private static let day = 24 * hour
    private static let year = 365 * day
    private static let millisecond: Int64 = 1_000_000

    static let vectors: [(Int64, String)] = [
        (second, "1s"), (70 * second, "70s"), (190 * second, "3m10s"), (70 * minute, "70m"), (47 * hour, "47h"),
        (49 * hour, "2d1h"), (8 * day + 2 * hour, "8d"), (367 * day, "367d"), (2 * year + 25 * hour, "2y1d"),
        (8 * year + 2 * hour, "8y"),
        (-2 * second, "<invalid>"), (-2 * second + 1, "0s"), (0, "0s"), (second - millisecond, "0s"),
        (2 * minute - millisecond, "119s"), (2 * minute, "2m"), (2 * minute + second, "2m1s"),
        (10 * minute - millisecond, "9m59s"), (10 * minute, "10m"), (10 * minute + second, "10m"),
        (3 * hour - millisecond, "179m"), (3 * hour, "3h"), (3 * hour + minute, "3h1m"),
        (8 * hour - millisecond, "7h59m"), (8 * hour, "8h"), (8 * hour + 59 * minute, "8h"),
        (2 * day - millisecond, "47h"), (2 * day, "2d"), (2 * day + hour, "2d1h"), (8 * day - millisecond, "7d23h"),
        (8 * day, "8d"), (8 * day + 23 * hour, "8d"), (2 * year - millisecond, "729d"), (2 * year, "2y"),
        (2 * year + 23 * hour + 59 * minute, "2y"), (2 * year + day - millisecond, "2y"), (2 * year + day, "2y1d"),
        (3 * year, "3y"), (7 * year, "7y"), (8 * year - millisecond, "7y364d"), (8 * year, "8y"),
        (8 * year + 364 * day, "8y"), (9 * year, "9y"), (.max, "292y"), (.min, "<invalid>"),
    ]

    @Test(arguments: vectors) func readsAsUpstream(nanoseconds: Int64, text: String) {
        #expect(HumanDuration.text(nanoseconds: nanoseconds) == text)
    }
}
