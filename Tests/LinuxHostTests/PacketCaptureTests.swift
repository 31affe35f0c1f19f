import Foundation
import LinuxHost
import Synchronization
import TestSupport
import Testing

/// Real packets of a network of its own, read by tcpdump.
@Suite(
    .serialized,
    .enabled(if: NetworkSandbox.missing(["tcpdump", "bash", "python3"]) == nil, "it takes root, iproute2 and tcpdump"))
struct PacketCaptureTests {
    /// To two ports of both loopback addresses; nobody listens, so that ICMP says so.
    private static let traffic = """
        bash -c 'for to in 127.0.0.1 ::1; do for port in 5001 5002; do printf hello >/dev/udp/$to/$port; done; done' || true
        """

    private static func options(_ filter: PacketFilter?) throws -> PacketCapture.Options {
        PacketCapture.Options(filter: try #require(filter), snapLength: 128, duration: .seconds(30))
    }

    /// What is captured while the script runs in the sandbox.
    ///
    /// - Parameter expected: packets after which it may end; as many more may come.
    private static func capture(
        _ options: PacketCapture.Options, expecting expected: Int, script: String = traffic
    ) async throws -> (summary: PacketCaptureSummary, bytes: [UInt8]) {
        let sandbox = try NetworkSandbox("ip link set lo up")
        let network = HostNetwork(proc: try ProcFileSystem(root: sandbox.procRoot))
        let state = Mutex((bytes: [UInt8](), isRunning: false))
        let task = Task.detached {
            try PacketCapture(options).run(in: network) { bytes in
                state.withLock {
                    $0.bytes += bytes
                    $0.isRunning = true
                }
            }
        }
        while !state.withLock({ $0.isRunning }) { try await Task.sleep(for: .milliseconds(10)) }
        _ = try sandbox.run(script)
        let end = ContinuousClock.now + .seconds(20)
        while state.withLock({ Self.packets($0.bytes) }) < expected, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        task.cancel()
        let summary = try await task.value
        return (summary, state.withLock { $0.bytes })
    }

    /// Enhanced packet blocks, by the lengths of the blocks alone.
    private static func packets(_ bytes: [UInt8]) -> Int {
        var place = 0
        var count = 0
        while let type: UInt32 = bytes.netlinkNumber(place), let length: UInt32 = bytes.netlinkNumber(place + 4),
            length >= 12
        {
            if type == 6 { count += 1 }
            place += Int(length)
        }
        return count
    }

    private static func dump(_ bytes: [UInt8], _ options: String...) throws -> [String] {
        let file = try TemporaryTree()
        file.write("a.pcapng", bytes)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/tcpdump")
        process.arguments = ["-n", "-t"] + options + ["-r", file.path + "/a.pcapng"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func everythingOnceOfLoopback() async throws {
        let (summary, bytes) = try await Self.capture(try Self.options(PacketFilter()), expecting: 8)
        let lines = try Self.dump(bytes)
        #expect(lines.count == Int(summary.packets))
        let udp = lines.filter { $0.contains("UDP, length 5") && !$0.contains("ICMP") }
        #expect(udp.count == 4, "\(lines)")
        #expect(lines.count { $0.contains("unreachable") } == 4, "\(lines)")
        #expect(summary.interfaces.map(\.name.string) == ["lo"] && summary.dropped == 0)
    }

    @Test func byPort() async throws {
        let (_, bytes) = try await Self.capture(try Self.options(PacketFilter(ports: [5002])), expecting: 2)
        let lines = try Self.dump(bytes)
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("5002: UDP, length 5") }, "\(lines)")
    }

    @Test func byHostAndProtocol() async throws {
        let host = try #require(AddressRange("::1"))
        let (_, bytes) = try await Self.capture(
            try Self.options(PacketFilter(hosts: [host], protocols: [.udp])), expecting: 2)
        let lines = try Self.dump(bytes)
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("IP6 ::1") && $0.contains("UDP") }, "\(lines)")
    }

    @Test func byNetworkAndProtocol() async throws {
        let network = try #require(AddressRange("127.0.0.0/8"))
        let other = try #require(AddressRange("192.0.2.0/24"))
        let (_, bytes) = try await Self.capture(
            try Self.options(PacketFilter(hosts: [other, network], protocols: [.icmp, .icmp6])), expecting: 2)
        let lines = try Self.dump(bytes)
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("127.0.0.1") && $0.contains("ICMP") }, "\(lines)")
    }

    /// As many items as there may be: the kernel takes the program.
    @Test func theLargestFilter() async throws {
        let hosts = (0..<PacketFilter.maxItems - 1).compactMap { AddressRange("2001:db8::\($0)/127") }
        let filter = PacketFilter(
            hosts: hosts + [try #require(AddressRange("127.0.0.1"))],
            ports: [5001] + (0..<UInt16(PacketFilter.maxItems - 1)).map { 6_000 + $0 },
            protocols: PacketFilter.Proto.allCases)
        let (_, bytes) = try await Self.capture(try Self.options(filter), expecting: 1)
        let lines = try Self.dump(bytes)
        #expect(lines.count == 1 && lines.allSatisfy { $0.contains("127.0.0.1.5001: UDP") }, "\(lines)")
    }

    /// The kernel takes the tag out of a frame that comes in, and hands it over beside it.
    @Test func aFrameOfAVLANHasItsTag() async throws {
        let (summary, bytes) = try await Self.capture(
            try Self.options(PacketFilter(ports: [53])), expecting: 1,
            script: """
                ip link add v0 type veth peer name v1
                ip link set v0 up; ip link set v1 up
                python3 -c 'import socket
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                s.bind(("v0", 0))
                s.send(bytes.fromhex("ffffffffffff02005e00530181000005" "0800" "4500001d000000004011f66dc0000201c0000207"
                    "138800350009000078"))'
                """)
        let lines = try Self.dump(bytes, "-e")
        #expect(lines.count == 1 && lines[0].contains("vlan 5") && lines[0].contains("192.0.2.7.53"), "\(lines)")
        #expect(summary.interfaces.map(\.name.string) == ["v1"])
    }

    @Test func nothingThatPassesIsAFileToo() async throws {
        let (summary, bytes) = try await Self.capture(
            try Self.options(PacketFilter(ports: [1])), expecting: 0, script: "true")
        #expect(try Self.dump(bytes).isEmpty && summary.packets == 0)
    }

    @Test func aPacketIsCutAtTheSnapLengthAndItsLengthKept() async throws {
        var options = try Self.options(PacketFilter(ports: [5001]))
        options.snapLength = 64
        let (_, bytes) = try await Self.capture(
            options, expecting: 1,
            script: "bash -c 'head -c 600 /dev/zero >/dev/udp/127.0.0.1/5001' || true")
        let lines = try Self.dump(bytes)
        #expect(lines.count == 1 && lines[0].contains("UDP, length 600"), "\(lines)")
        // Section 56 bytes and interface 44: the packet's block has 32 before and 4 behind it, and its direction.
        let place = try #require(Self.place(ofPacket: bytes))
        #expect(bytes.netlinkNumber(place + 20) == UInt32(64) && bytes.netlinkNumber(place + 24) == UInt32(642))
    }

    private static func place(ofPacket bytes: [UInt8]) -> Int? {
        var place = 0
        while let type: UInt32 = bytes.netlinkNumber(place), let length: UInt32 = bytes.netlinkNumber(place + 4) {
            if type == 6 { return place }
            place += Int(length)
        }
        return nil
    }

    @Test func itEndsBeforeTheFileIsTooLong() async throws {
        var options = try Self.options(PacketFilter())
        options.maxBytes = 1_000
        let (summary, bytes) = try await Self.capture(options, expecting: 2)
        #expect(summary.end == .bytes && bytes.count <= 1_000, "\(summary.end.debugDescription) \(bytes.count)")
        #expect(try Self.dump(bytes).count == Int(summary.packets) && summary.packets > 0)
    }

    @Test func aCutFileIsReadAsFarAsItGoes() async throws {
        let (_, bytes) = try await Self.capture(try Self.options(PacketFilter()), expecting: 8)
        // The blocks as they were handed on before the end: no statistics.
        let place = try #require(Self.place(ofPacket: bytes))
        let length: UInt32 = try #require(bytes.netlinkNumber(place + 4))
        #expect(try Self.dump(Array(bytes.prefix(place + Int(length)))).count == 1)
    }

    @Test func anInterfaceThatIsNotThere() async throws {
        var options = try Self.options(PacketFilter())
        options.interfaces = ["nowhere0"]
        let sandbox = try NetworkSandbox("ip link set lo up")
        let network = HostNetwork(proc: try ProcFileSystem(root: sandbox.procRoot))
        let capture = PacketCapture(options)
        let failure = #expect(throws: HostError.self) { try capture.run(in: network) { _ in } }
        #expect(failure?.code == .notFound)
    }

    @Test(arguments: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "::1"])
    func rangesAreReadAsTheyAreWritten(_ text: String) {
        #expect(AddressRange(text)?.description == text)
    }

    @Test(arguments: [
        "", "host", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "1.2.3", "::1/129", "10.0.0.1 ", "fe80::1%eth0",
    ])
    func whatIsNoRange(_ text: String) { #expect(AddressRange(text) == nil) }
}
