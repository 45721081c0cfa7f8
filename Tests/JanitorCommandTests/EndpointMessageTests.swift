import RedisClient
import Testing

@testable import JanitorCommand

struct EndpointMessageTests {
    @Test(arguments: [
        (EndpointError.missingScheme, "redis://"), (.unknownScheme("htt\np"), "'htt\\np'"),
        (.missingService, "/service"), (.invalidService, "%2F"), (.missingHost, "host"), (.invalidHost, "brackets"),
        (.invalidPort, "65535"), (.invalidDatabase, "whole number"), (.conflictingDatabases, "?db="),
        (.relativeSocketPath, "absolute"), (.socketPathTooLong(limit: 107), "107"),
        (.invalidPercentEncoding, "%25"), (.unknownParameter, "db=N"),
    ])
    func `every reason is one line that says what to do`(error: EndpointError, hint: String) {
        let text = error.message.english
        #expect(text.isOneTameLine)
        #expect(text.contains(hint))
    }
}
