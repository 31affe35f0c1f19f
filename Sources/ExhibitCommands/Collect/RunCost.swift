internal import Bundle
internal import Collection
internal import Glibc
internal import KubernetesClient
internal import StructuredText

/// What the run itself cost this machine and the API server, for whoever asks whether the capture made things worse.
struct RunCost {
    static let path = ["data", "run", "cost.json"]

    let clock: RunClock
    let summary: CaptureEngine.Summary
    /// Nil without a cluster.
    let cluster: ClientUsage?

    /// Puts it into the bundle, as the run's own word. A bundle that does not take it is sealed without, if it can be.
    ///
    /// - Returns: why it is not in it; nil when it is, or when there was no room.
    func write(to writer: BundleWriter) async -> (any Error)? {
        do {
            let entry = try await writer.entry(
                path: Self.path.map { Array($0.utf8) }, media: MediaType.json.name, segments: MediaType.json.segments,
                attempt: 0)
            do {
                try await entry.write(JSONValue.object(object).serialized() + [0x0A])
                _ = try await entry.finish()
            } catch {
                await entry.abandon()
                throw error
            }
            return nil
        } catch {
            return (error as? BundleError)?.code == .outOfRoom ? nil : error
        }
    }

    private var object: JSONObject {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var object: JSONObject = [
            "wallMilliseconds": JSONValue(clock.monotonic / 1_000_000),
            "userMilliseconds": JSONValue(Self.milliseconds(usage.ru_utime)),
            "systemMilliseconds": JSONValue(Self.milliseconds(usage.ru_stime)),
            // Linux counts it in KiB (getrusage(2)).
            "peakResidentBytes": JSONValue(Int(usage.ru_maxrss) << 10),
            "attempts": JSONValue(summary.states.values.reduce(0, +)), "capturedBytes": JSONValue(summary.bytes),
        ]
        if let cluster {
            object["cluster"] = [
                "requests": JSONValue(cluster.requests), "retries": JSONValue(cluster.retries),
                "throttled": JSONValue(cluster.throttled), "execs": JSONValue(cluster.execs),
                "receivedBytes": JSONValue(cluster.receivedBytes),
                "lowestConcurrency": JSONValue(cluster.lowestConcurrency),
            ]
        }
        return object
    }

    private static func milliseconds(_ time: timeval) -> Int {
        Int(time.tv_sec) * 1_000 + Int(time.tv_usec) / 1_000
    }
}
