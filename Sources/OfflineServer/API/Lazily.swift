/// A value that is made once, when it is first asked for; who fails leaves it to the next.
actor Lazily<Value: Sendable> {
    private let make: @Sendable () async throws -> Value
    private var task: Task<Value, any Error>?

    init(_ make: @escaping @Sendable () async throws -> Value) {
        self.make = make
    }

    /// - Throws: what making it throws.
    func value() async throws -> Value {
        // Not a part of whoever asks first: that one may go, and others wait for it.
        let task = task ?? Task { [make] in try await make() }
        self.task = task
        let result = await task.result
        if case .failure = result, self.task == task { self.task = nil }
        return try result.get()
    }
}
