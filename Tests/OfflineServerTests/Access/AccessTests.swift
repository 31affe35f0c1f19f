import OfflineServer
import StructuredText
import Testing

/// Who is let through, and how clients are told where to ask.
struct AccessTests {
    @Test(arguments: [nil, "", "0", "Bearer", "wrong"])
    func nobodyIsAnsweredWithoutTheToken(token: String?) async throws {
        try await ServerUnderTest.with { server in
            let header = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
            let answer = try await ServerUnderTest.run(
                "curl",
                ["-sS", "--noproxy", "*", "--cacert", server.authorityFile, "-w", "\n%{http_code}"] + header + [
                    server.url + "/words"
                ])
            #expect(answer.output.hasSuffix("\n401"))
            #expect(answer.output.contains(#""reason":"Unauthorized""#))
        }
    }

    @Test func onlyTheTokenItselfIsTheToken() async throws {
        try await ServerUnderTest.with { server in
            let text = server.token.text
            #expect(text.utf8.count == 64)
            let answer1 = try await server.curl("/words", token: text).output
            #expect(answer1 == "words\n")
            for other in [String(text.dropLast()), text + "0", String(text.reversed()), text.uppercased() + "x"] {
                let answer2 = try await server.curl("/words", token: other).output
                #expect(answer2.contains("Unauthorized"))
            }
        }
    }

    @Test(arguments: ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", "127.0.0.1:443@evil"])
    func anotherHostIsNotThisServer(host: String) async throws {
        try await ServerUnderTest.with { server in
            let answer3 = try await server.ask("/words", ["-H", "Host: \(host)"]).status
            #expect(answer3 == 421)
        }
    }

    @Test func theServerGoesByTheNamesOfLoopback() async throws {
        try await ServerUnderTest.with { server in
            let port = server.server.port
            for host in ["127.0.0.1:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)"] {
                let answer4 = try await server.ask("/words", ["-H", "Host: \(host)"]).status
                #expect(answer4 == 200)
            }
        }
    }

    @Test(arguments: ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: same-origin"])
    func webPagesAreNotAnswered(header: String) async throws {
        try await ServerUnderTest.with { server in
            let answer5 = try await server.ask("/words", ["-H", header]).status
            #expect(answer5 == 403)
            let answer6 = try await server.ask("/words", ["-X", "OPTIONS", "-H", header]).status
            #expect(answer6 == 403)
        }
    }

    // MARK: Addresses and names

    @Test func addressesAreReadAsOperatorsWriteThem() {
        #expect(ListenAddress("127.0.0.1:8443")?.port == 8_443)
        #expect(ListenAddress("[::1]:0")?.host == "::1")
        #expect(ListenAddress("Bastion.example:8443")?.host == "bastion.example")
        #expect(ListenAddress("10.0.0.1:1")?.isLoopback == false)
        #expect(ListenAddress("127.example:1")?.isLoopback == false)
        #expect(ListenAddress("127.9.9.9:1")?.isLoopback == true)
        for text in [
            "", ":1", "127.0.0.1", "127.0.0.1:65536", "::1:1", "0.0.0.0:1", "0:1", "[::]:1", "a,b:1", "a b:1",
            "0x0:1", "127.1:1", "[::ffff:0.0.0.0]:1", "[0:0:0:0:0:ffff:0:0]:1", "0x7f.0.0.1:1", "127.0.0.01:1",
        ] {
            #expect(ListenAddress(text) == nil, "\(text)")
        }
    }

    @Test func contextsAreNamedAsFilesWithNothingThatAShellExpands() {
        for (path, name) in [
            ("cases/api-down.tar.zst", "api-down"), ("case.tar.zst.age", "case"), ("must-gather.tgz", "must-gather"),
            ("folder/", "folder"), (".", "capture"), ("$(touch x)`id`.zip", "touch-x--id-"), ("-x", "x"),
            ("é", "capture"),
            (".hidden", "hidden"),
        ] {
            #expect(Kubeconfig.name(of: path, besides: []) == name, "\(path)")
        }
        #expect(Kubeconfig.name(of: "a/case.tar", besides: ["case", "case-2"]) == "case-3")
    }
}
