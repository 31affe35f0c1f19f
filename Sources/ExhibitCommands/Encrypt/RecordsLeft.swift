internal import Bundle
internal import Glibc

/// Encryption is of the bundle's file alone: what is beside it stays where it is.
enum RecordsLeft {
    static func note(of bundle: String) {
        let sidecar = Sidecar.defaultPath(for: bundle)
        guard access(sidecar, F_OK) == 0 else { return }
        RenderingFailure.note(
            "the records beside the bundle (\(sidecar)) are not in the new file: name them with --attest, "
                + "or fold them in with exhibit repack, which encrypts, too")
    }
}
