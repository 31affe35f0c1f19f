public import BundleFormat
public import StructuredText

/// What stands in a bundle beside what was captured.
extension BundleWriter {
    /// Adds the definition of a collector, as it was used.
    public func definition(name: String, bytes: [UInt8]) async throws {
        try checkOpen()
        let allocation = paths.allocate(
            [Array("meta".utf8), Array("definitions".utf8), Array(name.utf8)], attempt: 0)
        let media = "application/yaml"
        let cost = EntryCost(allocation, media: media, folder: opening.folder)
        try await takeRoom(cost.sum + UInt64(bytes.count))
        try await guarded {
            try await self.exclusively {
                try await self.place(allocation.path, bytes, media: media, segmentation: .lines)
            }
        }
        room.settle(cost.placing + cost.mention + UInt64(bytes.count))
    }

    /// Puts down that an attempt has begun: if the run is killed, the recovered bundle says what was under way.
    ///
    /// - Throws: `outOfRoom`: then it must not begin.
    public func begin(_ attempt: OpenAttempt) async throws {
        try await takeRoom(Self.attemptCost)
        trail.attempts[attempt.attempt] = attempt
    }

    /// Puts down how an attempt ended. This is never refused for want of room.
    public func record(_ line: LedgerLine) async throws {
        try checkOpen()
        let bytes = line.encoded()
        guard bytes.count <= FormatLimits.ledgerLine else {
            throw BundleError(
                code: .tooLarge, doing: "writing a ledger line", subject: "attempt \(line.attempt)",
                reason: "it has \(bytes.count) bytes, more than \(FormatLimits.ledgerLine)",
                advice: "let the attempt make fewer entries")
        }
        room.settle((mentions.removeValue(forKey: line.attempt) ?? 0))
        if trail.attempts[line.attempt] != nil {
            // Was taken when it began.
            room.settle(Self.attemptCost)
            room.insist(on: 2 * UInt64(bytes.count))
        } else if (try? await takeRoom(2 * UInt64(bytes.count))) == nil {
            room.insist(on: 2 * UInt64(bytes.count))
        }
        try await guarded {
            try self.ledger.append(bytes)
            self.trail.end(line.attempt, bytes)
            try await self.checkpointIfDue()
        }
    }

    /// Puts down what is about to be done to the target. It is on its way to the disk when this returns.
    ///
    /// - Parameters:
    ///   - action: one of ``CustodyLine/Action``, or a new one.
    ///   - time: wall time in nanoseconds since 1970-01-01 UTC.
    ///   - monotonic: nanoseconds of the boot clock since the run started.
    /// - Throws: `outOfRoom`, and other ``BundleError``: then it must not be done.
    public func custody(
        action: String, target: Target = Target(), detail: JSONObject = [:], attempt: Int = 0, time: Int64,
        monotonic: Int64
    ) async throws {
        try checkOpen()
        // Names of a target are bounded, the line's own members are about 300 bytes.
        let cost = 2 * UInt64(JSONValue.object(detail).serialized().count + 4_096)
        try await takeRoom(cost)
        let before = custodyLog.size
        try await guarded {
            try self.appendCustody(
                CustodyLine.Action(rawValue: action), target: target, detail: detail, attempt: attempt, time: time,
                monotonic: monotonic)
        }
        room.settle(cost - min(cost, 2 * (custodyLog.size - before)))
    }
}
