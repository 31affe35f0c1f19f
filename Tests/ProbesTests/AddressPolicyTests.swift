import Probes
import Testing

@Suite struct AddressPolicyTests {
    /// Addresses that lead to this machine, its network's own business or a cloud's, in every form in which they can be written.
    static let refused: [(String, AddressClass)] = [
        ("0.0.0.0", .unspecified), ("0.1.2.3", .unspecified), ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
        ("169.254.169.254", .linkLocal), ("169.254.0.1", .linkLocal), ("100.100.100.200", .metadata),
        ("168.63.129.16", .metadata), ("192.0.0.192", .metadata), ("224.0.0.1", .multicast),
        ("239.255.255.250", .multicast), ("240.0.0.1", .reserved), ("255.255.255.255", .reserved),
        ("::", .unspecified), ("::1", .loopback), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
        ("ff02::1", .multicast), ("fd00:ec2::254", .metadata), ("fd20:ce::254", .metadata),
        ("::ffff:127.0.0.1", .loopback), ("::ffff:169.254.169.254", .linkLocal), ("::ffff:0.0.0.0", .unspecified),
        ("::127.0.0.1", .loopback), ("::ffff:0:127.0.0.1", .loopback), ("64:ff9b::7f00:1", .loopback),
        ("64:ff9b::a9fe:a9fe", .linkLocal), ("64:ff9b:1::7f00:1", .loopback), ("2002:7f00:1::", .loopback),
        ("2002:a9fe:a9fe::1", .linkLocal), ("2001:0:4136:e378:8000:63bf:80ff:fffe", .loopback),
        ("100::1", .reserved), ("5f00::1", .reserved),
    ]

    @Test(arguments: refused)
    func whatLeadsToThisMachineIsRefused(text: String, kind: AddressClass) throws {
        let policy = AddressPolicy(allows: [.global, .private], own: [])
        let address = try #require(NetworkAddress(text))
        #expect(policy.class(of: address) == kind)
        #expect(!policy.allows.contains(policy.class(of: address)))
    }

    @Test(arguments: [
        ("192.0.2.1", AddressClass.global), ("8.8.8.8", .global), ("10.1.2.3", .private), ("172.16.0.1", .private),
        ("172.32.0.1", .global), ("192.168.1.1", .private), ("100.64.0.1", .private), ("100.128.0.1", .global),
        ("2001:db8::1", .global), ("fd12::1", .private), ("64:ff9b::a00:1", .private), ("::ffff:192.0.2.1", .global),
    ])
    func othersMayBeDialled(text: String, kind: AddressClass) throws {
        let policy = AddressPolicy(allows: [.global, .private], own: [])
        let address = try #require(NetworkAddress(text))
        #expect(policy.class(of: address) == kind)
        #expect(policy.allows.contains(policy.class(of: address)))
        #expect((AddressPolicy(allows: [.global], own: []).class(of: address) == .global) == (kind == .global))
    }

    @Test func thisMachinesOwnAddressesAreLoopback() throws {
        let own = try #require(NetworkAddress("192.0.2.7"))
        let policy = AddressPolicy(allows: [.global], own: [own])
        #expect(policy.class(of: own) == .loopback)
        let mapped = try #require(NetworkAddress("::ffff:192.0.2.7"))
        #expect(policy.class(of: mapped) == .loopback)
        let loopback = try #require(NetworkAddress("127.0.0.1"))
        #expect(LocalAddresses.all().contains(loopback))
    }

    @Test func whatIsNeverAllowedCannotBe() throws {
        let policy = AddressPolicy(allows: Set(AddressClass.allCases), own: [])
        for text in ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"] {
            #expect(!policy.allows.contains(policy.class(of: try #require(NetworkAddress(text)))))
        }
        for text in ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "10.0.0.1"] {
            #expect(policy.allows.contains(policy.class(of: try #require(NetworkAddress(text)))))
        }
    }

    @Test(arguments: [
        "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "01.2.3.4", "fe80::1%eth0", "[::1]", " 1.2.3.4", "1.2.3.4\n",
        "",
    ])
    func looseFormsAreNoAddress(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test(arguments: [
        ("example.org:443", "example.org:443"), ("EXAMPLE.org.:1", "example.org:1"),
        ("192.0.2.1:65535", "192.0.2.1:65535"),
        ("[2001:DB8::1]:443", "[2001:db8::1]:443"), ("_sip._tcp.example.org:5061", "_sip._tcp.example.org:5061"),
    ])
    func endpointsAreRead(text: String, shown: String) throws {
        #expect(try Endpoint(text).description == shown)
    }

    @Test(arguments: [
        "example.org", "example.org:0", "example.org:65536", "example.org:+1", "example.org:", ":443",
        "2001:db8::1:443",
        "[192.0.2.1]:443", "[fe80::1%eth0]:443", "127.1:80", "2130706433:80", "0x7f.1:80", "0x7f000001:80", "a b:1",
        "https://example.org:443", "user@example.org:443", "-x.example.org:1", "a..b:1", "example.org/x:1",
        "exämple.org:1",
        "[::1]443", "[::1]",
    ])
    func whatIsNoEndpointIsRefused(text: String) {
        #expect(throws: ProbeError.self) { try Endpoint(text) }
    }

    @Test func aNameIsJudgedByWhatItMeans() async throws {
        let policy = AddressPolicy.standard()
        let resolution = try await HostResolver.resolve(.name("localhost"), policy: policy, within: .seconds(5))
        #expect(!resolution.addresses.isEmpty)
        #expect(resolution.allowed.isEmpty)
        let error = await #expect(throws: ProbeError.self) {
            try await HostResolver.dialable(.name("localhost"), policy: policy, within: .seconds(5))
        }
        #expect(error?.code == .addressRefused)
        #expect(error?.advice.contains("allow: [loopback]") == true)
        let allowing = AddressPolicy.standard(allowing: [.loopback])
        let allowed = try await HostResolver.dialable(.name("localhost"), policy: allowing, within: .seconds(5))
        #expect(!allowed.allowed.isEmpty)
    }

    @Test func aNameThatIsNotThereSaysSo() async throws {
        let error = await #expect(throws: ProbeError.self) {
            try await HostResolver.resolve(.name("nothing.invalid"), policy: .standard(), within: .seconds(20))
        }
        #expect(error?.code == .notResolved)
    }
}
