import ExhibitCommands

/// The executable: everything it does is in ExhibitCommands.
@main
struct Program {
    static func main() async {
        await ExhibitCommand.start()
    }
}
