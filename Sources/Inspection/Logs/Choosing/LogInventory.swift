internal import SQLite

/// The pods of a capture, their containers and logs, as far as a choice can be among them.
struct LogInventory {
    struct Pod: Hashable, Comparable {
        let namespace: String
        let name: String

        static func < (lhs: Pod, rhs: Pod) -> Bool {
            (lhs.namespace, lhs.name) < (rhs.namespace, rhs.name)
        }
    }

    struct Container {
        let name: String
        /// `container`, `init`, `ephemeral`; nil where only its log is known.
        let type: String?
    }

    struct Log {
        let place: LogPlace
        let entry: String
        let size: UInt64
    }

    private(set) var containers: [Pod: [Container]] = [:]
    private(set) var logs: [Pod: [Log]] = [:]
    /// Those whose objects were captured.
    private var objects: Set<Pod> = []
    private(set) var defaults: [Pod: String] = [:]

    /// - Parameters:
    ///   - namespace: a name or pattern; nil: all.
    ///   - pod: the name of the only one that matters, or a pattern; nil: all.
    init(_ database: EvidenceDatabase, namespace: String?, pod: String?) async throws {
        let values = [SQLValue(namespace.map(CapturePlace.glob)), SQLValue(pod.map(CapturePlace.glob))]
        func scope(_ name: String) -> String { "(?1 IS NULL OR namespace GLOB ?1) AND (?2 IS NULL OR \(name) GLOB ?2)" }
        let pods = try await database.rows("SELECT namespace, name FROM pods WHERE \(scope("name"))", values)
        for row in pods {
            guard let pod = Self.pod(row) else { continue }
            objects.insert(pod)
            containers[pod] = []
            logs[pod] = []
        }
        let rows = try await database.rows(
            "SELECT namespace, pod, name, type FROM containers WHERE \(scope("pod")) ORDER BY rowid", values)
        for row in rows {
            guard let pod = Self.pod(row), let name = row[2].text else { continue }
            containers[pod, default: []].append(Container(name: name, type: row[3].text))
        }
        let files = try await database.rows(
            "SELECT namespace, pod, container, stream, size, entry FROM logs WHERE \(scope("pod"))", values)
        for row in files {
            guard let pod = Self.pod(row), let stream = row[3].text.flatMap(LogPlace.Stream.init),
                let entry = row[5].text
            else { continue }
            let place = LogPlace(
                namespace: pod.namespace, pod: pod.name, container: row[2].text, stream: stream)
            logs[pod, default: []].append(
                Log(place: place, entry: entry, size: UInt64(clamping: row[4].integer ?? 0)))
        }
        for (pod, logs) in logs where containers[pod]?.isEmpty ?? true {
            containers[pod] = Set(logs.compactMap(\.place.container)).sorted().map { Container(name: $0, type: nil) }
        }
        // Of a pod whose objects and logs could not be had, the ledger says that it was there.
        let attempts = try await database.rows(
            """
            SELECT DISTINCT namespace, name, container FROM ledger
            WHERE kind = 'Pod' AND step GLOB 'logs*' AND container IS NOT NULL AND \(scope("name"))
            """, values)
        for row in attempts {
            guard let pod = Self.pod(row), let name = row[2].text, !objects.contains(pod),
                containers[pod]?.contains(where: { $0.name == name }) != true
            else { continue }
            containers[pod, default: []].append(Container(name: name, type: nil))
        }
        let annotation = "$.metadata.annotations.\"kubectl.kubernetes.io/default-container\""
        let annotated = try await database.rows(
            """
            SELECT namespace, name, json->>'\(annotation)' FROM objects
            WHERE kind = 'Pod' AND api_group = '' AND \(scope("name")) AND json->>'\(annotation)' IS NOT NULL
            """, values)
        for row in annotated {
            if let pod = Self.pod(row), let name = row[2].text { defaults[pod] = name }
        }
    }

    var pods: [Pod] { containers.keys.sorted() }

    private static func pod(_ row: [SQLValue]) -> Pod? {
        guard let namespace = row[0].text, let name = row[1].text else { return nil }
        return Pod(namespace: namespace, name: name)
    }

    /// Files of a container by stream, the oldest first; of several for the same the largest, but for those that were put aside.
    func files(of container: String?, _ pod: Pod, _ streams: Set<LogPlace.Stream>) -> [Log] {
        let all = (logs[pod] ?? []).filter {
            streams.contains($0.place.stream) && ($0.place.container == nil || $0.place.container == container)
        }
        let rotated = all.filter { $0.place.stream == .rotated }.sorted { Self.age($0.entry) < Self.age($1.entry) }
        // Files by which layouts say the same twice: `current.log` and `current.insecure.log`.
        let whole = [LogPlace.Stream.previous, .current].compactMap { stream in
            all.filter { $0.place.stream == stream }.max { ($0.size, $1.entry) < ($1.size, $0.entry) }
        }
        return rotated + whole
    }

    /// What sorts `3.log.20261130-122407.gz` and its like by age: the instance, then the time. The file without a time is the newest.
    private static func age(_ entry: String) -> (Int, String) {
        let name = entry.split(separator: "/").last ?? ""
        let parts = name.split(separator: ".")
        let time = parts.dropFirst(2).first.map(String.init) ?? ""
        return (parts.first.flatMap { Int($0) } ?? 0, time.first?.isNumber == true ? time : "~")
    }
}
