/// The shells that there is a completion for.
enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
}
