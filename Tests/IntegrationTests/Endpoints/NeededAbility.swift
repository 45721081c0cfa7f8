import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Passes over a test on a server that cannot do what the test is about.
    static func needs(_ ability: ServerProgram.Ability) -> Self {
        .enabled(if: ServerProgram.has(ability), "the server lacks \(ability.rawValue)")
    }
}
