import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Glibc
import LinuxHost
import StructuredText
import Testing

/// What a host runs by itself, by the files of a root that the test makes.
struct HostStartupTests {
    private static func run(_ root: HostRoot) async throws -> StepResult {
        let step = StepDefinition(kind: try #require(StepRegistry.kinds.kind("startup", of: .host)))
        let options = root.options
        return try await StepResult.of { try await HostStartupStep(step, options).run($0) }
    }

    private static func texts(_ records: [JSONValue], _ name: String) -> [String?] { records.map { $0[name]?.string } }

    @Test
    func cron() async throws {
        try await HostRoot.with { root in
            root.write(
                "etc/crontab",
                "SHELL=/bin/sh\nSECRET=hunter2\n# m h dom mon dow user command\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n\n@reboot  ann  /home/ann/start  now\n"
            )
            root.write("etc/cron.d/own", "LD_PRELOAD = /tmp/x.so\n*/5 * * * * root /bin/true\n")
            root.write("var/spool/cron/crontabs/ann", "0 3 * * 1 backup --all # weekly\n")
            root.write("etc/anacrontab", "RANDOM_DELAY=30\n1\t5\tcron.daily\trun-parts --report /etc/cron.daily\n")
            root.write("etc/cron.daily/clean", "#!/bin/sh\n")
            root.link("etc/cron.daily/link", to: "/tmp/evil")
            root.write("etc/init.d/ssh", "#!/bin/sh\n")
            root.write("etc/rc.local", "#!/bin/sh\n")
            root.write(
                "var/spool/cron/atjobs/a0000101b2f4a5",
                "#!/bin/sh\n# atrun uid=1000 gid=1000\n# mail ann 0\numask 22\nTOKEN=hunter2; export TOKEN\nPATH=/usr/bin; export PATH\ncd /home/ann || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n/tmp/later --now\n"
            )
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            let jobs = try result.records("host/startup/jobs.jsonl")
            #expect(
                Self.texts(jobs, "command") == [
                    "cd / && run-parts --report /etc/cron.hourly", "/home/ann/start  now", "/bin/true",
                    "backup --all # weekly", "run-parts --report /etc/cron.daily", "/etc/cron.daily/clean",
                    "/etc/cron.daily/link", "/tmp/later --now", "/etc/init.d/ssh", "/etc/rc.local",
                ])
            #expect(
                Self.texts(jobs, "schedule").prefix(5)
                    == ["17 * * * *", "@reboot", "*/5 * * * *", "0 3 * * 1", "1 5"])
            #expect(Self.texts(jobs, "user").prefix(4) == ["root", "ann", "root", "ann"])
            #expect(jobs[0]["environment"]?.serialized() == Array(#"["SHELL=/bin/sh","SECRET"]"#.utf8))
            #expect(jobs[2]["environment"]?.serialized() == Array(#"["LD_PRELOAD= /tmp/x.so"]"#.utf8))
            #expect(jobs[6]["link_target"]?.string == "/tmp/evil" && jobs[6]["sha256"] == nil)
            #expect(
                jobs[7]["user"]?.string == "1000" && jobs[7]["schedule"]?.string == "2024-03-13T07:33:00.000000000Z")
            #expect(jobs[7]["environment"]?.serialized() == Array(#"["TOKEN","PATH=/usr/bin"]"#.utf8))
            #expect(result.entries(with: "hunter2") == [])
        }
    }

    @Test
    func units() async throws {
        try await HostRoot.with { root in
            root.write("etc/passwd", "ann:x:1:1::/home/ann:/bin/sh\n")
            root.link("lib", to: "usr/lib")
            root.write(
                "usr/lib/systemd/system/app.service",
                "[Unit]\nDescription=An app\n[Service]\nUser=app\nEnvironment=\"TOKEN=hunter2 and more\" MODE=fast\nEnvironmentFile=-/etc/default/app\nExecStart=/usr/bin/app \\\n  --serve\nExecStartPre = /bin/true\n[Install]\nWantedBy=multi-user.target\n"
            )
            root.write("etc/systemd/system/app.service.d/own.conf", "[Service]\nExecStart=\nExecStart=/tmp/evil\n")
            root.write("etc/systemd/system/own.timer", "[Timer]\nOnCalendar=*-*-* 03:00\nPersistent=true\n")
            root.link("etc/systemd/system/multi-user.target.wants/app.service", to: "/lib/systemd/system/app.service")
            root.link("etc/systemd/system/apt.timer", to: "/dev/null")
            root.link("etc/systemd/system/dbus.service", to: "broker.service")
            root.write("home/ann/.config/systemd/user/mine.service", "[Service]\nExecStart=/home/ann/x\n")
            root.write("etc/systemd/system/README", "no unit\n")
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            let units = try result.records("host/startup/units.jsonl")
            #expect(
                Self.texts(units, "path") == [
                    "/etc/systemd/system/app.service.d/own.conf", "/etc/systemd/system/own.timer",
                    "/usr/lib/systemd/system/app.service", "/home/ann/.config/systemd/user/mine.service",
                ])
            #expect(units[0]["piece"]?.bool == true && units[0]["unit"]?.string == "app.service")
            #expect(units[1]["triggers"]?.serialized() == Array(#"["OnCalendar=*-*-* 03:00","Persistent=true"]"#.utf8))
            #expect(
                units[2]["commands"]?.serialized()
                    == Array(#"["ExecStart=/usr/bin/app    --serve","ExecStartPre=/bin/true"]"#.utf8))
            #expect(units[2]["environment"]?.serialized() == Array(#"["TOKEN","MODE"]"#.utf8))
            #expect(units[2]["user"]?.string == "app" && units[3]["manager"]?.string == "user")
            let links = try result.records("host/startup/unit-links.jsonl")
            #expect(Self.texts(links, "relation") == ["masked", "alias", "wants"])
            #expect(
                links[2]["by"]?.string == "multi-user.target"
                    && links[2]["target"]?.string == "/lib/systemd/system/app.service")
            #expect(result.entries(with: "hunter2") == [])
        }
    }

    @Test
    func aHostileHost() async throws {
        try await HostRoot.with { root in
            root.write("outside/secret", "hunter2 * * * * root x\n")
            root.link("etc/crontab", to: root.path + "/outside/secret")
            root.fifo("etc/cron.d/fifo")
            root.sparse("etc/cron.d/sparse")
            root.write("etc/cron.d/a\nb", "* * * * * root odd\n")
            root.link("var/spool/cron/crontabs", to: root.path + "/outside")
            root.link("etc/systemd/system", to: root.path + "/outside")
            root.sparse("usr/lib/systemd/system/big.service")
            root.fifo("usr/lib/systemd/system/fifo.service")
            root.link("usr/lib/systemd/system/x.service.d", to: root.path + "/outside")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial, "\(result.line)")
            #expect(result.entries(with: "hunter2") == [])
            let jobs = try result.records("host/startup/jobs.jsonl")
            #expect(Self.texts(jobs, "path") == ["/etc/cron.d/a\nb"])
            #expect(try result.records("host/startup/units.jsonl").first?["sha256"] == nil)
        }
    }
}
