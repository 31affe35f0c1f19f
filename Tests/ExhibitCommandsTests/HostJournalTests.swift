import Foundation
import Testing

/// The journal of a host on which others' files may not be read: journalctl shows what it may and says nothing.
@Suite(.needsBinary, .needsMounting)
struct HostJournalTests {
    /// In mounts of its own, as nobody. `/var/log` has a journal of the system (root's alone) and, if wanted, one of the user's own.
    private static let script = """
        set -e
        binary=$1 system=$2 own=$3 out=$4
        mount -t tmpfs tmpfs /var/log
        chmod 755 /var/log
        folder=/var/log/journal/$(cat /etc/machine-id)
        mkdir -p "$folder"
        install -m 600 "$system" "$folder/system.journal"
        if [ -n "$own" ]; then install -m 600 -o 65534 "$own" "$folder/user-65534.journal"; fi
        install -m 755 "$binary" /var/log/exhibit
        install -d -m 700 -o 65534 /var/log/out
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/var/log/out XDG_CONFIG_HOME=/var/log/out \\
            /var/log/exhibit collect host --since 1h --deadline 30s --out /var/log/out/bundle.tar || echo "exit $?"
        cp /var/log/out/bundle.tar "$out"
        """

    @Test(arguments: [("own", "partial"), ("", "denied")])
    func aJournalOfOthersIsNotSaidToBeWhole(own: String, state: String) async throws {
        let tools = ["/lib/systemd/systemd-journal-remote", "/usr/bin/journalctl", "/usr/bin/setpriv"]
        guard tools.allSatisfy({ FileManager.default.isExecutableFile(atPath: $0) }), Files.exists("/etc/machine-id")
        else {
            try Test.cancel("not installed: one of \(tools.joined(separator: ", ")), or there is no /etc/machine-id")
        }
        try await Scratch.withFolder { folder in
            let now = Int(Date().timeIntervalSince1970) * 1_000_000
            try Files.write(
                """
                __REALTIME_TIMESTAMP=\(now)
                __MONOTONIC_TIMESTAMP=1
                _BOOT_ID=0123456789abcdef0123456789abcdef
                _MACHINE_ID=fedcba9876543210fedcba9876543210
                MESSAGE=hello


                """, to: folder + "/export")
            for name in ["system", "own"] {
                try await Tool.run(tools[0], ["-o", "\(folder)/\(name).journal", folder + "/export"])
            }
            let binary = try #require(Requirements.binary)
            let path = folder + "/bundle.tar"
            _ = try await Turns.during {
                try await Tool.run(
                    "unshare",
                    [
                        "--mount", "sh", "-c", Self.script, "sh", binary, folder + "/system.journal",
                        own.isEmpty ? "" : "\(folder)/\(own).journal", path,
                    ])
            }
            let unpacked = try await Capture.unpack(path)
            let lines = try LedgerLine.decode(Files.text(unpacked + "/meta/ledger.jsonl"))
            let line = try #require(lines.first { $0.collector == "host-journal" })
            #expect(line.state == state, "\(line)")
            #expect(line.reason?.code == "PermissionDenied")
            #expect(line.reason?.message.contains("system.journal") == true)
            #expect(line.entries.isEmpty == own.isEmpty)
        }
    }
}
