/// How captures of a kind are laid out: which paths show that it is one, and what lies where.
protocol CaptureLayout: SendableMetatype {
    static var kind: CaptureKind { get }
    /// The marks that a folder must have, all of them, to be the root of such a capture.
    static var needed: LayoutMarks { get }

    /// What a path shows: the marks, and how many components are those of the root. A root lies at most
    /// ``LayoutRecognition/maximumDepth`` deep.
    static func marks(_ path: [Substring]) -> (root: Int, marks: LayoutMarks)?

    /// What the file with this path below a root holds.
    static func role(_ path: ArraySlice<Substring>) -> FileRole

    /// A file at a root that says what made the capture, and of what; nil for kinds that have none.
    static var version: String? { get }
}

/// What a path shows of a layout; each has up to two.
struct LayoutMarks: OptionSet {
    let rawValue: UInt8
    static let first = LayoutMarks(rawValue: 1)
    static let second = LayoutMarks(rawValue: 2)
}

extension FileRole {
    /// Of a file of objects, by how its name ends; another's is ``other``.
    static func objects(named name: Substring?, assuming type: ObjectType? = nil) -> FileRole {
        guard let name else { return .other }
        if name.hasSuffix(".json") { return .objects(.json, assuming: type) }
        return name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? .objects(.yaml, assuming: type) : .other
    }

    static func log(
        _ namespace: Substring, _ pod: Substring, _ container: Substring?, _ stream: LogPlace.Stream
    ) -> FileRole {
        .log(
            LogPlace(
                namespace: String(namespace), pod: String(pod), container: container.map { String($0) }, stream: stream)
        )
    }
}

extension Substring {
    /// Without `suffix`; nil if it does not end so, or is nothing else.
    func without(_ suffix: String) -> Substring? {
        hasSuffix(suffix) && utf8.count > suffix.utf8.count ? dropLast(suffix.count) : nil
    }
}
