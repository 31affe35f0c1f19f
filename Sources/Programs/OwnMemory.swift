internal import CMemory

/// The memory of this program itself.
public enum OwnMemory {
    /// Large buffers are given back when they are freed. Otherwise glibc raises its own thresholds with each that is freed, and
    /// keeps them for reuse, in as many arenas as there are threads. To be called before anything else; where the C library does
    /// not take it, memory is used as ever. Source: mallopt(3).
    public static func giveBackEarly() {
        _ = mallopt(M_MMAP_THRESHOLD, 256 << 10)
        _ = mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }
}
