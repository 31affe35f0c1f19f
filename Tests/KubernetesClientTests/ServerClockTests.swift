import KubernetesClient
import Testing

/// What the `Date` of an answer says of the server's clock.
@Suite(.timeLimit(.minutes(1)))
struct ServerClockTests {
    /// 2027-01-15T08:00:00Z
    private static let date = "Fri, 15 Jan 2027 08:00:00 GMT"
    private static let milliseconds: Int64 = 1_800_000_000_000
    private static let decade: Int64 = 10 * 365 * 86_400_000

    private static func moment(_ milliseconds: Int64, after wait: Duration = .zero) -> LocalMoment {
        LocalMoment(milliseconds: milliseconds, instant: .now + wait)
    }

    /// The second that the server named is right, whatever of it had passed when it wrote the date, and wherever between the
    /// request and the answer that was.
    @Test(arguments: [0, 1, decade, -decade], [0, 40, 3_000] as [Int64])
    func theOffsetIsRightWithinItsError(ahead: Int64, took: Int64) throws {
        for passed in [0, 1, 500, 999] as [Int64] {
            for written in [0, took / 2, took] {
                // The server's clock had this at the moment when it wrote, and this one that.
                let server = Self.milliseconds + passed
                let sent = server - ahead - written
                let start = Self.moment(sent)
                let end = LocalMoment(milliseconds: sent + took, instant: start.instant + .milliseconds(took))
                let clock = try #require(ServerClock(date: Self.date, sent: start, received: end))
                #expect(abs(clock.offsetMilliseconds - ahead) <= clock.errorMilliseconds)
                #expect(clock.errorMilliseconds <= 510 + took / 2)
            }
        }
    }

    /// Whoever sets the wall clock meanwhile changes nothing.
    @Test func theServersTimeGoesOnByTheBootClock() throws {
        let hourAgo = LocalMoment(milliseconds: 5, instant: .now - .seconds(3_600))
        let clock = try #require(ServerClock(date: Self.date, sent: hourAgo, received: hourAgo))
        #expect((500..<60_500).contains(clock.now - Self.milliseconds - 3_600_000))
    }

    @Test(arguments: [
        "", "0", "now", "Fri, 15 Jan 2027 08:00:00", "Fri, 15 Jan 2027 08:00:00 CET", "2027-01-15T08:00:00Z",
        "Fri, 15 Jan 1969 08:00:00 GMT", "Fri, 15 Jan 10000 08:00:00 GMT", "Fri, 15 Jan 2027 25:00:00 GMT",
        "Fri, 99 Jan 2027 08:00:00 GMT", String(repeating: "9", count: 100_000),
    ])
    func whatIsNoDateTellsNothing(date: String) {
        #expect(ServerClock(date: date, sent: .now, received: .now) == nil)
    }

    /// The ends of what a header can say, against the ends of what a clock here can: nothing overflows.
    @Test func farAwayDates() throws {
        for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:60 GMT"] {
            for here in [0, Int64(1) << 52] {
                let clock = try #require(ServerClock(date: date, sent: Self.moment(here), received: Self.moment(here)))
                #expect(clock.now > -1)
            }
        }
    }

    private static func clock(_ script: @escaping FakeServer.Script) async throws -> ServerClock? {
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                #expect(client.serverClock == nil)
                for _ in 0..<3 { _ = try? await client.get(path: "/x", maxBytes: 1_000) }
                return client.serverClock
            }
        }
    }

    @Test func answersTellTheTime() async throws {
        let here = LocalMoment.now.milliseconds
        let clock = try #require(try await Self.clock { _ in [.http(200, "{}", headers: [("Date", Self.date)])] })
        #expect(abs(clock.offsetMilliseconds - (Self.milliseconds - here)) < 30_000)
        #expect((500..<30_000).contains(clock.errorMilliseconds))
    }

    /// The most exact answer counts, not the last.
    @Test func aSlowAnswerDoesNotReplaceAQuickOne() async throws {
        let clock = try #require(
            try await Self.clock { request in
                (request.number == 1 ? [] : [.pause(milliseconds: 2_000)])
                    + [.http(200, "{}", headers: [("Date", Self.date)])]
            })
        #expect(clock.errorMilliseconds < 1_400)
    }

    @Test func refusalsAndCachesAndSilenceTellNothing() async throws {
        let answers: [FakeStep] = [
            .http(200, "{}"), .http(404, "{}", headers: [("Date", Self.date)]),
            .http(200, "{}", headers: [("Date", Self.date), ("Age", "12")]),
            .http(200, "{}", headers: [("Date", "yesterday")]),
        ]
        for answer in answers { #expect(try await Self.clock { _ in [answer] } == nil) }
    }
}
