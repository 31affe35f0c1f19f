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
