internal import BundleFormat
internal import Bundle

/// One entry of the bundle while a step fills it. Used by one task at a time.
public final class EvidenceEntry: Sendable {
    private let writer: EntryWriter
    private let context: AttemptContext

    init(writer: EntryWriter, context: AttemptContext) {
        self.writer = writer
        self.context = context
    }

    /// Appends bytes. At the attempt's byte limit it keeps what fits and throws a `StepFailure` that ends the attempt as `partial`.
    public func write(_ bytes: [UInt8]) async throws {
        try await write(bytes[...])
    }

    /// See `write(_:)`.
    public func write(_ bytes: ArraySlice<UInt8>) async throws {
        let allowed = try context.account(bytes.count)
        do {
            try await writer.write(bytes.prefix(allowed))
        } catch let error as CancellationError {
            throw error
        } catch {
            context.report(error)
            throw error
        }
        if allowed < bytes.count {
            let limit = context.limits.bytes
            throw StepFailure(
                Outcome(
                    .partial,
                    reason: Reason(code: "ByteLimit", message: "cut off at the limit of \(limit) bytes"),
                    truncated: Truncation(limit: limit)))
        }
    }

    /// Ends the entry: it is in the bundle from now on.
    public func finish() async throws {
        do {
            context.finished(self, try await writer.finish())
        } catch {
            context.report(error)
            throw error
        }
    }

    /// Drops the entry: nothing of it goes into the bundle.
    public func abandon() async {
        await writer.abandon()
        context.finished(self, nil)
    }

    /// Ends what a step left open: kept when it has content, dropped otherwise.
    func close() async {
        if writer.length == 0 {
            await abandon()
        } else {
            try? await finish()
        }
    }
}
