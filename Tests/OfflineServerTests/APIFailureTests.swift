import OfflineServer
import StructuredText
import Testing

struct APIFailureTests {
    @Test func namesWhatIsNotThereAsTheAPIServerDoes() {
        let status = APIFailure.notFound("deployments", group: "apps", name: "web").object
        #expect(status["message"]?.string == #"deployments.apps "web" not found"#)
        #expect(status["reason"]?.string == "NotFound")
        #expect(status["code"]?.int == 404)
        #expect(status["details"]?["group"]?.string == "apps")
        #expect(status["details"]?["kind"]?.string == "deployments")
    }
}
