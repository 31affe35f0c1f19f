/// How a step is named before what happened to it.
enum StepWords {
    /// `exec info.txt: `; nothing for a step without a name of its own, whose collector says which it was.
    static func prefix(_ step: String) -> String { step.contains(" ") ? "\(step): " : "" }
}
