import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Testing

/// The collector for Redis against real servers, and what all of them have in common.
@Suite(
    .enabled(
        if: LiveCluster.kubeconfig != nil && LiveCluster.services != nil,
        "EXHIBIT_TEST_KUBECONFIG or EXHIBIT_TEST_SERVICES is not set: see Scripts/test-cluster services"))
struct ServiceCollectorTests {
    // MARK: Redis

    @Test
    func redisTellsWhatItKnows() async throws {
        let line = try await ServiceCapture.line("redis", "info.txt", "redis", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 6)
        let info = try await ServiceCapture.text("redis/info.txt", "redis")
        #expect(info.contains("redis_version:7.") && info.contains("maxmemory_policy:allkeys-lru"))
        #expect(info.contains("cmdstat_set:") && info.contains("# Keyspace"), "everything")
        #expect(try await ServiceCapture.text("redis/clients.txt", "redis").contains("cmd=subscribe"))
        #expect(try await ServiceCapture.text("redis/config.txt", "redis").contains("\"67108864\""))
        #expect(
            try await ServiceCapture.text("redis/memory.txt", "redis").contains("(integer) 2\n==> MEMORY STATS <=="))
        #expect(try await ServiceCapture.text("redis/acl-log.txt", "redis").contains("\"mallory\""))
        let slow = try await ServiceCapture.text("redis/slowlog.txt", "redis")
        #expect(slow.contains("\"greeting\""))
        #expect(slow.contains(#""a\x00acl-log.txt\nforged\x1b[2J""#), "a value begins no file, and moves no cursor")
    }

    @Test(arguments: ["server", "file"])
    func thePasswordOfTheContainerIsUsed(_ container: String) async throws {
        #expect(try await ServiceCapture.line("redis", "info.txt", "redis-password", container).state == .ok)
        #expect(try await ServiceCapture.text("redis/info.txt", "redis-password", container).contains("redis_version:"))
        let config = try await ServiceCapture.text("redis/config.txt", "redis-password", container)
        #expect(!config.contains("requirepass") && !config.contains("masterauth"))
    }

    @Test(arguments: [("server", "NOAUTH"), ("wrong", "WRONGPASS")])
    func withoutTheRightPasswordItIsDenied(_ container: String, _ word: String) async throws {
        let line = try await ServiceCapture.line("redis", "info.txt", "redis-locked", container)
        #expect(line.state == .denied)
        #expect(line.reason?.message.contains(word) == true)
        #expect(line.entries.isEmpty)
    }

    @Test
    func aPasswordThatNobodyAskedForDoesNoHarm() async throws {
        #expect(try await ServiceCapture.line("redis", "info.txt", "redis-locked", "unneeded").state == .ok)
        #expect(try await ServiceCapture.text("redis/info.txt", "redis-locked", "unneeded").contains("redis_version:"))
    }

    @Test
    func aServerThatIsNotThereIsAnError() async throws {
        let line = try await ServiceCapture.line("redis", "info.txt", "redis-down", "down")
        #expect(line.state == .error)
        #expect(line.reason?.message.contains("Connection refused") == true)
        #expect(try await ServiceCapture.line("redis", "info.txt", "redis-down", "hung").state == .timeout)
    }

    /// Nothing but headings would be no output.
    @Test(arguments: [("mute", "NOPERM"), ("crowded", "max number of clients")])
    func aServerThatAnswersNothingIsAnError(_ container: String, _ word: String) async throws {
        let line = try await ServiceCapture.line("redis", "info.txt", "redis-locked", container)
        #expect(line.state == .error)
        #expect(line.reason?.message.contains(word) == true, "\(line.reason as Any)")
        #expect(line.entries.isEmpty)
    }

    @Test(arguments: [
        ("redis", "info.txt", "shell"), ("redis", "info.txt", "distroless"), ("postgresql", "server.csv", "shell"),
        ("postgresql", "ready.txt", "shell"),
    ])
    func aContainerWithoutTheToolIsMissingIt(_ collector: String, _ step: String, _ container: String) async throws {
        let line = try await ServiceCapture.line(collector, step, "toolless", container)
        #expect(line.state == .missing)
        #expect(line.reason?.code == "NoProgram")
    }

    @Test
    func aHostileClientIsHeldToTheLimits() async throws {
        let escapes = try await ServiceCapture.line("redis", "info.txt", "hostile", "escapes")
        #expect(escapes.state == .partial)
        #expect(escapes.reason?.message.contains("\u{1B}") == false)
        let paths = Set(escapes.entries.map { $0.rawValue.split(separator: "/").last.map(String.init) ?? "" })
        // It began slowlog.txt before its turn: so there is no clients.txt, and nothing of another name or place.
        #expect(paths == ["info.txt", "slowlog.txt", "acl-log.txt", "memory.txt", "config.txt"])
        #expect(try await ServiceCapture.text("redis/slowlog.txt", "hostile", "escapes").contains("\0clients.txt\n"))
        #expect(
            try await ServiceCapture.text("redis/info.txt", "hostile", "escapes").contains("\u{1B}[2J"), "byte for byte"
        )
        let endless = try await ServiceCapture.line("redis", "info.txt", "hostile", "endless")
        #expect(endless.state == .partial)
        #expect(endless.truncated == Truncation(limit: 32 << 20))
        let hangs = try await ServiceCapture.line("redis", "info.txt", "hostile", "hangs")
        #expect(hangs.state == .timeout)
        let took = try await ServiceCapture.all.value.1
        #expect(took < .seconds(60), "one that hangs does not hold up the rest")
    }

    // MARK: State

    @Test
    func noPasswordIsAnywhereInTheBundle() async throws {
        let capture = try await ServiceCapture.capture()
        #expect(capture.holds("redis-password"), "the archive is looked through")
        #expect(!capture.holds("Pa55-never-in-a-bundle"))
        #expect(!capture.holds(Data("redis-Pa55-never-in-a-bundle".utf8).base64EncodedString()))
        let path =
            "data/namespaces/\(ServiceCapture.namespace)/pods/redis-password/server/environment/environment.jsonl"
        let text = String(decoding: try #require(capture.contents[path]), as: UTF8.self)
        let token = LiveCapture.key.token(for: Array("redis-Pa55-never-in-a-bundle".utf8))
        #expect(text.contains(#"{"name":"REDIS_PASSWORD","bytes":28,"value":"\#(token)"}"#), "\(text)")
    }

    @Test
    func theStateOfAContainer() async throws {
        let line = try await ServiceCapture.line("container-state", "state.txt", "postgres", "server")
        #expect(line.state == .ok)
        let text = try #require(
            try await ServiceCapture.capture().text(
                "services/container-state/state.txt", "postgres", "server", namespace: ServiceCapture.namespace))
        for heading in [
            "id", "/proc/1/limits", "/proc/self/status", "/etc/resolv.conf", "/proc/self/mountinfo", "df -kP",
        ] {
            #expect(text.contains("==> \(heading) <==\n"), "\(heading)")
        }
        #expect(text.contains("uid=65534(nobody)") && text.contains("Max open files") && text.contains("CapEff:"))
        #expect(text.contains("memory.usage_in_bytes <==\n") || text.contains("memory.current <==\n"))
        #expect(!text.contains("Pa55"))
    }

    @Test
    func containersOfOtherThingsAreLeftAlone() async throws {
        let capture = try await ServiceCapture.capture()
        for line in capture.lines where line.collector == "redis" {
            #expect(line.target.name?.hasPrefix("postgres") == false)
        }
        for line in capture.lines where line.collector == "postgresql" {
            #expect(line.target.name?.hasPrefix("redis") == false && line.target.container != "distroless")
        }
    }
}
