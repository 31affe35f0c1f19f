/// Work that is done by one at a time, in the order they came. For use within one actor.
struct Turns {
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// True when it is the caller's turn at once; otherwise it must `wait`.
    mutating func begin() -> Bool {
        guard !isBusy else { return false }
        isBusy = true
        return true
    }

    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) {
        waiting.append(continuation)
    }

    /// The turn passes on without being free in between.
    mutating func end() {
        if waiting.isEmpty {
            isBusy = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
