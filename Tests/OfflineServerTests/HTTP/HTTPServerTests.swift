import Foundation
import OfflineServer
import StructuredText
import Synchronization
import Testing

/// The server, as curl and `openssl s_client` find it.
struct HTTPServerTests {
    @Test func answersOverTLSThatTheAuthorityVouchesFor() async throws {
        try await ServerUnderTest.with { server in
            let answer = try await server.curl("/words", ["-D", "-"])
            #expect(answer.code == 0, "\(answer.errors)")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("Content-Length: 6\r\n"))
            #expect(answer.output.hasSuffix("\r\n\r\nwords\n"))
            let stranger = try await ServerUnderTest.run("curl", ["-sS", "--noproxy", "*", server.url + "/words"])
            #expect(stranger.code == 60)
        }
    }

    @Test func aStreamComesInChunksAndOneThatFailsIsCut() async throws {
        try await ServerUnderTest.with { server in
            let whole = try await server.curl("/pieces", ["-D", "-"])
            #expect(whole.code == 0)
            #expect(whole.output.lowercased().contains("transfer-encoding: chunked"))
            #expect(whole.output.hasSuffix("\r\n\r\nabc"))
            let cut = try await server.curl("/cut")
            #expect(cut.code == 18, "\(cut.errors)")
            #expect(cut.output == "first")
        }
    }

    @Test func aConnectionServesOneRequestAfterTheOther() async throws {
        try await ServerUnderTest.with { server in
            let token = "Authorization: Bearer \(server.token.text)\r\nHost: 127.0.0.1:\(server.server.port)\r\n"
            let answer = try await server.raw(
                "GET /pieces HTTP/1.1\r\n\(token)\r\nHEAD /words HTTP/1.1\r\n\(token)\r\nGET /words HTTP/1.1\r\nConnection: close\r\n\(token)\r\n"
            )
            #expect(answer.output.split(separator: "HTTP/1.1 200 OK").count == 3, "\(answer.output) \(answer.errors)")
            // The answer to HEAD has a length and no body.
            #expect(answer.output.components(separatedBy: "Content-Length: 6\r\n").count == 3)
            #expect(answer.output.components(separatedBy: "words\n").count == 2)
            let two = try await server.curl("/words", ["-w", "%{num_connects}", server.url + "/words"])
            #expect(two.output == "words\n1words\n0")
        }
    }

    @Test func headOfAStreamHasNoBody() async throws {
        try await ServerUnderTest.with { server in
            let answer = try await server.curl("/pieces", ["-I"])
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(arguments: [
        "/a/../b", "/..", "/a/./b", "//a", "/a//b", "/%2e%2e/b", "/a%2Fb", "/a%5cb", "/%00", "/a%0ab", "/a%zz", "/a%f",
        "/%ff", "/a?b=%zz",
    ])
    func pathsThatNoAPIHasAreRefused(path: String) async throws {
        try await ServerUnderTest.with { server in
            let (status, body) = try await server.ask(path)
            #expect(status == 400)
            #expect(body.contains(#""reason":"BadRequest""#))
        }
    }

    @Test func pathsAndQueriesAreDecodedOnce() async throws {
        try await ServerUnderTest.with { server in
            let (status, body) = try await server.ask("/echo/a%2541/b%20c/?limit=5&labelSelector=a%3Db%2Cc+d&flag&x=")
            #expect(status == 200)
            let value = try JSONValue(parsing: Array(body.utf8))
            #expect(value["path"] == .array(["echo", "a%41", "b c"].map { .string($0) }))
            #expect(
                value["query"] == .array(["limit=5", "labelSelector=a=b,c d", "flag=", "x="].map { .string($0) }))
        }
    }

    @Test func bodiesCanBeSentOnceTheServerSaysSo() async throws {
        try await ServerUnderTest.with { server in
            let answer = try await server.curl("/echo", ["-v", "-H", "Expect: 100-continue", "-d", "some body"])
            #expect(answer.errors.contains("HTTP/1.1 100 Continue"))
            #expect(answer.output.contains(#""body":"some body""#))
        }
    }

    @Test func whatIsTooLargeIsRefused() async throws {
        try await ServerUnderTest.with { server in
            let long = String(repeating: "x", count: 70_000)
            let answer1 = try await server.ask("/words", ["-H", "X-Long: \(long)"]).status
            #expect(answer1 == 431)
            let answer2 = try await server.ask("/\(long)").status
            #expect(answer2 == 431)
            let answer3 = try await server.ask("/echo", ["-d", long]).status
            #expect(answer3 == 413)
            let answer4 = try await server.ask("/echo", ["-H", "Transfer-Encoding: chunked", "-d", long]).status
            #expect(answer4 == 413)
            let answer5 = try await server.ask("/words").status
            #expect(answer5 == 200)
        }
    }

    @Test func whatDoesNotComeInTimeIsNotWaitedFor() async throws {
        var limits = ServerLimits()
        limits.arrival = .milliseconds(300)
        try await ServerUnderTest.with(limits) { server in
            let nothing = try await server.raw("")
            #expect(nothing.output == "")
            let head = try await server.raw("GET /words HTTP/1.1\r\nHost:")
            #expect(head.output == "")
            let body = try await server.raw(
                "POST /words HTTP/1.1\r\nHost: 127.0.0.1:\(server.server.port)\r\nContent-Length: 9\r\n\r\nabc")
            #expect(body.output.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func whatIsNotHTTPIsRefused() async throws {
        try await ServerUnderTest.with { server in
            let answer6 = try await server.raw("SSH-2.0-x\r\n\r\n").output
            #expect(answer6.hasPrefix("HTTP/1.1 400 "))
            let answer7 = try await server.raw("GET /words HTTP/1.0\r\nHost: x\r\n\r\n").output
            #expect(answer7.hasPrefix("HTTP/1.1 505 "))
            let answer8 = try await server.raw("GET /words HTTP/1.1\r\n\r\n").output
            #expect(answer8.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func upgradesAreAnsweredLikeOtherRequests() async throws {
        try await ServerUnderTest.with { server in
            for protocolName in ["SPDY/3.1", "websocket"] {
                let (status, body) = try await server.ask(
                    "/api/v1/namespaces/a/pods/b/exec",
                    ["-X", "POST", "-H", "Connection: Upgrade", "-H", "Upgrade: \(protocolName)"])
                #expect(status == 405)
                #expect(body.contains("can only be read"))
            }
        }
    }

    @Test func aClientThatDoesNotReadIsWaitedForAndOneThatGoesIsNoticed() async throws {
        try await ServerUnderTest.with { server in
            let answer = try await server.curl(
                "/endless", ["--limit-rate", "10k", "--max-time", "2", "-o", "/dev/null"])
            #expect(answer.code == 28)
            // What the kernel and both sides hold, and not more.
            #expect(server.handler.taken.withLock { $0 } < 32 << 20)
            let isNoticed = await eventually { server.handler.ends.withLock { $0 } == ["endless: CancellationError"] }
            #expect(isNoticed)
            _ = try await server.curl("/watch", ["--max-time", "1"])
            let isNoticedToo = await eventually {
                server.handler.ends.withLock { $0 }.last == "watch: CancellationError"
            }
            #expect(isNoticedToo)
        }
    }

    @Test func whenTooManyAskAtOnceTheyAreToldToComeAgain() async throws {
        var limits = ServerLimits()
        limits.requestsAtWork = 1
        try await ServerUnderTest.with(limits) { server in
            async let held = server.ask("/held")
            let isHeld = await server.handler.hasBegun("held")
            #expect(isHeld)
            let answer = try await server.curl("/words", ["-D", "-"]).output
            #expect(answer.hasPrefix("HTTP/1.1 429 "))
            #expect(answer.contains("Retry-After: 1\r\n"))
            server.handler.release()
            let answer9 = try await held.status
            #expect(answer9 == 200)
            let answer10 = try await server.ask("/words").status
            #expect(answer10 == 200)
        }
    }

    @Test func watchesDoNotCountAsRequestsAtWork() async throws {
        var limits = ServerLimits()
        limits.requestsAtWork = 1
        try await ServerUnderTest.with(limits) { server in
            async let watch = server.curl("/watch", ["--max-time", "2"])
            let isThere = await server.handler.hasBegun("watch")
            #expect(isThere)
            let answer11 = try await server.ask("/words").status
            #expect(answer11 == 200)
            let answer12 = try await watch.output
            #expect(answer12 == "begin ")
        }
    }

    @Test func connectionsBeyondTheLimitAreClosed() async throws {
        var limits = ServerLimits()
        limits.connections = 1
        try await ServerUnderTest.with(limits) { server in
            async let held = server.ask("/held")
            let isHeld = await server.handler.hasBegun("held")
            #expect(isHeld)
            let refused = try await server.curl("/words")
            #expect(refused.code != 0 && refused.output == "")
            server.handler.release()
            let answer13 = try await held.status
            #expect(answer13 == 200)
        }
    }

    @Test func theEndEndsWatchesInOrderAndListensNoMore() async throws {
        try await ServerUnderTest.with { server in
            async let watch = server.curl("/watch")
            let isThere = await server.handler.hasBegun("watch")
            #expect(isThere)
            await server.server.stop()
            let answer = try await watch
            #expect(answer.code == 0, "\(answer.errors)")
            #expect(answer.output == "begin end")
            let answer14 = try await server.curl("/words").code
            #expect(answer14 == 7)
        }
    }

    @Test func headersOfAnAnswerCannotBeForgedByWhatWasCaptured() async throws {
        try await ServerUnderTest.with { server in
            let output = try await server.curl("/warned", ["-D", "-"]).output
            #expect(output.components(separatedBy: "Warning: 299 - \"a \\\"").count == 6)
            #expect(!output.contains("\u{1B}") && !output.contains("\u{202E}"))
            #expect(!output.contains("\r\nX-Evil") && !output.contains("X Evil"))
            #expect(!output.contains(String(repeating: "x", count: 3_000)))
        }
    }

    @Test func aHandlerThatFailsIsAnsweredFor() async throws {
        try await ServerUnderTest.with { server in
            let (status, body) = try await server.ask("/broken")
            #expect(status == 500)
            #expect(try JSONValue(parsing: Array(body.utf8))["reason"]?.string == "InternalError")
        }
    }
}

/// Whether it becomes so, within ten seconds.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<200 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(50))
    }
    return false
}
