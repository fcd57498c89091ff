// Engines up to 1.4.8 make functions of text: the wrappers that Emscripten's embind puts together,
// line by line, out of names that it numbers. Each line that it can write is listed here, and a
// text that holds any other is no wrapper. So 'unsafe-eval' means these and nothing else.
createScript: ((glue) => (text) => glue.test(text) ? text : void refuse("eval", "code from text"))(
  new RegExp("^\\(?function anonymous\\([\\w, ]*\\n\\) \\{\\n(?:[ \\t]*(?:" + [
    // Wrappers of functions.
    /return function \(((arg\d+|obj|func|handle|name|destructorsRef|args)(, (?!\)))?)*\) ?\{/,
    /if \(arguments\.length !== \d+\) ?\{( ?throwBindingError\(humanName \+ "Expected \d+ closure arguments " \+ arguments\.length \+ " given\."\); ?\})?/,
    /throwBindingError\('function ' \+ humanName \+ ' called with ' \+ arguments\.length \+ ' arguments, expected \d+'\);/,
    /\}?(var destructors = \[\];)?/,
    /\}?var (this|arg\d+)Wired = (classParam|argType\d+|arg\d+Type)\['toWireType'\]\((null|destructors), (this|arg\d+)\);/,
    /\}?(var rv = )?invoker\(fn(, (this|arg\d+)Wired)*\);/,
    /runDestructors\(destructors\);/,
    /(this|arg\d+)Wired_dtor\((this|arg\d+)Wired\);/,
    /var ret = retType\['fromWireType'\]\(rv\);/,
    /return (ret|rv);/,
    // Callers of methods.
    /var arg\d+ = argType\d+(\.|\[')readValueFromPointer('\])?\(args(\+\d+)?\);/,
    /var rv = (handle\[name\]|obj\[name\]|func|new func)\(((arg\d+)(, (?!\)))?)*\);/,
    /argType\d+(\.|\[')deleteObject('\])?\(arg\d+\);/,
    /return emval_returnValue\(retType, destructorsRef, rv\);/,
    /return retType(\.|\[')toWireType('\])?\((destructors|destructorsRef), rv\);/,
    /\};?/,
  ].map((line) => line.source).join("|") + ")[ \\t]*\\n)+\\}\\)?$")),
