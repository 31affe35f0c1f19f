import Foundation
import Glibc
import Testing

/// The program where it may do less than elsewhere, or is lied to: file systems that are read-only, no capabilities, an account of nobody,
/// a made-up `/proc`. As on a hardened node, or in a container.
@Suite(.needsBinary, .needsMounting, .needsTool("unshare"), .needsTool("setpriv"), .serialized)
struct ConfinedRunTests {
    /// What is taken away before the program runs, in mounts of its own. `/mnt/place` is the one place that stays writable.
    private enum Confinement: String, CaseIterable {
        case readOnly, nobody, nobodyReadOnly

        static let program = "/mnt/exhibit"
        private static let place = """
            set -e
            mount -t tmpfs -o mode=755 tmpfs /mnt
            install -m 755 "$0" /mnt/exhibit
            install -d -m 700 /mnt/place
            export HOME=/mnt/place XDG_CONFIG_HOME=/mnt/place TMPDIR=/mnt/place

            """
        private static let locking = """
            mount -o mode=755,size=1g -t tmpfs tmpfs /mnt/place
            cut -d ' ' -f 5 /proc/self/mountinfo | while read -r point; do
                case "$point" in
                    /proc*|/sys*|/dev*|/mnt/place) ;;
                    *) mount -o remount,bind,ro "$point" 2>/dev/null || : ;;
                esac
            done
            if touch /tmp/written 2>/dev/null || touch /mnt/written 2>/dev/null; then echo 'it is not read-only' >&2; exit 99; fi

            """
        private static let asNobody = """
            setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
            """

        var script: String { script("", "exec ") }

        /// - Parameters:
        ///   - preparation: what else is to be done, once everything is locked.
        ///   - before: words before the program.
        func script(_ preparation: String, _ before: String) -> String {
            Self.place + (self == .nobody ? "" : Self.locking) + "chown 65534:65534 /mnt/place\n" + preparation + before
                + (self == .readOnly ? #""$@""# : Self.asNobody)
        }
    }

    private static func run(_ script: String, _ arguments: [String]) async throws -> Program.Outcome {
        let binary = try #require(Requirements.binary)
        return try await Turns.during {
            try await Program(
                "/usr/bin/unshare",
                ["--mount", "--propagation", "private", "/bin/sh", "-c", script, binary] + arguments,
                environment: try Exhibit.environment(), folder: "/", standardOutput: nil
            ).outcome(within: .seconds(90))
        }
    }

    private static func unpacked(_ outcome: Program.Outcome, in folder: String) async throws -> Capture {
        let path = folder + "/bundle.tar.zst"
        try Files.write(outcome.output, to: path)
        try await Exhibit.expect(Exhibit.Code.consistentNotAuthenticated, ["verify", path])
        return Capture(path: path, sealID: "", exitCode: outcome.status, folder: try await Capture.unpack(path))
    }

    /// Whatever may not be done is said, and the rest is there.
    @Test(arguments: Confinement.allCases)
    private func aHostIsCapturedAsFarAsItMayBe(_ confinement: Confinement) async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Self.run(
                confinement.script, [Confinement.program, "collect"] + Capture.ofThisHost + ["--out", "-"])
            #expect([Exhibit.Code.ok, Exhibit.Code.sealedWithGaps].contains(outcome.status), "\(outcome.errors)")
            let capture = try await Self.unpacked(outcome, in: folder)
            let lines = try capture.ledger()
            #expect(!lines.contains { $0.reason?.code == "Unexpected" }, "\(lines)")
            let processes = try #require(lines.first { $0.collector == "host-processes" })
            #expect(["ok", "partial"].contains(processes.state), "\(processes)")
            #expect(try capture.text("data/host/processes/processes.jsonl").contains("\"pid\":1,"))
            if confinement != .readOnly {
                #expect(outcome.status == Exhibit.Code.sealedWithGaps)
                #expect(processes.reason?.code == "PermissionDenied", "\(processes)")
            }
        }
    }

    /// A file in the one writable place is as good as a stream.
    @Test func aBundleInTheOneWritablePlace() async throws {
        let outcome = try await Self.run(
            Confinement.nobodyReadOnly.script,
            [
                "/bin/sh", "-c",
                #"/mnt/exhibit collect host --profile minimal --out /mnt/place/b.tar.zst >&2; echo "$?" >&2; cat /mnt/place/b.tar.zst"#,
            ])
        #expect(
            outcome.status == 0 && outcome.errors.contains("\n\(Exhibit.Code.sealedWithGaps)\n"), "\(outcome.errors)")
        try await Scratch.withFolder { folder in _ = try await Self.unpacked(outcome, in: folder) }
    }

    /// Where nothing can be written, not even aside, it is said before anything is captured.
    @Test(arguments: ["-", "/mnt/b.tar.zst", "b.tar.zst"])
    func noWritablePlaceIsSaid(out: String) async throws {
        let outcome = try await Self.run(
            Confinement.nobodyReadOnly.script,
            [
                "/usr/bin/env", "TMPDIR=/tmp", Confinement.program, "collect", "host", "--profile", "minimal", "--out",
                out,
            ])
        #expect(outcome.status == Exhibit.Code.outputNotWritable, "\(outcome.summary)")
        #expect(outcome.output.isEmpty && outcome.errors.contains("Read-only file system"), "\(outcome.errors)")
    }

    // MARK: A made-up procfs

    /// Processes whose files are FIFOs (1), links to what they must not say (2), directories (3), without an end (4), devices (5),
    /// noise (6); with numbers that are none; and what is said of the machine is as false.
    private static let tree = """
        set -e
        cd "$1"
        echo 'LEAKED (LEAKED) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0' > "$2"
        files='stat status cmdline environ cgroup maps mountinfo limits wchan comm net/tcp net/udp net/unix net/nf_conntrack'
        for pid in 1 2 3 4 5 6 99999999999999999999 2147483648 -1 007 x; do
            mkdir -p "$pid/net" "$pid/ns" "$pid/fd" "$pid/fdinfo"
            ln -s 'net:[4026531840]' "$pid/ns/net"; ln -s 'socket:[7]' "$pid/fd/3"; ln -s "$2" "$pid/exe"
            ln -s / "$pid/root"; ln -s / "$pid/cwd"; mkfifo "$pid/fdinfo/3"
            for file in $files; do
                case "$pid" in
                    1|-1) mkfifo "$pid/$file" ;;
                    2|x) ln -s "$2" "$pid/$file" ;;
                    3|007) mkdir "$pid/$file" ;;
                    4) truncate -s 1T "$pid/$file" ;;
                    5) mknod "$pid/$file" c 1 5 ;;
                    *) head -c 20000 /dev/urandom > "$pid/$file" ;;
                esac
            done
        done
        ln -s 6 self; ln -s 6/task/6 thread-self; ln -s / 8; mkfifo 9
        mkdir -p sys/kernel/random sys/net/netfilter net pressure
        for file in stat meminfo cpuinfo modules version cmdline loadavg mounts kallsyms sys/kernel/random/boot_id; do
            ln -s "$2" "$file"
        done
        mkfifo uptime; mkfifo kmsg; mkdir swaps; truncate -s 1T sys/kernel/osrelease; truncate -s 1T pressure/cpu
        """

    private static func withTree<Value>(_ body: (_ folder: String, _ proc: String) async throws -> Value) async throws
        -> Value
    {
        try await Scratch.withFolder { folder in
            let proc = folder + "/proc"
            try FileManager.default.createDirectory(atPath: proc, withIntermediateDirectories: true)
            try await Tool.run("sh", ["-c", tree, "sh", proc, folder + "/secret"])
            return try await body(folder, proc)
        }
    }

    @Test func aMadeUpProcLeadsNowhere() async throws {
        try await Self.withTree { folder, proc in
            let outcome = try await Self.run(
                #"proc=$1; shift; mount --bind "$proc" /proc; exec "$0" "$@""#,
                [
                    proc, "collect", "host", "--since", "1m", "--without", "host-changes", "--deadline", "40s", "--out",
                    "-",
                ])
            #expect(!outcome.hung && Exhibit.Code.sealed.contains(outcome.status), "\(outcome.errors)")
            let capture = try await Self.unpacked(outcome, in: folder)
            let lines = try capture.ledger()
            #expect(!lines.contains { $0.reason?.code == "Unexpected" }, "\(lines)")
            #expect(lines.contains { $0.collector == "host-processes" && $0.state != "ok" })
            for path in try capture.paths() where path.hasPrefix("data/") {
                #expect(try !capture.text(path).contains("LEAKED"), "\(path)")
            }
        }
    }

    /// What an agent says, frame by frame.
    private static func frames(_ bytes: [UInt8]) throws -> [(kind: UInt8, text: String)] {
        var frames: [(UInt8, String)] = []
        var rest = bytes[...]
        while rest.count > 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(length > 0 && rest.count >= 4 + length, "a frame is cut off")
            frames.append(
                (rest[rest.startIndex + 4], String(decoding: rest.dropFirst(5).prefix(length - 1), as: UTF8.self)))
            rest = rest.dropFirst(4 + length)
        }
        return frames
    }

    /// The agent's side as an account of nobody, without capabilities, with nothing to write to, and with a made-up `/proc`: each job ends.
    @Test func anAgentThatMayNothingAnswers() async throws {
        try await Self.withTree { folder, proc in
            var jobs: [UInt8] = []
            let names = ["host-identity", "host-processes", "host-sockets", "host-mounts"]
            for name in names {
                let definition = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "show", name]).text
                let job = try JSONSerialization.data(withJSONObject: [
                    "definition": definition, "step": 0, "timeout": 10_000, "bytes": 100_000_000,
                ])
                let length = UInt32(job.count + 1)
                jobs += withUnsafeBytes(of: length.bigEndian) { Array($0) } + [1] + Array(job)
            }
            try Files.write(jobs, to: folder + "/jobs")
            let until = Int(Date().timeIntervalSince1970) + 3_600
            // Its input stays open for as long as the jobs may take.
            let outcome = try await Self.run(
                "proc=$1; jobs=$2; shift 2\n"
                    + Confinement.nobodyReadOnly.script(
                        #"exec 3<"$jobs"; mount --bind "$proc" /proc; "#, "{ cat <&3; sleep 15; } | "),
                [proc, folder + "/jobs", Confinement.program, "agent", "serve", "--until", "\(until)", "--root", "/"])
            #expect(!outcome.hung && outcome.status == 0, "\(outcome.errors)")
            let frames = try Self.frames(outcome.output)
            #expect(frames.first?.kind == 16)
            #expect(frames.count { $0.kind == 21 } == names.count, "\(frames.map(\.kind)) \(outcome.errors)")
            #expect(!frames.contains { $0.text.contains("LEAKED") || $0.text.contains("Unexpected") })
        }
    }
}
