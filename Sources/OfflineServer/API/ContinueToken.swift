/// Where the next page of a list begins, as clients carry it about.
///
/// It holds the number of the page's last object, which is looked up among those of the list: what somebody made up leads to the end of
/// another page of the same list at most.
struct ContinueToken: Hashable, Sendable {
    /// `objects.id`.
    let object: Int64

    private static let prefix = "offline-1-"

    init(object: Int64) {
        self.object = object
    }

    init(parsing text: String) throws(APIFailure) {
        guard text.hasPrefix(Self.prefix), text.utf8.count < 64,
            let object = Int64(text.dropFirst(Self.prefix.count)), object > 0, Self(object: object).text == text
        else { throw Self.invalid }
        self.object = object
    }

    var text: String { Self.prefix + String(object) }

    static let invalid = APIFailure.badRequest(
        "continue key is not valid: it is none that this server has given for this list")
}
