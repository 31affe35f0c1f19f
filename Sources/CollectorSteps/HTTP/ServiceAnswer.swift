internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Writes what a service answers into the bundle: its body byte for byte, and how it came beside it.
struct ServiceAnswer {
    /// The body has reached the limit of the attempt: what is left is for the record.
    struct BodyEnd: Error {}

    /// What stands behind the name of the body's file.
    static let companion = ".response.json"
    /// What a record may have beside its headers.
    private static let reserve = 1_024

    private let context: AttemptContext
    /// Below `data/`; its last component is the name of the file.
    private let file: [String]
    private let begun = ContinuousClock.now
    private var room: Int
    private var entry: EvidenceEntry?
    private(set) var record: ResponseRecord?
    private var words = ServiceWords()

    init(_ context: AttemptContext, file: [String]) {
        self.context = context
        self.file = file
        room = Int(min(context.limits.bytes, UInt64(Int.max)))
    }

    /// Comes before the first ``write(_:)``.
    mutating func begin(_ record: ResponseRecord) {
        var record = record
        // Names may take as much again, and the body has half.
        record.headerLimit = min(record.headerLimit, room / 4)
        self.record = record
        room = max(0, room - record.encoded.count - Self.reserve)
    }

    mutating func write(_ bytes: ArraySlice<UInt8>) async throws {
        if record.map({ $0.answer.status >= 400 }) ?? false { words.take(bytes) }
        let piece = bytes.prefix(room)
        if !piece.isEmpty {
            if entry == nil { entry = try await context.entry(file, media: .named(file.last ?? "")) }
            try await entry?.write(piece)
            room -= piece.count
            record?.bytes += piece.count
        }
        guard piece.count == bytes.count else {
            record?.isCut = true
            throw BodyEnd()
        }
    }

    /// Ends the body, and writes how it came.
    ///
    /// - Parameter failure: why there is not all of it.
    mutating func finish(failure: String? = nil) async throws {
        guard var record, let name = file.last else { return }
        try await entry?.finish()
        record.failure = failure
        record.milliseconds = ResponseRecord.milliseconds(ContinuousClock.now - begun)
        try await context.entry(file.dropLast() + [name + Self.companion], media: .json, bytes: record.encoded)
    }

    /// What the end of the answer means.
    func outcome(statuses: [Int]?) -> Outcome {
        guard let record else { return .error("NoAnswer", "there was no answer") }
        let status = record.answer.status
        if case .likelyAPIServer(let words) = record.answer.speaker {
            return .error(
                "Unreachable",
                "\(status): \(TextSafety.oneLine(words)) (in the words of the API server, which a service could use, too)"
            )
        }
        if let limit = cut {
            return Outcome(
                .partial, reason: Reason(code: "ByteLimit", message: "cut off at the limit of \(limit) bytes"),
                truncated: Truncation(limit: limit))
        }
        if statuses.map({ $0.contains(status) }) ?? (200..<300).contains(status) { return .ok }
        let said = self.words.text(without: record.secrets).map { ", and says: \($0)" }
        let words = "the service answered with status \(status)\(said ?? "")"
        if [401, 403].contains(status) { return .denied("HTTPStatus", words) }
        return record.bytes > 0 ? .partial("HTTPStatus", words) : .error("HTTPStatus", words)
    }

    private var cut: UInt64? { record?.isCut == true ? context.limits.bytes : nil }
}
