package import Bundle
package import BundleFormat
package import StructuredText

/// What a ledger line says of an entry, and what there is no room for, for keepers that know no bundle.
package typealias KeptReceipt = EntryReceipt
package typealias KeptRoomEnd = RoomEnd

/// Who keeps what attempts capture: the writer of the bundle; on a node, the connection to where the bundle is written.
package protocol EvidenceKeeper: Sendable {
    /// Opens an entry below `data/`. Components are source names, not escaped.
    func entry(
        _ components: [[UInt8]], media: MediaType, attempt: Int, size: UInt64?
    ) async throws -> any KeptEntry

    /// Puts down what is about to be done to a target.
    func custody(
        _ action: CustodyLine.Action, target: Target, detail: JSONObject, attempt: Int, monotonic: Int64
    ) async throws

    /// What there is no room for any more, when that is what an error of this keeper says.
    func roomEnd(_ error: any Error) -> RoomEnd?
}

/// An entry while it is filled. Used by one task at a time.
package protocol KeptEntry: Sendable {
    /// Bytes so far.
    var length: UInt64 { get }
    func write(_ bytes: ArraySlice<UInt8>) async throws
    /// - Returns: what the ledger says of it; nil where the ledger is written elsewhere.
    func conclude() async throws -> EntryReceipt?
    func abandon() async
}

/// The bundle that is being written.
struct BundleKeeper: EvidenceKeeper {
    let writer: BundleWriter

    func entry(
        _ components: [[UInt8]], media: MediaType, attempt: Int, size: UInt64?
    ) async throws -> any KeptEntry {
        try await writer.entry(
            path: [Array("data".utf8)] + components, media: media.name, segments: media.segments, attempt: attempt,
            size: size)
    }

    func custody(
        _ action: CustodyLine.Action, target: Target, detail: JSONObject, attempt: Int, monotonic: Int64
    ) async throws {
        try await writer.custody(
            action: action.rawValue, target: target, detail: detail, attempt: attempt, time: RunClock.wall,
            monotonic: monotonic)
    }

    func roomEnd(_ error: any Error) -> RoomEnd? {
        guard (error as? BundleError)?.code == .outOfRoom else { return nil }
        // A spool can find the disk full before the archive does.
        return writer.roomEnd ?? .diskFull
    }
}

extension EntryWriter: KeptEntry {
    package func conclude() async throws -> EntryReceipt? {
        try await finish()
    }
}
