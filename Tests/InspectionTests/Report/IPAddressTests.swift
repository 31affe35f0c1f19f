import Inspection
import Testing

struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "::ffff:10.0.0.1"), ("::1", "0:0:0:0:0:0:0:1"), ("fe80::1%eth0", "fe80:0:0:0:0:0:0:1"),
        ("2001:db8::", "2001:db8:0:0:0:0:0:0"), ("::ffff:a00:1", "10.0.0.1"),
    ])
    func oneAddressIsOneHoweverItIsWritten(pair: (String, String)) {
        #expect(IPAddress(pair.0) != nil)
        #expect(IPAddress(pair.0) == IPAddress(pair.1))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "+1.2.3.4", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::",
        "g::", "10.0.0.1\0", "1:2:3:4:5:6:7", "::1:2:3:4:5:6:7:8", "localhost", String(repeating: ":", count: 5_000),
    ])
    func whatIsNoneIsNone(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test
    func privateAddressesAreThoseOfTheRFCs() throws {
        for text in [
            "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.1.1", "fd00::1",
            "fe80::1",
        ] {
            #expect(try #require(IPAddress(text)).isPrivate, "\(text)")
        }
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2001:db8::1", "11.0.0.0"] {
            #expect(try !#require(IPAddress(text)).isPrivate, "\(text)")
        }
    }

    @Test
    func aNetworkHasWhatBeginsAlike() throws {
        let network = try #require(IPNetwork("10.244.4.0/22"))
        #expect(network.contains(try #require(IPAddress("10.244.7.255"))))
        #expect(!network.contains(try #require(IPAddress("10.244.8.0"))))
        #expect(!network.contains(try #require(IPAddress("fd00::1"))))
        #expect(try #require(IPNetwork("fd00::/8")).contains(try #require(IPAddress("fdff::1"))))
        for text in ["10.0.0.0/0", "10.0.0.0/33", "10.0.0.0", "10.0.0.0/x", "/8"] { #expect(IPNetwork(text) == nil) }
    }
}
