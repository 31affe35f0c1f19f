import Rows
import Testing

/// The tables of built-in collectors that dial or ask a program, on what they captured from real servers on the machine of the tests:
/// openssl, dnsmasq, PostgreSQL.
struct DialledTableTests {
    private static let whole = "tls-endpoints/localhost_18444.json"
    private static let broken = "tls-endpoints/127.0.0.1_18445.json"
    private static let refused = "tls-endpoints/127.0.0.1_1.json"

    private static func only(_ name: String, of file: String) throws -> [String: RowValue] {
        let table = try CapturedTable.read(name, of: file)
        #expect(table.rows.count == 1 && table.tally.unread == 0)
        return try #require(table.rows.first)
    }

    // MARK: TLS

    @Test
    func certificatesOfAChainAreRows() throws {
        let chain = try CapturedTable.read("tls_endpoints_certificates", of: Self.whole)
        #expect(chain.tally.unread == 0)
        #expect(chain.words("depth") == ["0", "1"])
        #expect(chain.words("subject") == ["CN=localhost", "CN=Test Intermediate,O=Exhibit Test"])
        #expect(chain.words("issuer") == ["CN=Test Intermediate,O=Exhibit Test", "CN=Test Root,O=Exhibit Test"])
        #expect(chain.words("server") == ["localhost:18444", "localhost:18444"])
        let leaf = try #require(chain.rows.first)
        #expect(leaf["not_before"]?.words == "2026-11-29T21:13:05.000000000Z")
        #expect(leaf["not_after"]?.words == "2027-11-29T21:13:05.000000000Z")
        #expect(leaf["names"] == .json(#"["DNS:localhost","DNS:www.example.test"]"#))
        #expect(leaf["chain_verified"] == .boolean(true) && leaf["public_key"] == .text("EC 256"))
        #expect(leaf["serial_number"] == .text("0F6EFBA479D7C1963485B064B3438B41157EC78E"))
        #expect(try CapturedTable.read("tls_endpoints_problems", of: Self.whole).rows.isEmpty)
    }

    @Test
    func whatIsWrongWithAChainIsRows() throws {
        let problems = try CapturedTable.read("tls_endpoints_problems", of: Self.broken)
        #expect(problems.words("code") == ["18", "64"] && problems.tally.unread == 0)
        #expect(problems.words("problem") == ["self-signed certificate", "IP address mismatch"])
        let server = try Self.only("tls_endpoints", of: Self.broken)
        #expect(server["verified"] == .boolean(false) && server["client_certificate_wanted"] == .boolean(true))
        #expect(server["protocol"] == .text("TLSv1.3") && server["expected_name"] == .text("127.0.0.1"))
    }

    /// The three collectors say the same of a handshake; where it was is what they differ in.
    @Test(arguments: ["tls_endpoints", "ingress_tls", "tls_ports"])
    func handshakesAreRows(_ table: String) throws {
        let row = try Self.only(table, of: Self.whole)
        #expect(row["complete"] == .boolean(true) && row["alpn"] == .text("h2") && row["verified"] == .boolean(true))
        #expect(row["key_exchange"] == .text("X25519") && row["anchor"] == .text("CN=Test Root,O=Exhibit Test"))
        #expect(row["failure"] == .null && row["milliseconds"] != .null)
    }

    @Test
    func hostsOfIngressesAreRows() throws {
        let file = "ingress-tls/localhost_18444.json"
        for table in ["ingress_tls", "ingress_tls_dialled"] {
            let row = try Self.only(table, of: file)
            #expect(row["ingress"] == .text("exhibit-tables/shop") && row["server"] == .text("localhost:18444"))
        }
        let chain = try CapturedTable.read("ingress_tls_certificates", of: file)
        #expect(chain.words("subject") == ["CN=localhost", "CN=Test Intermediate,O=Exhibit Test"])
        #expect(chain.words("ingress") == ["exhibit-tables/shop", "exhibit-tables/shop"])
    }

    @Test
    func whatCannotBeDialledIsARow() throws {
        let dialled = try Self.only("tls_endpoints_dialled", of: Self.refused)
        #expect(dialled["connected"] == .boolean(false) && dialled["failure_code"] == .text("ConnectionRefused"))
        let server = try Self.only("tls_endpoints", of: Self.refused)
        #expect(server["server"] == .text("127.0.0.1:1") && server["verified"] == .null)
        let unknown = "tls-endpoints/no-such-host.invalid_443.json"
        #expect(try Self.only("tls_endpoints", of: unknown)["dial_failure_code"] == .text("NotResolved"))
        #expect(try CapturedTable.read("tls_endpoints_dialled", of: unknown).rows.isEmpty)
    }

    // MARK: TCP

    @Test
    func connectionsAreRows() throws {
        let good = try Self.only("reach_dialled", of: "reach/localhost_18444.json")
        #expect(good["server"] == .text("localhost:18444") && good["address"] == .text("127.0.0.1:18444"))
        #expect(good["connected"] == .boolean(true) && good["address_class"] == .text("loopback"))
        #expect(try Self.only("reach", of: "reach/localhost_18444.json")["failure_code"] == .null)
        let unknown = try Self.only("reach", of: "reach/no-such-host.invalid_443.json")
        #expect(unknown["failure_code"] == .text("NotResolved"))
    }

    // MARK: DNS

    @Test
    func answersOfServersAreRows() throws {
        let file = "names/www.example.test.json"
        let answers = try CapturedTable.read("names_answers", of: file)
        #expect(answers.words("type") == ["A", "AAAA", "CNAME", "TXT", "A", "AAAA", "CNAME", "TXT"])
        #expect(answers.words("rcode").prefix(3) == ["NOERROR", "NOERROR", "REFUSED"])
        // The other server is none.
        #expect(answers.words("failure_code").suffix(4).allSatisfy { $0 == "ConnectionRefused" })
        #expect(answers.rows.allSatisfy { $0["name"] == .text("www.example.test") })
        let records = try CapturedTable.read("names_records", of: file)
        #expect(records.words("data") == ["192.0.2.10", "2001:db8::10", #""v=spf1 -all""#])
        #expect(records.words("server") == Array(repeating: "127.0.0.1:15353", count: 3))
        let resolved = try Self.only("names_resolved", of: file)
        #expect(resolved["failure_code"] == .text("NotResolved"))
        #expect(try Self.only("names_addresses", of: "names/localhost.json")["address"] == .text("127.0.0.1"))
    }

    /// What was asked for and what came are not the same.
    @Test
    func aliasesAreToldFromWhatTheyMean() throws {
        let records = try CapturedTable.read("names_records", of: "names/shop.example.test.json")
        let alias = try records.row("type", .text("CNAME"))
        #expect(alias["question_type"] == .text("A") && alias["owner_name"] == .text("shop.example.test"))
        #expect(alias["data"] == .text("web.example.test") && alias["ttl"] == .integer(300), "\(alias)")
        let address = try records.row("type", .text("A"))
        #expect(address["owner_name"] == .text("web.example.test") && address["name"] == .text("shop.example.test"))
    }

    // MARK: Programs

    @Test
    func postgreSQLFromAfarIsRows() throws {
        func table(_ name: String) throws -> CapturedTable {
            let file = "postgresql-url/\(name.replacing("_", with: "-")).csv"
            let table = try CapturedTable.read("postgresql_url_\(name)", of: file)
            #expect(table.tally.unread == 0 && table.tally.absentHeadings == [], "\(name)")
            return table
        }
        let waiting = try table("locks").row("granted", .boolean(false))
        #expect(waiting["blocked_by"] == .text("{10044}") && waiting["relation_name"] == .text("public.orders"))
        let holder = try table("activity").row("pid", .integer(10_044))
        #expect(holder["query"] == .text("SELECT 'holds the lock';") && holder["state"] == .text("idle in transaction"))
        #expect(try table("prepared").words("gid") == ["forgotten"])
        #expect(try table("replication_slots").words("slot_name") == ["forgotten"])
        #expect(try table("tables").row("table_name", .text("customers"))["total_bytes"] == .integer(8_192))
        #expect(try table("databases").rows.contains { $0["datname"] == .text("shop") })
    }
}
