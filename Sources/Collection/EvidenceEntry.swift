internal import BundleFormat
internal import Synchronization

/// One entry of the bundle while a step fills it. Used by one task at a time; the engine may end it from another.
public final class EvidenceEntry: Sendable {
    private enum Phase {
        case open
        /// Who waits for the end, when the step is about it and the engine wants it too.
        case ending([CheckedContinuation<Void, Never>])
        case ended
    }

    private let phase = Mutex(Phase.open)
    private let kept: any KeptEntry
    private let context: AttemptContext

    init(kept: any KeptEntry, context: AttemptContext) {
        self.kept = kept
        self.context = context
    }

    /// Appends bytes. At the byte limit of the attempt or of its collector it keeps what fits and throws a `StepFailure` that ends the attempt as `partial`.
    ///
    /// Throws `CancellationError` when the entry was ended, as the engine does when the attempt's time is up.
    public func write(_ bytes: [UInt8]) async throws {
        try await write(bytes[...])
    }

    /// See `write(_:)`.
    public func write(_ bytes: ArraySlice<UInt8>) async throws {
        guard isOpen else { throw CancellationError() }
        let (allowed, end) = context.account(bytes.count)
        do {
            try await kept.write(bytes.prefix(allowed))
        } catch {
            // A step that was left behind writes into what the engine has ended: nothing is wrong with the bundle.
            guard isOpen else { throw CancellationError() }
            throw context.refused(error)
        }
        if let end { throw end }
    }

    /// Ends the entry: it is in the bundle from now on.
    public func finish() async throws {
        guard beginEnd() else { throw CancellationError() }
        try await end()
    }

    /// Drops the entry: nothing of it goes into the bundle.
    public func abandon() async {
        guard beginEnd() else { return }
        await drop()
    }

    /// Ends what a step left open: kept when it has content, dropped otherwise. Waits when the step is ending it just now.
    func close() async {
        guard beginEnd() else { return await ended() }
        if kept.length == 0 {
            await drop()
        } else {
            try? await end()
        }
    }

    private func end() async throws {
        do {
            context.finished(self, try await kept.conclude())
            endEnd()
        } catch {
            context.finished(self, nil)
            endEnd()
            throw context.refused(error)
        }
    }

    private func drop() async {
        await kept.abandon()
        context.finished(self, nil)
        endEnd()
    }

    private var isOpen: Bool {
        phase.withLock { if case .open = $0 { true } else { false } }
    }

    /// False when someone else ends it, or did.
    private func beginEnd() -> Bool {
        phase.withLock { phase in
            guard case .open = phase else { return false }
            phase = .ending([])
            return true
        }
    }

    private func endEnd() {
        let waiting = phase.withLock { phase -> [CheckedContinuation<Void, Never>] in
            defer { phase = .ended }
            return if case .ending(let waiting) = phase { waiting } else { [] }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = phase.withLock { phase in
                guard case .ending(let waiting) = phase else { return true }
                phase = .ending(waiting + [continuation])
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
