import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Glibc
import LinuxHost
import StructuredText
import Testing

/// Who may log in to a host, by the files of a root that the test makes.
struct HostAccountsTests {
    private static func run(_ root: HostRoot) async throws -> StepResult {
        let kind = StepRegistry.kinds.kind("accounts", of: .host)
        let step = StepDefinition(kind: try #require(kind))
        let options = root.options
        return try await StepResult.of { try await HostAccountsStep(step, options).run($0) }
    }

    private static let hash = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
    private static let key =
        "AAAAC3NzaC1lZDI1NTE5AAAAIJ7dKEHdpQnA4PRKaD8jVFg/6CSUfSTVUOKJIHrSDwWp"

    @Test
    func usersWithoutTheirHashes() async throws {
        try await HostRoot.with { root in
            root.write(
                "etc/passwd",
                """
                root:x:0:0:root:/root:/bin/bash
                toor:x:0:0::/root:/bin/sh
                open::1000:1000:,,,:/home/open:/bin/bash
                old:\(Self.hash):1001:1001::/home/old:/bin/bash
                lost:x:1002:1002::/home/lost:/bin/false
                a line with \(Self.hash)

                """)
            root.write(
                "etc/shadow",
                """
                root:\(Self.hash):20000:0:99999:7:::
                toor:!$6$salt$hash:20000:0:99999:7:30:20500:
                open::20000::::::
                ghost:*:20000:0:99999:7:::

                """)
            root.write("etc/group", "root:x:0:\nsudo:\(Self.hash):27:open,old\n")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial && result.line.reason?.code == "Malformed", "\(result.line)")
            let users = try result.records("host/accounts/users.jsonl")
            func user(_ name: String) throws -> JSONValue { try #require(users.first { $0["name"]?.string == name }) }
            #expect(users.count == 6)
            #expect(try user("root")["password"]?.string == "set")
            #expect(try user("root")["algorithm"]?.string == "yescrypt")
            #expect(try user("root")["last_change"]?.string == "2024-10-04T00:00:00.000000000Z")
            #expect(try user("toor")["password"]?.string == "locked")
            #expect(try user("toor")["algorithm"]?.string == "sha512")
            #expect(try user("toor")["inactive_days"]?.int == 30)
            #expect(try user("open")["password"]?.string == "empty")
            #expect(try user("old")["hash_in_passwd"]?.bool == true)
            #expect(try user("lost")["password"]?.string == "absent")
            #expect(try user("ghost")["password"]?.string == "none")
            let groups = try result.records("host/accounts/groups.jsonl")
            #expect(groups.last?["members"]?.serialized() == Array(#"["open","old"]"#.utf8))
            #expect(groups.last?["password"]?.string == "set")
            for secret in ["j9T", "F5Jx5", "X3DX6", "$6$", "salt"] { #expect(result.entries(with: secret) == []) }
        }
    }

    @Test
    func keysOfAllUsers() async throws {
        try await HostRoot.with { root in
            root.write(
                "etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n")
            root.write(
                "etc/ssh/sshd_config",
                "Port 22\nAuthorizedKeysFile /etc/ssh/keys/%u  # comment\nMatch User ann\n  X11Forwarding yes\n")
            root.write(
                "home/ann/.ssh/authorized_keys",
                """
                # mine
                ssh-ed25519 \(Self.key) ann@laptop
                from="10.0.0.0/8",environment="TOKEN=hunter2",command="/bin/echo \\"a b\\"" ssh-ed25519 \(Self.key)
                -----BEGIN OPENSSH PRIVATE KEY-----
                b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
                ssh-ed25519 hunter2notakey
                """)
            root.write("home/ann/.ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n")
            root.write("home/ann/.bash_history", "mysql -phunter2\n")
            root.link("root/.bash_history", to: "/dev/null")
            root.write("etc/ssh/keys/root", "ssh-ed25519 \(Self.key) there\n")
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            let keys = try result.records("host/accounts/keys.jsonl")
            #expect(
                keys.map { $0["path"]?.string } == ["/etc/ssh/keys/root"]
                    + Array(repeating: "/home/ann/.ssh/authorized_keys", count: 5))
            // As `ssh-keygen -l -f` printed it.
            #expect(keys.compactMap { $0["fingerprint"]?.string }.count == 3)
            #expect(Set(keys.compactMap { $0["fingerprint"]?.string }).count == 1)
            #expect(keys.filter { $0["not_a_key"]?.bool == true }.count == 3)
            #expect(keys[1]["comment"]?.string == "ann@laptop")
            #expect(
                keys[2]["options"]?.serialized()
                    == Array(
                        ##"["from=\"10.0.0.0/8\"","environment=(left out)","command=\"/bin/echo \\\"a b\\\"\""]"##.utf8)
            )
            let settings = try result.records("host/accounts/sshd.jsonl")
            #expect(
                settings.last?["condition"]?.string == "User ann"
                    && settings.last?["keyword"]?.string == "x11forwarding")
            let files = try result.records("host/accounts/files.jsonl")
            let history = files.filter { $0["reason"]?.string == "history" }
            #expect(history.map { $0["path"]?.string } == ["/root/.bash_history", "/home/ann/.bash_history"])
            #expect(history.first?["link_target"]?.string == "/dev/null")
            #expect(files.contains { $0["path"]?.string == "/home/ann/.ssh/id_ed25519" })
            for secret in ["hunter2", "PRIVATE", "b3BlbnNzaC1rZXk"] { #expect(result.entries(with: secret) == []) }
        }
    }

    /// Homes of users of the system are links on most hosts, or not there; a link of another kind is none to follow.
    @Test
    func homesThatAreLinks() async throws {
        try await HostRoot.with { root in
            root.link("bin", to: "usr/bin")
            root.link("var/run", to: "/run")
            root.write("usr/bin/.bash_history", "x\n")
            root.write("run/daemon/.profile", "x\n")
            root.write("elsewhere/.profile", "x\n")
            root.link("home/link", to: root.path + "/elsewhere")
            root.write(
                "etc/passwd",
                "bin:x:2:2::/bin:/bin/sh\nd:x:3:3::/var/run/daemon:/bin/sh\nn:x:4:4::/nonexistent:/bin/sh\nl:x:5:5::/home/link:/bin/sh\n"
            )
            let result = try await Self.run(root)
            let files = try result.records("host/accounts/files.jsonl").filter { $0["user"] != nil }
            #expect(files.map { $0["path"]?.string } == ["/usr/bin/.bash_history", "/run/daemon/.profile"])
            let failures = try result.records("host/accounts/failures.jsonl").compactMap { $0["path"]?.string }
            // Once for the keys, once for the other files.
            #expect(failures.count == 2 && failures.allSatisfy { $0.hasSuffix("/home/link") }, "\(failures)")
        }
    }

    /// The fingerprint is the one that OpenSSH has.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen"), "there is no ssh-keygen"))
    func fingerprintsAreThoseOfSSH() async throws {
        try await HostRoot.with { root in
            root.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
            root.folder("root/.ssh")
            for (index, arguments) in [["ed25519"], ["rsa", "-b", "3072"], ["ecdsa", "-b", "384"]].enumerated() {
                let made = try await Command.run(
                    ["/usr/bin/ssh-keygen", "-q", "-N", "", "-f", root.path + "/key\(index)", "-t"] + arguments)
                #expect(made.status == 0, "\(made.errors)")
            }
            let lines = try (0..<3).map { try String(contentsOfFile: root.path + "/key\($0).pub", encoding: .utf8) }
            root.write("root/.ssh/authorized_keys", lines.joined())
            let told = try await Command.run([
                "/usr/bin/ssh-keygen", "-l", "-f", root.path + "/root/.ssh/authorized_keys",
            ])
            let result = try await Self.run(root)
            let keys = try result.records("host/accounts/keys.jsonl")
            #expect(
                keys.compactMap { $0["fingerprint"]?.string }
                    == told.output.split(separator: "\n").map { String($0.split(separator: " ")[1]) })
            #expect(keys[1]["bits"]?.int == 3_072)
        }
    }

    @Test
    func sudoRules() async throws {
        try await HostRoot.with { root in
            root.write(
                "etc/sudoers",
                """
                # who
                Defaults env_reset
                User_Alias OPS = ann, \\
                    bob
                root ALL=(ALL:ALL) ALL
                OPS  ALL=(ALL) NOPASSWD: ALL  # all of it
                #1000 ALL=ALL
                @includedir /etc/sudoers.d
                #include /etc/more
                """)
            root.write("etc/sudoers.d/90-cloud", "cloud ALL=(ALL) NOPASSWD:ALL\n")
            root.write("etc/sudoers.d/old.bak", "Defaults !authenticate\n")
            root.write("etc/more", "#include /etc/sudoers\n%wheel ALL=(ALL) ALL\n")
            let rules = try await Self.run(root).records("host/accounts/sudo.jsonl")
            func texts(_ kind: String) -> [String?] {
                rules.filter { $0["kind"]?.string == kind }.map { $0["text"]?.string }
            }
            #expect(texts("alias") == ["User_Alias OPS = ann,     bob"])
            #expect(
                texts("rule") == [
                    "root ALL=(ALL:ALL) ALL", "OPS  ALL=(ALL) NOPASSWD: ALL", "#1000 ALL=ALL",
                    "cloud ALL=(ALL) NOPASSWD:ALL", "%wheel ALL=(ALL) ALL",
                ])
            #expect(
                rules.filter { $0["without_password"]?.bool == true }.map { $0["path"]?.string }
                    == ["/etc/sudoers", "/etc/sudoers.d/90-cloud", "/etc/sudoers.d/old.bak"])
            #expect(rules.filter { $0["ignored"]?.bool == true }.count == 1)
        }
    }

    /// One record as glibc of this machine writes it.
    private static func record(_ type: Int16, _ user: String, terminal: String, host: String, seconds: Int32) -> [UInt8]
    {
        let layout = LoginRecord.Layout.own
        var record = [UInt8](repeating: 0, count: layout.size)
        func put(_ text: String, _ at: Int) {
            record.replaceSubrange(at..<at + text.utf8.count, with: Array(text.utf8))
        }
        withUnsafeBytes(of: type.littleEndian) { record.replaceSubrange(0..<2, with: $0) }
        withUnsafeBytes(of: Int32(4_711).littleEndian) { record.replaceSubrange(4..<8, with: $0) }
        put(terminal, 8)
        put(user, 44)
        put(host, 76)
        withUnsafeBytes(of: seconds.littleEndian) {
            record.replaceSubrange(layout.seconds.lowerBound..<layout.seconds.lowerBound + 4, with: $0)
        }
        record.replaceSubrange(layout.address.lowerBound..<layout.address.lowerBound + 4, with: [10, 0, 0, 7])
        return record
    }

    @Test
    func recordsOfLogins() async throws {
        try await HostRoot.with { root in
            root.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:3:3::/home/ann:/bin/sh\n")
            root.write(
                "var/log/wtmp",
                Self.record(2, "reboot", terminal: "~", host: "6.1.0", seconds: 1_700_000_000)
                    + Self.record(7, "ann", terminal: "pts/0", host: "10.0.0.7", seconds: 1_700_000_100) + [1, 2, 3])
            root.write(
                "var/log/btmp",
                Self.record(6, "hunter2", terminal: "tty1", host: "", seconds: 1_700_000_200)
                    + Self.record(6, "admin", terminal: "ssh:notty", host: "10.0.0.9", seconds: 1_700_000_300)
                    + Self.record(6, "root", terminal: "tty1", host: "", seconds: 1_700_000_400))
            root.sparse("var/log/lastlog")
            let lastlog = open(root.path + "/var/log/lastlog", O_WRONLY)
            var last = [UInt8](repeating: 0, count: 292)
            withUnsafeBytes(of: Int32(1_700_000_100).littleEndian) { last.replaceSubrange(0..<4, with: $0) }
            last.replaceSubrange(4..<9, with: Array("pts/0".utf8))
            pwrite(lastlog, last, 292, 3 * 292)
            close(lastlog)
            let result = try await Self.run(root)
            let logins = try result.records("host/accounts/logins.jsonl")
            #expect(logins.map { $0["record"]?.string } == ["boot", "user", "login", "login", "login"])
            #expect(logins[1]["address"]?.string == "10.0.0.7" && logins[1]["pid"]?.int == 4_711)
            #expect(logins[1]["time"]?.string == "2023-11-14T22:15:00.000000000Z")
            // Who typed a password where the name belongs.
            #expect(logins[2]["user"] == nil && logins[2]["user_left_out"]?.bool == true)
            #expect(logins[3]["user"]?.string == "admin" && logins[4]["user"]?.string == "root")
            #expect(result.entries(with: "hunter2") == [])
            #if arch(x86_64)
            let lastLogins = try result.records("host/accounts/last-logins.jsonl")
            #expect(lastLogins.map { $0["user"]?.string } == ["ann"])
            #expect(lastLogins.first?["terminal"]?.string == "pts/0")
            #endif
        }
    }

    /// What whoever owns the host may have put there.
    @Test
    func aHostileHost() async throws {
        try await HostRoot.with { root in
            root.write("outside/secret", "hunter2\n")
            root.write(
                "etc/passwd",
                "a:x:1:1::/home/a:/bin/sh\nb:x:2:2::/../../outside:/bin/sh\nc:x:3:3::/home/\u{1}c:/bin/sh\n")
            root.fifo("etc/shadow")
            root.link("etc/group", to: "/outside/secret")
            root.sparse("etc/sudoers")
            root.link("home/a/.ssh", to: root.path + "/outside")
            root.write("outside/authorized_keys", "ssh-ed25519 \(Self.key) outside\n")
            root.write("etc/pam.d/a\nb", "auth required pam_unix.so password=hunter2\n@include common\n")
            root.sparse("var/log/wtmp")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial, "\(result.line)")
            #expect(result.entries(with: "hunter2") == [] && result.entries(with: "ssh-ed25519") == [])
            let failures = try result.records("host/accounts/failures.jsonl").compactMap { $0["path"]?.string }
            for path in ["/etc/shadow", "/etc/group", "/etc/sudoers", "/home/a/.ssh", "/var/log/wtmp"] {
                #expect(failures.contains { $0.hasSuffix(path) }, "\(path) in \(failures)")
            }
            let pam = try result.records("host/accounts/pam.jsonl")
            #expect(pam.first?["path"]?.string == "/etc/pam.d/a\nb" && pam.first?["module"]?.string == "pam_unix.so")
        }
    }
}
