/// How an entry's content is cut into segments (section 6.1).
public enum Segmentation: String, Hashable, Sendable, CaseIterable {
    /// Whole lines of 1 KiB and more.
    case lines
    /// One segment.
    case whole
}
