internal import Dispatch
internal import Synchronization
internal import Terminal

/// Standard output for files that are searched at once: what comes of each is written in the order in which they were
/// begun.
///
/// Who is in turn writes at once. What comes of others is held; if that becomes too much, they wait until they are in turn.
/// Whoever is in turn is never waiting, so that somebody always goes on.
final class OrderedOutput: Sendable {
    private struct State: ~Copyable {
        var output = RenderingOutput()
        var begun = 0
        var turn = 0
        /// What is there already of files that are not in turn, and whether that is all.
        var held: [Int: (bytes: [UInt8], isEnded: Bool)] = [:]
        var heldBytes = 0
        var waiting: [Int: DispatchSemaphore] = [:]
    }

    private static let mostHeld = 32 << 20

    private let state = Mutex(State())
    let isTerminal: Bool
    let hasStyle: Bool

    init() {
        (isTerminal, hasStyle) = state.withLock { ($0.output.isTerminal, $0.output.style.isEnabled) }
    }

    /// A file is begun; gives its place.
    func begin() -> Int {
        state.withLock { state in
            state.begun += 1
            return state.begun - 1
        }
    }

    /// Takes what comes of a file.
    func write(_ bytes: [UInt8], of file: Int) throws {
        while true {
            let semaphore = try state.withLock { state -> DispatchSemaphore? in
                if state.turn == file {
                    try state.output.bytes(bytes)
                    return nil
                }
                if state.heldBytes + bytes.count <= Self.mostHeld {
                    state.held[file, default: ([], false)].bytes += bytes
                    state.heldBytes += bytes.count
                    return nil
                }
                let semaphore = DispatchSemaphore(value: 0)
                state.waiting[file] = semaphore
                return semaphore
            }
            guard let semaphore else { return }
            // Somebody else may fail meanwhile; then nobody comes in turn any more.
            while semaphore.wait(timeout: .now() + .milliseconds(100)) == .timedOut { try Task.checkCancellation() }
        }
    }

    /// Nothing more comes of a file.
    func end(_ file: Int) throws {
        try state.withLock { state in
            guard state.turn == file else {
                state.held[file, default: ([], false)].isEnded = true
                return
            }
            state.turn += 1
            while let next = state.held.removeValue(forKey: state.turn) {
                state.heldBytes -= next.bytes.count
                try state.output.bytes(next.bytes)
                guard next.isEnded else { break }
                state.turn += 1
            }
            state.waiting.removeValue(forKey: state.turn)?.signal()
        }
    }

    /// Must be called at the end.
    func flush() throws {
        try state.withLock { try $0.output.flush() }
    }
}
