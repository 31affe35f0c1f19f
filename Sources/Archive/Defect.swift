/// What is wrong with some bytes, before it is known where they stand. Becomes an `ArchiveError` there.
struct Defect: Error, Equatable {
    var code: ArchiveError.Code
    var reason: String

    init(_ code: ArchiveError.Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    static let bytesBehindTheEnd = Defect(.trailingBytes, "there are bytes behind the end of the tar stream")
}
