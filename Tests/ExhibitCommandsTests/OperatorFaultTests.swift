import Foundation
import Glibc
import Testing

/// Faults on the operator's own side: plugins that do not end, a clock that is wrong.
@Suite(.needsBinary)
struct OperatorFaultTests {
    /// One that forks, and whose children fork: in its process group, and in sessions of their own.
    private static let forker = """
        #!/bin/sh
        cd "$(dirname "$1")"
        sh -c 'echo $$ >> pids; trap "" TERM HUP INT; sleep 987 & echo $! >> pids; wait; sleep 987' &
        echo $! >> pids
        (echo $$ >> pids; exec sleep 987) &
        echo $! >> pids
        trap "" TERM
        while :; do sleep 1; done
        """

    @Test func aPluginThatForksAndHangsIsEndedWithItsChildren() async throws {
        try await Scratch.withFolder { folder in
            let plugin = folder + "/forker"
            try Files.write(Self.forker, to: plugin)
            chmod(plugin, 0o700)
            let digest = try #require(try await Tool.run("sha256sum", [plugin]).text.split(separator: " ").first)
            try FileManager.default.createDirectory(atPath: folder + "/own", withIntermediateDirectories: false)
            try Files.write(
                """
                {apiVersion: exhibit/v1, kind: Collector, metadata: {name: forker, title: Forks}, scope: local,
                volatility: 9, steps: [{plugin: {argv: ["\(plugin)", "\(folder)/pids"]}}]}
                """, to: folder + "/own/forker.yaml")
            let server = try FakeAPIServer()
            defer { server.stop() }
            let run = try await FaultRun.of(
                [
                    "-n", FakeAPIServer.namespace, "--touch", "none", "--collectors", folder + "/own", "--with",
                    "forker", "--allow-plugin", "\(plugin)@\(digest)",
                ], kubeconfig: try server.kubeconfig(in: folder), deadline: 3)
            #expect(run.run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.run.outcome.summary)")
            run.expect(try run.line("forker"), "timeout", "Deadline")
            #expect(try run.capture.pods(in: FakeAPIServer.namespace) == [FakeAPIServer.pod])
            let children = try Files.text(folder + "/pids").split(separator: "\n").compactMap { pid_t($0) }
            #expect(children.count >= 5)
            for _ in 0..<200 where children.contains(where: Self.lives) { try await Task.sleep(for: .milliseconds(10)) }
            let left = children.filter(Self.lives)
            #expect(left.isEmpty, "\(left) of \(children) live on")
            for child in left { kill(child, SIGKILL) }
        }
    }

    /// A zombie is dead: only nobody has asked yet.
    private static func lives(_ child: pid_t) -> Bool {
        guard let text = try? Files.text("/proc/\(child)/stat"), let end = text.lastIndex(of: ")") else { return false }
        return !text[end...].hasPrefix(") Z")
    }

    // MARK: A clock that is ten years off

    private static let decade = 10 * 365 * 86_400

    /// What any program that is linked to it takes for the time.
    private static func clock(_ seconds: Int, in folder: String) async throws -> [String: String] {
        try Files.write(
            """
            #define _GNU_SOURCE
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <time.h>
            #include <unistd.h>
            int clock_gettime(clockid_t clock, struct timespec *now) {
                int result = syscall(SYS_clock_gettime, clock, now);
                if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += \(seconds);
                return result;
            }
            int gettimeofday(struct timeval *now, void *zone) {
                struct timespec exact;
                int result = clock_gettime(CLOCK_REALTIME, &exact);
                now->tv_sec = exact.tv_sec;
                now->tv_usec = exact.tv_nsec / 1000;
                return result;
            }
            time_t time(time_t *result) {
                struct timespec exact;
                clock_gettime(CLOCK_REALTIME, &exact);
                if (result) *result = exact.tv_sec;
                return exact.tv_sec;
            }
            """, to: folder + "/clock.c")
        try await Tool.run("clang", ["-shared", "-fPIC", "-O1", "-o", folder + "/clock.so", folder + "/clock.c"])
        return ["LD_PRELOAD": folder + "/clock.so"]
    }

    @Test(.needsTool("clang"), arguments: [-decade, decade])
    func theClockOfTheOperatorIsTenYearsOff(seconds: Int) async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer { path in path.hasSuffix("/exec") ? .refusal(500) : .usual }
            defer { server.stop() }
            let run = try await FaultRun.of(
                ["-n", FakeAPIServer.namespace], kubeconfig: try server.kubeconfig(in: folder), deadline: 15,
                environment: try await Self.clock(seconds, in: folder))
            #expect(run.run.answer.stopped == nil, "\(run.run.outcome.summary)")
            let words = "the cluster's clock is 36"
            #expect(run.run.outcome.errors.contains(words), "\(run.run.outcome.summary)")
            #expect(run.run.outcome.errors.contains(seconds > 0 ? "behind this machine's" : "ahead of this machine's"))
            #expect(try run.capture.pods(in: FakeAPIServer.namespace) == [FakeAPIServer.pod])
            // An hour back by the cluster's clock, which is right.
            let find = try #require(
                try run.capture.text("meta/custody.jsonl").firstMatch(of: /"-mmin","-(\d+)"/)?.1)
            #expect(["62", "63"].contains(find))
        }
    }

    /// Then no certificate is valid: that is said, and that it may be the clock.
    @Test(.needsCluster, .needsTool("clang"), arguments: [-decade, decade])
    func thenNoServerCanBeTrusted(seconds: Int) async throws {
        try await Scratch.withFolder { folder in
            let run = try await CollectRun.run(
                ["-n", TestCluster.namespace, "--deadline", "10s"], kubeconfig: try TestCluster.kubeconfig(),
                environment: try await Self.clock(seconds, in: folder))
            #expect(run.outcome.status == Exhibit.Code.certificate, "\(run.outcome.summary)")
            run.outcome.expectMessage("certificate", "clock")
            #expect(run.outcome.duration < .seconds(15))
        }
    }
}
