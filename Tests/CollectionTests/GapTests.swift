import BundleFormat
import Collection
import Testing

/// What a run says that it did not get.
@Suite struct GapTests {
    private static func gap(_ state: AttemptState, _ code: String = "X") -> Gap {
        Gap(collector: "c", state: state, code: code, count: 1, example: "")
    }

    @Test func whatMayBeThereIsALoss() {
        for state in [AttemptState.denied, .timeout, .error, .partial, .missing] {
            #expect(Self.gap(state).isLoss, "\(state)")
        }
        #expect(Self.gap(.missing, "NoTools").isLoss)
    }

    @Test func whatCannotBeThereIsAnAnswer() {
        for state in [AttemptState.ok, .empty, .skipped] { #expect(!Self.gap(state).isLoss, "\(state)") }
        #expect(!Self.gap(.missing, "NotRunning").isLoss)
        #expect(!Self.gap(.missing, "NotStarted").isLoss)
    }
}
