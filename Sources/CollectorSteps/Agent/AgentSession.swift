internal import Archive
internal import BundleFormat
package import Collection
internal import Cryptography
package import KubernetesClient
internal import StructuredText
internal import Synchronization

/// The input and output of an agent's process.
package protocol AgentWire: Sendable {
    func send(_ bytes: [UInt8]) async throws
    /// Waits for what comes: at least one piece.
    func next() async throws -> [ExecPiece]
    func close()
}

extension ExecSession: AgentWire {}

/// The operator's side of a conversation with an agent: one job at a time. What is cut off or not understood ends it.
///
/// The agent is not believed: a node may be in other hands. What it sends goes below one folder, within the limits of the attempt;
/// how it says that a job ended counts only for what came whole.
package final class AgentSession: Sendable {
    package let hello: AgentHello
    private let exec: any AgentWire
    private let stream: Mutex<Stream>
    private let pulse: Task<Void, Never>
    private let decompressor: PieceDecompressor

    private struct Stream {
        var reader = AgentFrameReader()
        /// What the agent prints beside frames, for people.
        var errors: [UInt8] = []
        /// Its process has ended; what came before that is still to be read.
        var end: AgentProtocolError?
        /// Whether anything has come of the job under way.
        var hasAnswered = false
    }

    /// So often the agent is told that somebody is there; it waits four times as long.
    private static let pulse = Duration.seconds(5)
    private static let maxErrorBytes = 2_048
    /// Of one job at a time; the steps of this program have two.
    private static let maxOpenEntries = 64

    private init(
        exec: any AgentWire, hello: AgentHello, _ reader: AgentFrameReader, _ errors: [UInt8], pulse: Task<Void, Never>,
        decompressor: PieceDecompressor
    ) {
        self.decompressor = decompressor
        self.exec = exec
        self.hello = hello
        self.pulse = pulse
        stream = Mutex(Stream(reader: reader, errors: errors))
    }

    deinit {
        close()
    }

    /// Waits until the agent has said who it is.
    package static func begin(_ exec: any AgentWire) async throws -> AgentSession {
        let pulse = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pulse)
                if (try? await exec.send(AgentFrame(.alive).encoded)) == nil { return }
            }
        }
        var stream = Stream()
        do {
            while true {
                if let frame = try stream.reader.next() {
                    guard case .hello(let hello) = try AgentReply(frame) else {
                        throw AgentProtocolError(reason: "does not say who it is")
                    }
                    return AgentSession(
                        exec: exec, hello: hello, stream.reader, stream.errors, pulse: pulse,
                        decompressor: try PieceDecompressor())
                }
                if let end = stream.end { throw end }
                take(try await exec.next(), &stream)
            }
        } catch {
            pulse.cancel()
            exec.close()
            throw error
        }
    }

    /// Whether anything came of the last job.
    var hasAnswered: Bool { stream.withLock { $0.hasAnswered } }

    package func close() {
        pulse.cancel()
        exec.close()
    }

    /// Has a job done, and keeps what it brings.
    ///
    /// - Parameters:
    ///   - place: the folder for its entries, below `data/`.
    ///   - under: what their paths must begin with; it is not repeated.
    /// - Throws: whatever ended it in the midst; the conversation is over then.
    package func run(_ job: AgentJob, place: [String], under: String?, _ context: AttemptContext) async throws
        -> Outcome
    {
        stream.withLock { $0.hasAnswered = false }
        try await exec.send(AgentFrame(.run, JSONValue.object(job.json).serialized()).encoded)
        var arrival = AgentArrival(place: place, under: under, context: context)
        while true {
            switch try await next() {
            case .hello: throw AgentProtocolError(reason: "says twice who it is")
            case .open(let entry): try await arrival.open(entry, most: Self.maxOpenEntries)
            case .data(let entry, let bytes): try await arrival.write(entry, bytes)
            case .packed(let entry, let bytes): try await arrival.write(entry, try unpacked(bytes)[...])
            case .close(let entry, let length, let digest): try await arrival.close(entry, length, digest)
            case .drop(let entry): try await arrival.drop(entry)
            case .done(let outcome): return try await arrival.judged(outcome)
            }
        }
    }

    private func unpacked(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        do {
            return try decompressor.content(of: bytes)
        } catch {
            throw AgentProtocolError(reason: "sent a compressed piece that cannot be read: \(error.reason)")
        }
    }

    private func next() async throws -> AgentReply {
        while true {
            let frame = try stream.withLock { (stream: inout Stream) throws -> AgentFrame? in
                if let frame = try stream.reader.next() {
                    stream.hasAnswered = true
                    return frame
                }
                if let end = stream.end { throw end }
                return nil
            }
            if let frame { return try AgentReply(frame) }
            let pieces = try await exec.next()
            stream.withLock { Self.take(pieces, &$0) }
        }
    }

    private static func take(_ pieces: [ExecPiece], _ stream: inout Stream) {
        for piece in pieces {
            switch piece {
            case .output(.stdout, let bytes): stream.reader.push(bytes[...])
            case .output(.stderr, let bytes):
                stream.errors.append(contentsOf: bytes.prefix(maxErrorBytes - stream.errors.count))
            case .ended(let result):
                let said = TextSafety.firstLine(String(decoding: stream.errors, as: UTF8.self)).map { ": \($0)" } ?? ""
                switch result {
                case .exited(let code):
                    stream.end = AgentProtocolError(reason: "ended with exit code \(code)\(said)")
                case .failed(let failure):
                    stream.end = AgentProtocolError(
                        reason: "could not be run: \(TextSafety.oneLine(failure.message))")
                }
            }
        }
    }
}

/// What arrives of one job.
private struct AgentArrival {
    private struct Entry {
        var kept: EvidenceEntry
        var length: UInt64 = 0
    }

    let place: [String]
    let under: String?
    let context: AttemptContext
    private var entries: [UInt32: Entry] = [:]
    private var seen: Set<[[UInt8]]> = []

    init(place: [String], under: String?, context: AttemptContext) {
        self.place = place
        self.under = under
        self.context = context
    }

    mutating func open(_ entry: AgentEntry, most: Int) async throws {
        guard entries[entry.number] == nil, entries.count < most else {
            throw AgentProtocolError(reason: "begins an entry twice, or too many at once")
        }
        guard seen.insert(entry.path).inserted else {
            throw AgentProtocolError(reason: "begins the same entry twice")
        }
        var path = entry.path[...]
        if let under {
            guard path.first == Array(under.utf8), path.count > 1 else {
                throw AgentProtocolError(reason: "sends entries that do not belong to what was asked for")
            }
            path = path.dropFirst()
        }
        let kept = try await context.entry(
            place.map { Array($0.utf8) } + (under.map { [Array($0.utf8)] } ?? []) + path, media: entry.media)
        entries[entry.number] = Entry(kept: kept)
    }

    mutating func write(_ number: UInt32, _ bytes: ArraySlice<UInt8>) async throws {
        guard let entry = entries[number] else { throw Self.unknown }
        try await entry.kept.write(bytes)
        entries[number]?.length += UInt64(bytes.count)
    }

    mutating func close(_ number: UInt32, _ length: UInt64, _ digest: SHA256Digest) async throws {
        guard let entry = entries.removeValue(forKey: number) else { throw Self.unknown }
        let kept = try await entry.kept.finished()
        guard entry.length == length, kept == nil || kept == digest else {
            throw StepFailure(.partial("Damaged", "an entry did not arrive as the node agent sent it"))
        }
    }

    mutating func drop(_ number: UInt32) async throws {
        guard let entry = entries.removeValue(forKey: number) else { throw Self.unknown }
        await entry.kept.abandon()
    }

    /// - Returns: how the job ended; not well when something of it did not.
    func judged(_ outcome: Outcome) async throws -> Outcome {
        guard entries.isEmpty || ![.ok, .empty].contains(outcome.state) else {
            return .partial("Unfinished", "the node agent did not end what it had begun")
        }
        return outcome
    }

    private static var unknown: AgentProtocolError {
        AgentProtocolError(reason: "speaks of an entry that it did not begin")
    }
}
