import Glibc
import LinuxHost
import TestSupport
import Testing

/// What stands on either side of netlink: answers whose lengths lie, and the kernel's own.
@Suite struct NetlinkTests {
    /// A message of an answer to the first request.
    private static func message(
        _ type: UInt16, flags: UInt16 = 2, sequence: UInt32 = 1, length: UInt32? = nil, _ payload: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(netlink: length ?? UInt32(16 + payload.count))
        bytes.append(netlink: type)
        bytes.append(netlink: flags)
        bytes.append(netlink: sequence)
        bytes.append(netlink: UInt32(0))
        bytes += payload
        return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    private static func walk(_ datagram: [UInt8]) -> (answer: Netlink.Answer, payloads: [Int], isOver: Bool) {
        var answer = Netlink.Answer()
        var payloads: [Int] = []
        let isOver = Netlink.walk(datagram.span.bytes, what: "a test", into: &answer) { _, payload in
            payloads.append(payload.byteCount)
            return true
        }
        return (answer, payloads, isOver)
    }

    @Test func messagesUpToTheEnd() {
        let (answer, payloads, isOver) = Self.walk(
            Self.message(20, [1, 2, 3]) + Self.message(20, [UInt8](repeating: 0, count: 8))
                + Self.message(3, [0, 0, 0, 0]) + Self.message(20, [9]))
        #expect(payloads == [3, 8] && isOver && answer.failure == nil && answer.messages == 2)
    }

    @Test func aDumpThatChangedIsMarked() {
        #expect(Self.walk(Self.message(20, flags: 0x12, [1])).answer.isInconsistent)
    }

    @Test func answersToOtherRequestsAreNotTaken() {
        let (answer, payloads, _) = Self.walk(Self.message(20, sequence: 7, [1]) + Self.message(20, [1]))
        #expect(payloads == [1] && answer.messages == 1)
    }

    @Test(arguments: [0, 15, 21, 0xFFFF_FFFF] as [UInt32])
    func lengthsThatLie(length: UInt32) {
        let (answer, payloads, isOver) = Self.walk(Self.message(20, length: length, [1, 2, 3, 4]))
        #expect(payloads.isEmpty && answer.malformed == 1 && !isOver)
    }

    @Test func anErrorHasTheKernelsWords() throws {
        var payload: [UInt8] = []
        payload.append(netlink: Int32(-EPERM))
        payload += [UInt8](repeating: 0, count: 16)
        // NLMSGERR_ATTR_MSG
        payload.append(netlink: UInt16(4 + 5))
        payload.append(netlink: UInt16(1))
        payload += Array("no\n!\0".utf8)
        let (answer, _, isOver) = Self.walk(Self.message(2, flags: 0x300, payload))
        let failure = try #require(answer.failure)
        #expect(isOver && failure.code == .permissionDenied && failure.reason.hasSuffix(": no\\n!"))
    }

    @Test func attributesWhoseLengthsLie() {
        for length in [0, 3, 9, 0xFFFF] as [UInt16] {
            var bytes: [UInt8] = []
            bytes.append(netlink: length)
            bytes += [1, 0, 5, 6, 7, 8]
            var count = 0
            let isWhole = Netlink.forEachAttribute(of: bytes.span.bytes, from: 0) { _, _ in count += 1 }
            #expect(!isWhole && count == 0)
        }
        let isEmptyWhole = Netlink.forEachAttribute(of: [UInt8]().span.bytes, from: 72) { _, _ in }
        #expect(isEmptyWhole)
    }

    @Test func anyBytes() {
        var generator = SeededGenerator(seed: 11)
        let seed =
            Self.message(20, [UInt8](repeating: 2, count: 120))
            + Self.message(2, flags: 0x300, [UInt8](repeating: 0xFF, count: 40))
        for _ in 0..<3_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
            var answer = Netlink.Answer()
            _ = Netlink.walk(bytes.span.bytes, what: "a test", into: &answer) { _, payload in
                for table in SocketTableName.allCases { _ = SocketDiagnosisDecoder(table: table).decode(payload) }
                return true
            }
            #expect(answer.messages <= 2)
        }
    }

    /// NLM_F_DUMP of RTM_GETLINK (18): each namespace has `lo`.
    private static func interfaces() -> [String] {
        var names: [String] = []
        _ = Netlink.ask(.route, .dump(18, [UInt8](repeating: 0, count: 16)), what: "interfaces") { _, message in
            Netlink.forEachAttribute(of: message, from: 16) { type, value in
                if type == 3 { names.append(String(decoding: value.netlinkText(0..<value.byteCount), as: UTF8.self)) }
            }
            return true
        }
        return names
    }

    @Test func theKernelAnswers() {
        #expect(Self.interfaces().contains("lo"))
    }

    @Test func theKernelRefuses() {
        let answer = Netlink.ask(.socketDiagnosis, .dump(20, [99]), what: "nothing there is") { _, _ in true }
        #expect(answer.messages == 0 && answer.failure?.operation == "ask the kernel for")
    }

    @Test func stoppedByItsTaker() {
        let answer = Netlink.ask(.route, .dump(18, [UInt8](repeating: 0, count: 16)), what: "interfaces") { _, _ in
            false
        }
        #expect(answer.isTruncated && answer.messages == 0 && answer.failure == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "entering a network namespace needs root"))
    func anotherNamespaceIsEnteredByAnotherThread() throws {
        let child = try Child(["/usr/bin/unshare", "-n", "/bin/sleep", "60"])
        let own = NetworkNamespaceThread.own
        try child.waitUntil { Child.namespace(of: child.pid) != own }
        let process = try ProcFileSystem().process(child.pid)
        let inside = try NetworkNamespaceThread.run(in: process) {
            (namespace: NetworkNamespaceThread.own, names: Self.interfaces())
        }.get()
        #expect(inside.namespace == Child.namespace(of: child.pid) && inside.names == ["lo"])
        #expect(NetworkNamespaceThread.own == own)
    }

    @Test func aLinkOfAnotherFileSystemIsNoNamespace() throws {
        let tree = try TemporaryTree()
        tree.link("7/ns/net", to: "/proc/self/ns/net")
        let process = try ProcFileSystem(root: tree.path).process(7)
        guard case .failure(let error) = NetworkNamespaceThread.run(in: process, { true }) else {
            Issue.record("a made-up link was followed")
            return
        }
        #expect(error.code == .unexpectedType)
    }
}
