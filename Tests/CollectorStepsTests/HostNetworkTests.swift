import BundleFormat
import Collection
import CollectorSteps
import Foundation
import StructuredText
import TestSupport
import Testing

/// Step kind `network` in a network of its own, compared with what the stock tools say of it.
@Suite(.serialized)
struct HostNetworkTests {
    private static func capture(_ sandbox: NetworkSandbox) async throws -> StepResult {
        let root = sandbox.procRoot
        return try await StepResult.of { try await HostNetworkStep(procRoot: root).run($0) }
    }

    private static func text(_ result: StepResult, _ name: String) throws -> String {
        String(decoding: try #require(result.contents["data/host/network/\(name)"], "\(result.line)"), as: UTF8.self)
    }

    private static func rows(_ result: StepResult, _ name: String) throws -> [JSONValue] {
        try text(result, name + ".jsonl").split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    private static let routes = """
        ip link set lo up
        ip link add v0 type veth peer name v1
        ip link set v0 addrgenmode none; ip link set v1 addrgenmode none
        ip link set v0 up; ip link set v1 up
        ip addr add 192.0.2.1/24 dev v0
        ip addr add 2001:db8::1/64 dev v0 nodad
        ip route add default via 192.0.2.254 metric 50
        ip route add 198.51.100.0/24 via 192.0.2.7 mtu 1400
        ip route add 203.0.113.0/24 nexthop via 192.0.2.8 weight 2 nexthop via 192.0.2.9
        ip route add blackhole 10.9.0.0/16 table 77
        ip route add 2001:db8:1::/48 via 2001:db8::7
        ip rule add priority 1000 fwmark 0x1/0xff from 10.0.0.0/8 iif v0 table 77
        ip neigh add 192.0.2.7 lladdr 02:00:5e:00:53:07 dev v0 nud permanent
        """

    @Test(.enabled(if: NetworkSandbox.missing() == nil, "it takes root and iproute2"))
    func routesAreThoseThatIPShows() async throws {
        let sandbox = try NetworkSandbox(Self.routes)
        let result = try await Self.capture(sandbox)
        let rows = try Self.rows(result, "routes")
        let shown = try ["-4", "-6"].flatMap { family in
            try JSONValue(parsing: Array(try sandbox.run("ip \(family) -N -j route show table all").utf8)).array ?? []
        }
        func key(_ destination: String, _ table: Int, _ gateway: String, _ device: String) -> String {
            "\(destination) \(table) \(gateway) \(device)"
        }
        let expected = shown.map { route in
            key(
                route["dst"]?.string ?? "", Int(route["table"]?.string ?? "254") ?? 0,
                route["gateway"]?.string ?? "", route["dev"]?.string ?? "")
        }
        let found = rows.map { row in
            key(
                row["destination"]?.string ?? "", row["table"]?.int ?? 0, row["gateway"]?.string ?? "",
                row["interface"]?.string ?? "")
        }
        #expect(found.sorted() == expected.sorted(), "\(found.sorted())\n\(expected.sorted())")
        let lines = try Self.text(result, "routes.txt").split(separator: "\n").map(String.init)
        #expect(lines.count == rows.count)
        for line in [
            "default via 192.0.2.254 dev v0 proto boot metric 50",
            "198.51.100.0/24 via 192.0.2.7 dev v0 proto boot mtu 1400",
            "blackhole 10.9.0.0/16 table 77 proto boot",
            "203.0.113.0/24 proto boot nexthop via 192.0.2.8 dev v0 weight 2 nexthop via 192.0.2.9 dev v0 weight 1",
        ] {
            #expect(lines.contains(line), "\(line) in \(lines)")
        }
    }

    @Test(.enabled(if: NetworkSandbox.missing() == nil, "it takes root and iproute2"))
    func interfacesAddressesRulesAndNeighbours() async throws {
        let sandbox = try NetworkSandbox(Self.routes)
        let result = try await Self.capture(sandbox)
        let links = try Self.rows(result, "links")
        #expect(links.compactMap { $0["name"]?.string }.sorted() == ["lo", "v0", "v1"])
        let veth = try #require(links.first { $0["name"]?.string == "v0" })
        let other = try #require(links.first { $0["name"]?.string == "v1" })
        #expect(veth["kind"]?.string == "veth" && veth["mtu"]?.int == 1_500)
        #expect(veth["lower_index"]?.int == other["index"]?.int)
        #expect(veth["received_bytes"]?.int != nil && veth["hardware_address"]?.string?.count == 17)
        let addresses = try Self.rows(result, "addresses").map {
            "\($0["interface"]?.string ?? "") \($0["address"]?.string ?? "")/\($0["prefix_length"]?.int ?? -1)"
        }
        #expect(Set(addresses).isSuperset(of: ["lo 127.0.0.1/8", "v0 192.0.2.1/24", "v0 2001:db8::1/64"]))
        let rule = try #require(try Self.rows(result, "rules").first { $0["priority"]?.int == 1_000 })
        #expect(rule["table"]?.int == 77 && rule["mark"]?.int == 1 && rule["mark_mask"]?.int == 255)
        #expect(rule["source"]?.string == "10.0.0.0/8" && rule["incoming_interface"]?.string == "v0")
        let neighbour = try #require(
            try Self.rows(result, "neighbours").first { $0["address"]?.string == "192.0.2.7" })
        #expect(neighbour["hardware_address"]?.string == "02:00:5e:00:53:07")
        #expect(neighbour["states"]?.array?.compactMap(\.string) == ["permanent"])
    }

    private static let ruleset = """
        ip link set lo up
        nft -f - <<'END'
        table inet filter {
            set admins { type ipv4_addr; flags interval; elements = { 192.0.2.10, 198.51.100.0/24 }; }
            map services { type inet_service : verdict; elements = { 22 : accept, 23 : drop }; }
            set pairs { type ipv4_addr . inet_service; elements = { 192.0.2.1 . 443 }; }
            chain input {
                type filter hook input priority 0; policy drop;
                iifname "lo" accept
                ct state established,related counter accept
                ip saddr 10.0.0.0/8 tcp dport { 80, 443 } accept comment "web people"
                ip saddr @admins tcp dport vmap @services
                ip daddr . tcp dport @pairs meta mark set 0x7
                icmp type echo-request limit rate over 5/minute burst 9 packets drop
                udp dport 1000-2000 log prefix "odd " group 3 reject with icmpx admin-prohibited
                jump other
            }
            chain other { ip6 saddr 2001:db8::/32 drop; }
        }
        table ip nat {
            chain prerouting {
                type nat hook prerouting priority -100;
                tcp dport 8080 dnat to 192.0.2.5:80
            }
            chain postrouting {
                type nat hook postrouting priority 100;
                ip saddr 10.0.0.0/8 masquerade
            }
        }
        END
        """

    @Test(.enabled(if: NetworkSandbox.missing(["nft"]) == nil, "it takes root and nft"))
    func aRulesetReadsAsItWasWritten() async throws {
        let result = try await Self.capture(try NetworkSandbox(Self.ruleset))
        let lines = try Self.text(result, "nftables.txt").split(separator: "\n").map {
            $0.split(separator: " # handle")[0]
        }
        let expected = """
            add table inet filter
            add chain inet filter input { type filter hook input priority 0; policy drop; }
            add rule inet filter input iifname "lo" accept
            add rule inet filter input ct state established,related counter packets 0 bytes 0 accept
            add rule inet filter input meta nfproto ipv4 ip saddr @admins meta l4proto tcp th dport vmap @services
            add rule inet filter input meta nfproto ipv4 meta l4proto tcp ip daddr . th dport @pairs meta mark set 0x7
            add rule inet filter input meta nfproto ipv4 ip saddr 10.0.0.0/8 meta l4proto tcp th dport @__set0 accept comment "web people"
            add rule inet filter input meta nfproto ipv4 meta l4proto icmp icmp type 8 limit rate over 5/minute burst 9 drop
            add rule inet filter input meta l4proto udp th dport >= 1000 th dport <= 2000 log prefix "odd " group 3 reject with icmpx code 3
            add rule inet filter input jump other
            add rule inet filter other meta nfproto ipv6 ip6 saddr 2001:db8::/32 drop
            add rule ip nat prerouting meta l4proto tcp th dport 8080 dnat to 192.0.2.5:80
            add rule ip nat postrouting ip saddr 10.0.0.0/8 masquerade
            add element inet filter services { 22 : accept }
            add element inet filter services { 23 : drop }
            add element inet filter pairs { 192.0.2.1 . 443 }
            add element inet filter __set0 { 443 }
            """
        for line in expected.split(separator: "\n") { #expect(lines.contains(line), "\(line)\n\(lines)") }
        let rows = try Self.rows(result, "nftables")
        #expect(rows.count { $0["kind"]?.string == "rule" } == 11)
        let rule = try #require(rows.first { $0["comment"]?.string == "web people" })
        #expect(rule["chain"]?.string == "input" && rule["handle"]?.int != nil)
        let names = rule["expressions"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("payload") && names.contains("lookup") && names.last == "immediate", "\(names)")
        let admins = rows.filter { $0["kind"]?.string == "element" && $0["name"]?.string == "admins" }
        let keys = Set(admins.compactMap { $0["key"]?.string })
        #expect(keys.isSuperset(of: ["192.0.2.10", "198.51.100.0"]), "\(keys)")
    }

    @Test(.enabled(if: NetworkSandbox.missing(["iptables-nft"]) == nil, "it takes root and iptables"))
    func whatIPTablesPutsIntoNFTablesIsNamed() async throws {
        let sandbox = try NetworkSandbox(
            """
            iptables-nft -t nat -N KUBE-SVC
            iptables-nft -t nat -A KUBE-SVC -m comment --comment 'to my service' -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x4000/0x4000
            iptables-nft -A INPUT -p tcp -m multiport --dports 80,443,8000:8080 -m conntrack --ctstate NEW -j ACCEPT
            iptables-nft -t nat -A KUBE-SVC -p tcp -j DNAT --to-destination 192.0.2.9:8443
            iptables-nft -t nat -A KUBE-SVC -m addrtype --dst-type LOCAL -j RETURN
            """)
        let text = try Self.text(try await Self.capture(sandbox), "nftables.txt")
        for words in [
            #"comment "to my service""#, "th dport { 80, 443, 8000-8080 }", "192.0.2.9:8443",
            "fib daddr type local", "ct state new", "probability 0.500000",
        ] {
            #expect(text.contains(words), "\(words) in \(text)")
        }
    }

    /// In another network than this process's no program is run: it would print the rules of its own.
    @Test(.enabled(if: NetworkSandbox.missing(["iptables-legacy"]) == nil, "it takes root and iptables"))
    func tablesOfLegacyIPTablesAreNamed() async throws {
        let sandbox = try NetworkSandbox("iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT")
        let result = try await Self.capture(sandbox)
        #expect(result.line.state == .partial && result.line.reason?.code == "NotListed", "\(result.line)")
        let row = try #require(try Self.rows(result, "iptables").first)
        #expect(row["family"]?.string == "ipv4" && row["tables"]?.array?.compactMap(\.string) == ["filter"])
        #expect(row["problem"]?.string?.contains("another network's") == true && row["file"] == nil)
    }

    @Test(.enabled(if: NetworkSandbox.missing(["nft"]) == nil, "it takes root and nft"))
    func connectionsThatAreTracked() async throws {
        let sandbox = try NetworkSandbox(
            """
            ip link set lo up
            nft 'add table ip t; add chain ip t c { type filter hook output priority 0; }; add rule ip t c ct state new accept'
            """)
        _ = try sandbox.run("bash -c 'printf x >/dev/udp/127.0.0.1/9'")
        let result = try await Self.capture(sandbox)
        let rows = try Self.rows(result, "conntrack")
        let row = try #require(rows.first { $0["original_destination_port"]?.int == 9 }, "\(rows)")
        #expect(row["protocol"]?.string == "udp" && row["original_source"]?.string == "127.0.0.1")
        #expect(row["reply_source_port"]?.int == 9 && row["timeout_seconds"]?.int != nil)
    }
}
