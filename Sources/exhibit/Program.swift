import ArgumentParser
import ExhibitCommands
import Glibc

/// The executable: everything it does is in ExhibitCommands.
@main
struct Program {
    static func main() async {
        // A reader that goes away (`| head`) is noticed when writing, not by being killed.
        signal(SIGPIPE, SIG_IGN)
        await ExhibitCommand.main()
    }
}
