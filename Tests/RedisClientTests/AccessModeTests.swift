import Testing

@testable import RedisClient

struct AccessModeTests {
    @Test(arguments: RedisCommand.allCases)
    func `a connection for reading permits what is on the allow-list and nothing else`(command: RedisCommand) {
        #expect(AccessMode.readOnly.permits(command) == command.isAllowedWhenReadOnly)
    }

    @Test(arguments: RedisCommand.allCases)
    func `a connection for writing permits every command`(command: RedisCommand) {
        #expect(AccessMode.readWrite.permits(command))
    }

    @Test
    func `the removal script cannot be sent on a connection for reading`() {
        #expect(!AccessMode.readOnly.permits(.evalsha))
        #expect(!AccessMode.readOnly.permits(.scriptLoad))
    }
}
