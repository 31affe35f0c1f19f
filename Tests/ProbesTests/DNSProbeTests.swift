import Foundation
import Glibc
import Probes
import Testing

/// The DNS probe against a real name server (bind9), and against answers that no honest one gives.
@Suite(.timeLimit(.minutes(2)))
struct DNSProbeTests {
    private static let loopback = NetworkAddress("127.0.0.1")

    private func ask(
        _ port: Int, _ name: String, _ type: String, limit: Duration = .seconds(10)
    ) async throws -> DNSProbe.Answer {
        let server = try #require(Self.loopback)
        let type = try #require(DNSType.byName[type])
        return try await DNSProbe(server: server, port: port, name: name, type: type, within: limit).run()
    }

    /// dnsmasq always; bind9 where it is installed, which knows a SOA.
    @Test(arguments: NameServer.Kind.allCases.filter(\.isThere))
    func aRealServerIsUnderstood(kind: NameServer.Kind) async throws {
        let server = try NameServer(kind)
        defer { server.stop() }
        try server.start()
        func data(_ name: String, _ type: String) async throws -> [String] {
            let answer = try await ask(server.port, name, type)
            #expect(answer.failure == nil && answer.message?.isAuthoritative == true, "\(answer)")
            return (answer.message?.records ?? []).filter { $0.section == "answer" }.map { "\($0.type) \($0.data)" }
        }
        #expect(try await data("www.example.test", "A") == ["A 192.0.2.10"])
        #expect(try await data("www.example.test", "AAAA") == ["AAAA 2001:db8::10"])
        #expect(try await data("alias.example.test", "A") == ["CNAME www.example.test", "A 192.0.2.10"])
        #expect(try await data("_sip._tcp.example.test", "SRV") == ["SRV 10 60 5060 www.example.test"])
        #expect(try await data("example.test", "MX") == ["MX 10 mail.example.test"])
        #expect(try await data("text.example.test", "TXT") == [#"TXT "a \"quoted\" text" "x y""#])
        if kind == .bind {
            #expect(
                try await data("example.test", "SOA") == ["SOA ns.example.test admin.example.test 7 3600 600 86400 300"]
            )
        }
        let missing = try await ask(server.port, "nothing.example.test", "A")
        #expect(missing.message?.responseName == "NXDOMAIN" && missing.failure == nil)
        let refused = try await ask(server.port, "www.example.org", "A")
        #expect(refused.message?.responseName == "REFUSED")
        // More than fits a datagram: cut off over UDP, whole over TCP.
        let many = try await ask(server.port, "many.example.test", "A")
        #expect(many.wasTruncated && many.transport == "tcp" && many.failure == nil, "\(many)")
        #expect(many.message?.records.filter { $0.type == "A" }.count == 90)
    }

    @Test func nothingThereIsTold() async throws {
        let port = try FakeNameServer { _ in [] }.port
        let answer = try await ask(port, "www.example.test", "A", limit: .seconds(2))
        #expect(answer.failure != nil && answer.message == nil)
    }

    @Test func answersToOthersAreNotBelieved() async throws {
        let server = try FakeNameServer { query in
            var wrong = Self.answer(query)
            wrong[0] ^= 0xFF
            return [wrong, wrong]
        }
        let answer = try await ask(server.port, "www.example.test", "A", limit: .seconds(1))
        // Else it may go, and close its socket, as soon as its port is known.
        withExtendedLifetime(server) {}
        #expect(answer.message == nil && answer.failure?.code == .timeout && answer.ignored >= 2, "\(answer)")
        let patient = try FakeNameServer { query in
            var wrong = Self.answer(query)
            wrong[1] ^= 0xFF
            return [wrong, Self.answer(query)]
        }
        let believed = try await ask(patient.port, "www.example.test", "A")
        #expect(believed.ignored == 1 && believed.message?.records.first?.data == "192.0.2.1", "\(believed)")
        let other = try FakeNameServer { query in
            var wrong = Self.answer(query)
            // The question's name: xww.
            wrong[13] = UInt8(ascii: "x")
            return [wrong]
        }
        #expect(try await ask(other.port, "www.example.test", "A").failure?.code == .badAnswer)
    }

    @Test(
        arguments: [
            // A pointer to itself, forward, in a circle of two; a label that ends too early; of an unknown kind.
            [0xC0, 0x22], [0xC0, 0xFF], [0xC0, 0x24, 0xC0, 0x22], [0x3F, 0x61], [0x80, 0x00], [0xC0],
        ] as [[UInt8]])
    func namesThatLeadNowhereEnd(name: [UInt8]) async throws {
        let server = try FakeNameServer { query in
            // The question of www.example.test ends at byte 34.
            [Self.header(query) + query[12..<34] + name + [0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]]
        }
        #expect(try await ask(server.port, "www.example.test", "A").failure?.code == .badAnswer)
    }

    @Test func everyCutOfAnAnswerEnds() async throws {
        let query =
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3] + Array("www".utf8) + [7] + Array("example".utf8) + [4]
            + Array("test".utf8) + [0, 0, 1, 0, 1]
        let whole = Self.answer(query)
        #expect(try DNSMessage(whole).records.count == 1)
        for count in 0..<whole.count {
            #expect(throws: ProbeError.self) { try DNSMessage(Array(whole.prefix(count))) }
        }
    }

    /// Each pointer leads to the one before: what an answer of 64 KiB can make of a name.
    @Test func chainsOfPointersEnd() async throws {
        func server(_ pointers: Int) throws -> FakeNameServer {
            try FakeNameServer { query in
                // A record of an unknown type at 34, whose data at 45 is a name, and pointers behind it.
                var chain: [UInt8] = [1, UInt8(ascii: "a"), 0]
                var last = 45
                for _ in 0..<pointers - 1 {
                    let place = 45 + chain.count
                    chain += [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)]
                    last = place
                }
                let end: [UInt8] = [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)]
                var answer = Self.header(query)
                answer[7] = 2
                answer +=
                    query[12..<34] + [0, 0xFF, 0, 0, 1, 0, 0, 0, 0, UInt8(chain.count >> 8), UInt8(chain.count & 0xFF)]
                answer += chain
                return [answer + end + [0, 5, 0, 1, 0, 0, 0, 60, 0, 2] + end]
            }
        }
        let honestServer = try server(128)
        let honest = try await ask(honestServer.port, "www.example.test", "A")
        withExtendedLifetime(honestServer) {}
        #expect(honest.message?.records.last?.data == "a" && honest.failure == nil, "\(honest)")
        let hostileServer = try server(129)
        let hostile = try await ask(hostileServer.port, "www.example.test", "A")
        withExtendedLifetime(hostileServer) {}
        #expect(hostile.failure?.code == .badAnswer && hostile.message == nil, "\(hostile)")
    }

    @Test func manyRecordsAreCut() throws {
        let question: [UInt8] = [3] + Array("www".utf8) + [0, 0, 1, 0, 1]
        let head: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0x10, 0, 0, 0, 0, 0]
        let record: [UInt8] = [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xC0, 12]
        let many = try DNSMessage(head + question + Array(repeating: record, count: 4_096).flatMap(\.self))
        #expect(many.isCut && many.records.count == DNSMessage.mostRecords)
        // Each byte of a text that cannot be printed takes four.
        let text: [UInt8] =
            [0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 4, 0]
            + Array(repeating: [255] + Array(repeating: 1, count: 255), count: 4).flatMap(\.self)
        let long = try DNSMessage(head + question + Array(repeating: text, count: 4_096).flatMap(\.self))
        let bytes = long.records.reduce(0) { $0 + $1.name.utf8.count + $1.data.utf8.count }
        #expect(long.isCut && bytes <= DNSMessage.mostText && bytes > DNSMessage.mostText - 8_192)
    }

    private static func header(_ query: [UInt8]) -> [UInt8] {
        Array(query[0..<2]) + [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    }

    private static func answer(_ query: [UInt8]) -> [UInt8] {
        header(query) + query[12..<34] + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
    }
}

/// A UDP server on 127.0.0.1 that answers as it is told.
private final class FakeNameServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init(_ answers: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.descriptor = descriptor
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                var client = sockaddr_in()
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let count = withUnsafeMutablePointer(to: &client) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
                    }
                }
                guard count > 0 else { return }
                for answer in answers(Array(buffer.prefix(count))) {
                    _ = withUnsafePointer(to: &client) {
                        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            sendto(descriptor, answer, answer.count, 0, $0, size)
                        }
                    }
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
