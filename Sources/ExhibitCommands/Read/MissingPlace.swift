internal import Inspection

extension RenderingFailure {
    /// A namespace, pod or container that nothing was captured of: that nothing was found there would be no answer.
    init(missing place: CapturePlace, near: [String] = []) {
        let words = [
            place.namespace.map { "namespace \($0)" }, place.pod.map { "pod \($0)" },
            place.container.map { "container \($0)" },
        ].compactMap { $0 }
        self.init(
            .entryNotFound,
            "nothing was captured of \(words.joined(separator: ", "))" + (near.isEmpty ? "" : "; did you mean:"),
            suggestions: near)
    }
}

extension EvidenceDatabase {
    func refuse(missing place: CapturePlace) async throws {
        guard let near = try await near(missing: place) else { return }
        throw RenderingFailure(missing: place, near: near)
    }
}
