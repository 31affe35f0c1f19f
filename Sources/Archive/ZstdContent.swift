import Synchronization

/// The content of a `.tar.zst`, decompressed ahead on other cores.
///
/// Frames are handed to tasks in order and awaited in order, a few at a time, so memory is bounded. An error of the
/// scan is kept until everything before it was handed out.
final class ZstdContent: ContentStream {
    private final class Slot: Sendable {
        let decompressor: Mutex<Decompressor>

        init() throws(ArchiveError) {
            decompressor = Mutex(try Decompressor())
        }
    }

    private typealias Job = Task<Result<[UInt8], ArchiveError>, Never>

    private let file: String
    private let width: Int
    private var scanner: FrameScanner
    private var scanFailure: ArchiveError?
    private var scanEnded = false
    private var slots: [Slot] = []
    private var jobs: [Job] = []
    private var started = 0

    init(_ source: any ContainerSource, workers: Int) {
        file = source.name
        width = workers + 1
        scanner = FrameScanner(source)
    }

    deinit {
        for job in jobs { job.cancel() }
    }

    var locator: Locator? { scanner.locator }

    func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        startJobs()
        if jobs.isEmpty {
            if let scanFailure { throw scanFailure }
            return nil
        }
        let content = try await jobs.removeFirst().value.get()
        startJobs()
        return content[...]
    }

    private func startJobs() {
        while !scanEnded, jobs.count < width {
            do {
                guard let frame = try scanner.next() else {
                    scanEnded = true
                    return
                }
                try start(frame)
            } catch {
                scanFailure = error
                scanEnded = true
            }
        }
    }

    private func start(_ frame: CompressedFrame) throws(ArchiveError) {
        let index = started % width
        if index == slots.count { slots.append(try Slot()) }
        started += 1
        let slot = slots[index], file = file
        jobs.append(
            Task.detached { () -> Result<[UInt8], ArchiveError> in
                slot.decompressor.withLock { decompressor in
                    Result { () throws(Defect) in
                        try decompressor.decompress(frame.bytes, contentBytes: frame.contentBytes)
                    }.mapError { frame.error($0, file: file) }
                }
            })
    }
}
