public import Bundle
internal import BundleFormat

/// Reads an ``Overview`` from a bundle. Whatever cannot be read is a ``Overview/Problem``; the rest is there all the
/// same.
public struct OverviewReader: Sendable {
    /// How much is read for a first view. What is beyond is counted and said.
    public struct Limits: Sendable {
        public var pods = 5_000
        /// Of all objects of pods together.
        public var podBytes: UInt64 = 64 << 20
        /// Of one object: the API server stores at most 3 MiB.
        public var objectBytes = 4 << 20
        public var eventLists = 1_000
        /// Of all lists of events together.
        public var eventBytes: UInt64 = 256 << 20
        /// Warnings whose text is parsed.
        public var warnings = 20_000

        public init() {}
    }

    private let reader: BundleReader
    private let limits: Limits

    public init(_ reader: BundleReader, limits: Limits = Limits()) {
        self.reader = reader
        self.limits = limits
    }

    public func read() async -> Overview {
        var overview = Overview(opening: reader.opening)
        var pods: [IndexLine] = []
        var lists: [IndexLine] = []
        do {
            var podBytes: UInt64 = 0
            try await reader.entries { line in
                guard line.path.rawValue.hasPrefix("data/") else { return }
                overview.payload.entries += 1
                overview.payload.bytes &+= line.size
                if ObjectPlace.isPod(line.path) {
                    overview.pods.found += 1
                    if pods.count < limits.pods, podBytes + line.size <= limits.podBytes {
                        podBytes += line.size
                        pods.append(line)
                    }
                } else if ObjectPlace.isEventList(line.path) {
                    if lists.count < limits.eventLists { lists.append(line) } else { overview.events.listsCut += 1 }
                }
            }
        } catch {
            overview.note(BundleLayout.index.rawValue, "\(error)")
        }
        do {
            try await reader.ledger { overview.ledger.add($0) }
        } catch {
            overview.note(BundleLayout.ledger.rawValue, "\(error)")
        }
        await read(pods: pods, into: &overview)
        await read(lists: lists, into: &overview)
        overview.next = await NextSteps(reader: reader, overview: overview).steps()
        return overview
    }

    private func read(pods lines: [IndexLine], into overview: inout Overview) async {
        for line in lines {
            do {
                guard line.size <= UInt64(limits.objectBytes) else {
                    throw UnreadableObject(reason: "it is larger than \(limits.objectBytes) bytes")
                }
                var text: [UInt8] = []
                text.reserveCapacity(Int(line.size))
                try await reader.content(of: line) { text += $0 }
                let status = PodStatus(try ObjectNode(parsing: text))
                overview.pods.pods.append(Overview.PodEntry(status: status, path: line.path))
            } catch {
                overview.note(line.path.rawValue, Self.words(error))
            }
        }
        overview.pods.left = overview.pods.found - lines.count
        overview.pods.pods.sort {
            let (left, right) = ($0.status, $1.status)
            return (left.concern, -left.restarts, left.namespace, left.name)
                < (right.concern, -right.restarts, right.namespace, right.name)
        }
    }

    private func read(lists lines: [IndexLine], into overview: inout Overview) async {
        var groups = WarningGroups()
        var bytes: UInt64 = 0
        var parsed = 0
        var unreadable = 0
        for line in lines {
            guard bytes + line.size <= limits.eventBytes else {
                overview.events.listsCut += 1
                continue
            }
            bytes += line.size
            overview.events.lists.append(line.path)
            var splitter = YAMLItemSplitter(maxItemBytes: limits.objectBytes)
            func take(_ item: [UInt8]) {
                overview.events.read += 1
                guard WarningGroups.mayBeWarning(item) else { return }
                guard parsed < limits.warnings else {
                    overview.events.left += 1
                    return
                }
                parsed += 1
                if let event = try? ObjectNode(parsing: item) { groups.add(event) } else { unreadable += 1 }
            }
            do {
                try await reader.content(of: line) { splitter.push($0, take) }
                splitter.finish(take)
            } catch {
                overview.note(line.path.rawValue, Self.words(error))
            }
            if splitter.oversized > 0 {
                let words = "\(splitter.oversized) events are larger than \(limits.objectBytes) bytes"
                overview.note(line.path.rawValue, words)
            }
            if unreadable > 0 { overview.note(line.path.rawValue, "\(unreadable) events could not be read") }
            unreadable = 0
        }
        overview.events.left += groups.left
        overview.events.groups = groups.worst
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as UnreadableObject: error.reason
        case let error as BundleError: error.reason
        default: "\(error)"
        }
    }
}

/// What lies where in the payload (docs/format.md, section 3). A place is a hint, no proof of what is there.
enum ObjectPlace {
    /// `data/namespaces/<ns>/pods/<pod>/<pod>.yaml`
    static func isPod(_ path: EntryPath) -> Bool {
        // Most are logs, and there may be a million.
        guard path.rawValue.hasSuffix(".yaml") else { return false }
        let parts = path.components
        return parts.count == 6 && parts[1] == "namespaces" && parts[3] == "pods" && parts[5].hasSuffix(".yaml")
    }

    /// `data/namespaces/<ns>/core/events.yaml`
    static func isEventList(_ path: EntryPath) -> Bool {
        guard path.rawValue.hasSuffix("/core/events.yaml") else { return false }
        let parts = path.components
        return parts.count == 5 && parts[1] == "namespaces" && parts[3] == "core" && parts[4] == "events.yaml"
    }
}
