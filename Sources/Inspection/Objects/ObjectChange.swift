/// Who changed an object last, and when, by its `managedFields`: an entry for each who did, and each way.
struct ObjectChange: Sendable {
    let manager: String?
    /// `Update` or `Apply`.
    let operation: String?
    /// As `status`, `scale`; nil for the object itself, and from API servers before 1.22.
    let subresource: String?
    let time: String?

    /// An API server keeps ten that update, and those that apply.
    private static let most = 100

    /// Those of an object, and how many there are besides.
    static func all(of object: ObjectNode) -> (known: [ObjectChange], left: Int) {
        let fields = object["metadata"]?["managedFields"]?.elements ?? []
        let known = fields.prefix(most).map { field in
            ObjectChange(
                manager: field["manager"]?.text, operation: field["operation"]?.text,
                subresource: field["subresource"]?.text, time: field["time"]?.text)
        }
        return (known, fields.count - known.count)
    }
}
