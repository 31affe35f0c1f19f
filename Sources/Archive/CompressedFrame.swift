/// One frame as it stands in the file, with its place.
struct CompressedFrame: Sendable {
    /// From 0.
    var number: Int
    var fileOffset: UInt64
    var tarOffset: UInt64
    var contentBytes: Int
    var bytes: [UInt8]

    /// The error for a defect of this frame: its number, place and the part of the tar that it covers.
    func error(_ defect: Defect, file: String) -> ArchiveError {
        Self.error(
            defect, number: number, fileOffset: fileOffset, tarOffset: tarOffset, contentBytes: contentBytes,
            file: file)
    }

    /// The error for a defect of a frame or member, `contentBytes` being nil while its header is unknown.
    static func error(
        _ defect: Defect, unit: String = "frame", number: Int, fileOffset: UInt64, tarOffset: UInt64,
        contentBytes: Int?, file: String
    ) -> ArchiveError {
        let covers = contentBytes.map { "\(tarOffset) to \(tarOffset + UInt64($0) - 1)" } ?? "\(tarOffset) and on"
        return ArchiveError(
            defect.code, doing: "reading", subject: file, tarOffset: tarOffset, fileOffset: fileOffset,
            reason: "\(unit) \(number), which holds bytes \(covers) of the tar stream: \(defect.reason)")
    }
}
