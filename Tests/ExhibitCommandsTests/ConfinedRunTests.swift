import Foundation
import Glibc
import Testing

/// The program where it may do less than elsewhere, or is lied to: file systems that are read-only, no capabilities, an account of nobody,
/// processes that somebody has covered. As on a hardened node, or in a container.
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

    private static func run(
        _ script: String, _ arguments: [String], ownProcesses: Bool = false
    ) async throws -> Program.Outcome {
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
            outcome.status == 0 && outcome.errors.hasSuffix("\n0\n"), "\(outcome.errors)")
        try await Scratch.withFolder { folder in _ = try await Self.unpacked(outcome, in: folder) }
    }

    /// Where nothing can be written, not even aside, it is said. A stream without its seal is no bundle.
    @Test(arguments: ["-", "/mnt/b.tar.zst", "b.tar.zst"])
    func noWritablePlaceIsSaid(out: String) async throws {
        let outcome = try await Self.run(
            Confinement.nobodyReadOnly.script,
            ["/usr/bin/env", "TMPDIR=/tmp", Confinement.program, "collect"] + Capture.ofThisHost + ["--out", out])
        #expect(outcome.status == Exhibit.Code.outputNotWritable, "\(outcome.summary)")
        #expect(outcome.errors.contains("Read-only file system") && outcome.errors.contains("choose a folder"))
        #expect(outcome.errors.contains("nothing was sealed"), "\(outcome.errors)")
    }

    // MARK: A made-up procfs

    /// In a folder for each kind: files of a process that are FIFOs, links to what they must not say, directories, without an end,
    /// devices, noise. And what may stand in place of files that speak of the machine.
    private static let tree = """
        set -e
        cd "$1"
        echo 'LEAKED (LEAKED) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0' > secret
        files='stat status cmdline environ cgroup maps mountinfo limits wchan comm net/tcp net/udp net/unix net/nf_conntrack'
        for kind in fifo link folder endless device noise; do
            mkdir "$kind"
            cd "$kind"
            mkdir net ns fd fdinfo
            ln -s 'net:[4026531840]' ns/net; ln -s 'socket:[7]' fd/3; ln -s / fd/-1; ln -s / fd/99999999999999999999
            ln -s ../secret exe; ln -s / root; ln -s / cwd; mkfifo fdinfo/3
            for file in $files; do
                case "$kind" in
                    fifo) mkfifo "$file" ;;
                    link) ln -s "$1/secret" "$file" ;;
                    folder) mkdir "$file" ;;
                    endless) truncate -s 1T "$file" ;;
                    device) mknod "$file" c 1 5 ;;
                    noise) head -c 20000 /dev/urandom > "$file" ;;
                esac
            done
            cd ..
        done
        """

    /// In processes and mounts of its own: over each of some processes, and over what speaks of the machine, is what was made up. So does
    /// who hides a process from those who list them.
    private static let covering = """
        tree=$1; shift
        for kind in fifo link folder endless device noise; do
            sleep 120 &
            mount --bind "$tree/$kind" "/proc/$!"
        done
        mount --bind "$tree/fifo/stat" /proc/uptime
        mount --bind "$tree/endless/stat" /proc/meminfo; mount --bind "$tree/device/stat" /proc/cpuinfo
        mount --bind "$tree/noise/stat" /proc/loadavg; mount --bind "$tree/noise/stat" /proc/stat

        """

    private static func withTree<Value>(_ body: (_ folder: String) async throws -> Value) async throws -> Value {
        try await Scratch.withFolder { folder in
            try await Tool.run("sh", ["-c", tree, "sh", folder])
            return try await body(folder)
        }
    }

    @Test func processesThatAreCoveredLeadNowhere() async throws {
        try await Self.withTree { folder in
            let outcome = try await Self.run(
                Self.covering + #"exec "$0" "$@""#,
                [folder, "collect"] + Capture.ofThisHost + ["--deadline", "60s", "--out", "-"], ownProcesses: true)
            #expect(!outcome.hung && outcome.status == Exhibit.Code.sealedWithGaps, "\(outcome.errors)")
            let capture = try await Self.unpacked(outcome, in: folder)
            let lines = try capture.ledger()
            #expect(!lines.contains { $0.reason?.code == "Unexpected" }, "\(lines)")
            let processes = try #require(lines.first { $0.collector == "host-processes" })
            #expect(processes.state == "partial", "\(processes)")
            // The one that captures is not covered.
            #expect(try capture.text("data/host/processes/processes.jsonl").contains("\"pid\":1,"))
            for path in try capture.paths() where path.hasPrefix("data/") {
                #expect(try !capture.text(path).contains("LEAKED"), "\(path)")
            }
        }
    }

    /// What an agent says, frame by frame.
    private static func frames(_ bytes: [UInt8]) throws -> [(kind: UInt8, content: [UInt8])] {
        var frames: [(UInt8, [UInt8])] = []
        var rest = bytes[...]
        while rest.count > 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(length > 0 && rest.count >= 4 + length, "a frame is cut off")
            frames.append((rest[rest.startIndex + 4], Array(rest.dropFirst(5).prefix(length - 1))))
            rest = rest.dropFirst(4 + length)
        }
        return frames
    }

    /// The agent's side as an account of nobody, without capabilities, with nothing to write to, and among covered processes: each
    /// job ends.
    @Test func anAgentThatMayNothingAnswers() async throws {
        try await Self.withTree { folder in
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
            let outcome = try await Self.run(
                "jobs=$1; shift\n" + Self.covering
                    + Confinement.nobodyReadOnly.script(
                        // Its input stays open for as long as the jobs may take.
                        #"exec 3<"$jobs"; "#, "{ cat <&3; sleep 20; } | "),
                [
                    folder + "/jobs", folder, Confinement.program, "agent", "serve", "--until", "\(until)", "--root",
                    "/",
                ],
                ownProcesses: true)
            #expect(!outcome.hung && outcome.status == 0, "\(outcome.errors)")
            let frames = try Self.frames(outcome.output)
            #expect(frames.first?.kind == 16)
            #expect(frames.count { $0.kind == 21 } == names.count, "\(frames.map(\.kind)) \(outcome.errors)")
            func text(_ kind: UInt8, from start: Int) -> [UInt8] {
                frames.filter { $0.kind == kind }.flatMap { $0.content.dropFirst(start) }
            }
            let ends = String(decoding: text(21, from: 0), as: UTF8.self)
            #expect(!ends.contains("\"Unexpected\"") && ends.contains("PermissionDenied"), "\(ends)")
            try Files.write(text(22, from: 4), to: folder + "/packed.zst")
            let packed = try await Tool.run("zstd", ["-dc", folder + "/packed.zst"]).text
            let said = packed + String(decoding: text(18, from: 4), as: UTF8.self)
            #expect(said.contains("\"pid\":1,") && !said.contains("LEAKED"))
        }
    }
}
