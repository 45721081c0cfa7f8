import SessionJanitor

/// Says why templates make no layout, and what to do.
enum LayoutMessage {
    static func message(_ error: KeyTemplateError) -> Message {
        switch error {
        case .unbalancedBrace(let template):
            Message(
                "template \(quoted(template)): a brace has no partner; write {{ or }} for the brace itself",
                zh: "模板 \(quoted(template))：花括号不成对；花括号本身请写作 {{ 或 }}")
        case .invalidVariable(let template, let name):
            Message(
                "template \(quoted(template)): {\(Printable.text(name))} is no variable; a name is lower-case letters, "
                    + "such as {prefix}, {id} and {user}",
                zh: "模板 \(quoted(template))：{\(Printable.text(name))} 不是变量；变量名由小写字母组成，例如 {prefix}、{id} 和 {user}")
        case .invalidPattern(let template, let pattern):
            Message(
                "template \(quoted(template)): \(quoted(pattern)) is not a regular expression, or repeats a group, which "
                    + "could take for ever; repeat a class, such as [a-z]+",
                zh: "模板 \(quoted(template))：\(quoted(pattern)) 不是正则表达式，或重复了分组（可能永远匹配不完）；请重复字符类，例如 [a-z]+")
        case .missingVariable("", _):
            Message("a layout needs a --session-key", zh: "布局需要 --session-key")
        case .missingVariable(let template, let variable):
            Message(
                "template \(quoted(template)): {\(variable)} is missing",
                zh: "模板 \(quoted(template))：缺少 {\(variable)}")
        case .repeatedVariable(let template, let variable):
            Message(
                "template \(quoted(template)): {\(variable)} stands there more than once",
                zh: "模板 \(quoted(template))：{\(variable)} 出现多次")
        case .overlap(let first, let second):
            Message(
                "templates \(quoted(first)) and \(quoted(second)) match the same keys; "
                    + "they must differ before or after their variables, or in the patterns of these",
                zh: "模板 \(quoted(first)) 与 \(quoted(second)) 会匹配相同的键；"
                    + "两者在变量之前或之后，或在变量的模式上必须不同")
        case .unknownSession(let template, let sessionKey, let missing):
            Message(
                "template \(quoted(template)) does not tell which session it means: {\(missing)} of session key "
                    + "\(quoted(sessionKey)) is missing",
                zh: "模板 \(quoted(template)) 无法说明所指的会话：缺少会话键 \(quoted(sessionKey)) 的 {\(missing)}")
        case .misplaced(let option):
            Message(
                "\(option.name.rawValue) \(quoted(option.value)) speaks of the key template before it; put it after "
                    + "the one that it is about",
                zh: "\(option.name.rawValue) \(quoted(option.value)) 说明它之前的键模板；请写在相应的模板之后")
        case .invalidValue(let option):
            Message(
                "\(option.name.rawValue) \(quoted(option.value)) is not valid; see session-janitor layouts for examples",
                zh: "\(option.name.rawValue) \(quoted(option.value)) 无效；示例见 session-janitor layouts")
        case .unknownUser(let template):
            Message(
                "presence key \(quoted(template)) needs to know the users of sessions: say by --user where a session "
                    + "names its user, or put {user} into each session key",
                zh: "状态键 \(quoted(template)) 需要知道会话的用户：请用 --user 说明会话在哪里记录用户，或在每个会话键中加入 {user}")
        case .mixedSources(let first, let second):
            Message(
                "a session is either a hash or a string: \(quoted(first)) and \(quoted(second)) contradict each other",
                zh: "会话或是哈希，或是字符串：\(quoted(first)) 与 \(quoted(second)) 互相矛盾")
        case .tooMany(let name):
            Message("\(name.rawValue) may be given 16 times at most", zh: "\(name.rawValue) 最多可给出 16 次")
        }
    }

    private static func quoted(_ text: String) -> String { Printable.quoted(text) }
}
