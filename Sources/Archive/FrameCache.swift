import Synchronization

/// The frames that were used last, decompressed, for several readers at once.
///
/// There are a few places; each has a decompression context and the memory of a frame, and both are used again. Readers of
/// one frame wait for the one of them that decompresses it; readers of different frames do not wait for each other. That a
/// frame is damaged is kept as well: each of the thousands of entries in it would find it out anew.
final class FrameCache: Sendable {
    /// What is in a place.
    struct Content: ~Copyable {
        fileprivate var number: Int?
        fileprivate var failure: ArchiveError?
        fileprivate var bytes: [UInt8] = []
        private var decompressor: Decompressor?

        fileprivate init() {}

        /// Makes it the content of `frame`, which has `contentBytes`.
        mutating func decompress(_ frame: [UInt8], contentBytes: Int) throws {
            if decompressor == nil { decompressor = try Decompressor() }
            guard bytes.count == contentBytes else {
                bytes = []
                bytes = try decompressor!.decompress(frame, contentBytes: contentBytes)
                return
            }
            try bytes.withUnsafeMutableBytes { try decompressor!.decompress(frame, into: $0) }
        }
    }

    private final class Place: Sendable {
        let content = Mutex(Content())
    }

    private struct Tenancy {
        let place: Place
        /// The frame that is in it, or will be.
        var number: Int
        /// How many are at it.
        var readers: Int
    }

    private let most: Int
    /// The one that was used last is at the end.
    private let tenancies = Mutex<[Tenancy]>([])

    /// - Parameter frames: how many are kept. While more than that are being read at once, there are more.
    init(frames: Int) {
        most = max(frames, 1)
    }

    /// The content of frame `number`, which `load` makes if it is not there.
    func content(
        of number: Int, load: @Sendable (inout Content) throws(ArchiveError) -> Void
    ) throws(ArchiveError) -> [UInt8] {
        let place = enter(number)
        defer { leave(place) }
        return try place.content.withLock { content in
            Result { () throws(ArchiveError) in
                if content.number != number {
                    content.number = number
                    content.failure = nil
                    do throws(ArchiveError) {
                        try load(&content)
                    } catch {
                        content.failure = error
                    }
                }
                if let failure = content.failure { throw failure }
                return content.bytes
            }
        }.get()
    }

    private func enter(_ number: Int) -> Place {
        tenancies.withLock { tenancies in
            var tenancy: Tenancy
            if let index = tenancies.firstIndex(where: { $0.number == number }) {
                tenancy = tenancies.remove(at: index)
            } else if tenancies.count >= most, let index = tenancies.firstIndex(where: { $0.readers == 0 }) {
                tenancy = tenancies.remove(at: index)
                tenancy.number = number
            } else {
                tenancy = Tenancy(place: Place(), number: number, readers: 0)
            }
            tenancy.readers += 1
            tenancies.append(tenancy)
            return tenancy.place
        }
    }

    private func leave(_ place: Place) {
        tenancies.withLock { tenancies in
            guard let index = tenancies.firstIndex(where: { $0.place === place }) else { return }
            tenancies[index].readers -= 1
            if tenancies.count > most, tenancies[index].readers == 0 { tenancies.remove(at: index) }
        }
    }
}
