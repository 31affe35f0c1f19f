import Glibc

extension ContainerOptions {
    /// Cores of this machine that are worth using, at most 8: beyond that, one reader of the input is the limit.
    public static var usableCores: Int {
        min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 8)
    }
}
