internal import Bundle
internal import BundleFormat
internal import Collection
internal import Synchronization
internal import Terminal

/// Shows a run on the terminal as it goes.
final class ProgressObserver: RunObserver {
    private let progress: LiveProgress
    private let activities = Mutex<[Int: LiveProgress.Activity]>([:])

    init(_ progress: LiveProgress) {
        self.progress = progress
    }

    func planned(_ count: Int) {
        progress.add(total: count)
    }

    func started(_ number: Int, label: String) {
        let activity = progress.begin(label)
        activities.withLock { $0[number] = activity }
    }

    func received(bytes: Int) {
        progress.advance(bytes: bytes)
    }

    func stopped(_ cause: CaptureEngine.RunStop) {
        let why =
            switch cause {
            case .deadline: "the deadline is reached"
            case .interrupted: "stopping"
            case .diskFull: RoomEnd.diskFull.words
            case .maxSize: RoomEnd.maxSize.words
            }
        progress.log("\(why): sealing what there is", .warning)
    }

    func skipped(_ count: Int) {
        progress.advance(done: count)
    }

    func ended(_ line: LedgerLine) {
        if let activity = activities.withLock({ $0.removeValue(forKey: line.attempt) }) { progress.end(activity) }
        progress.advance(done: 1)
    }
}
