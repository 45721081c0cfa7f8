import Testing

@testable import RedisClient

@Suite struct AccessModeTests {
    @Test(
        "A connection for reading permits what is on the allow-list and nothing else", arguments: RedisCommand.allCases)
    func readOnly(command: RedisCommand) {
        #expect(AccessMode.readOnly.permits(command) == command.isAllowedWhenReadOnly)
    }

    @Test("A connection for writing permits every command", arguments: RedisCommand.allCases)
    func readWrite(command: RedisCommand) {
        #expect(AccessMode.readWrite.permits(command))
    }

    @Test("The removal script cannot be sent on a connection for reading")
    func removal() {
        #expect(!AccessMode.readOnly.permits(.evalsha))
        #expect(!AccessMode.readOnly.permits(.scriptLoad))
    }
}
