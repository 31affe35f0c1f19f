internal import Archive
internal import BundleFormat
internal import Cryptography

/// What must be known of a tar stream that goes by: where its index is, and what its Seal ID is.
struct Landmarks: ~Copyable {
    private enum Current {
        case index, seal, other
    }

    private var current = Current.other
    private var index: TarEntry?
    /// Lines of the index.
    private var lines: UInt64 = 0
    private var seal = SHA256()
    private var hasSeal = false

    /// An entry begins.
    mutating func begin(_ entry: TarEntry) {
        let path = entry.path.split(separator: "/", maxSplits: 1).last.map(String.init)
        switch path {
        case BundleLayout.index.rawValue:
            current = .index
            index = entry
        case BundleLayout.seal.rawValue:
            current = .seal
            hasSeal = true
        default:
            current = .other
        }
    }

    /// Content of the entry.
    mutating func piece(_ bytes: ArraySlice<UInt8>) {
        switch current {
        case .index: lines += UInt64(bytes.count { $0 == 0x0A })
        case .seal: seal.update(bytes)
        case .other: break
        }
    }

    /// The locator that belongs to the stream.
    func locator(tarLength: UInt64) throws(BundleError) -> Locator {
        guard let index else {
            throw BundleError(
                code: .notABundle, doing: "repacking", reason: "the archive has no \(BundleLayout.index.rawValue)",
                advice: "check that this is a sealed bundle")
        }
        return Locator(indexOffset: index.offset, indexSize: index.size, tarLength: tarLength, entries: lines)
    }

    var sealID: SealID? {
        hasSeal ? SealID(seal.digestSoFar()) : nil
    }
}
