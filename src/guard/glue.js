// Engines up to 1.4.8 make functions of text: the wrappers that Emscripten's embind writes. What
// it can write, in whatever year, is the grammar here: of `createNamedFunction`,
// `craftInvokerFunction` and `createJsInvoker`, `makeDynCaller`, `craftEmvalAllocator`, and the
// callers of `emval`. A text is taken apart into words, without spaces and comments, and has to be
// one such function from its first word to its last. So 'unsafe-eval' means these and nothing else.
createScript: ((word, glue) => text => {
  let words = "", at = 0, found;
  word.lastIndex = 0;
  while (found = exec(word, text)) {
    at += found[0].length;
    if (found[1]) words += found[1] + " ";
  }
  return at === text.length && exec(glue, words) ? text : void refuse("eval", "code from text");
})(
  /[ \t\n]+|\/\/[^\n\r\u2028\u2029]*|("[^"\\\n\r\u2028\u2029]*"|'[^'\\\n\r\u2028\u2029]*'|[\w$]+|>>>|!==|\+=|[^\w\s])/y,
  (() => {
    const all = (...parts) => parts.map(part => part.source || part).join(""),
      maybe = (...parts) => "(?:" + all(...parts) + ")?",
      many = (...parts) => "(?:" + all(...parts) + ")*",
      one = (...parts) => "(?:" + parts.map(part => part.source || part).join("|") + ")",
      list = (...parts) => maybe(all(...parts), many(", ", ...parts)),
      member = name => one("\\. " + name + " ", "\\[ (?:'" + name + "'|\\x22" + name + "\\x22) \\] "),
      head = (...parts) => all(/return (?:async )?function (?:[\w$]+ )?\( /, ...parts, /\) \{ /),
      end = /\} ;? ?/,
      enter = maybe(/Module \. emscripten_trace_enter_context \( 'embind::[^']*' (?:\+ humanName )?\) ; /),
      leave = maybe(/Module \. emscripten_trace_exit_context \( \) ; /),
      rv = /(?:rv )?/,
      arg = /arg\d+ /;
    return new RegExp(all(/^(?:\( )?function anonymous \( (?:[\w$]+ (?:, )?)*\) \{ /, one(
      // A function with a name.
      all(head(), /"use strict" ; return body \. apply \( this , arguments \) ; /, end),
      // A caller of a pointer to a function.
      all(head(list(/a\d+ /)), /return dynCall \( rawFunction (?:, a\d+ )*\) ; /, end),
      // A wrapper of a function or a method.
      all(
        maybe(/if \( arguments \. length !== \d+ \) \{ (?:throw new Error|throwBindingError) \( humanName \+ "Expected \d+ closure arguments " \+ arguments \. length \+ " given\." \) ; \} /),
        head(list(arg)),
        maybe(one(
          /if \( arguments \. length !== \d+ \) \{ throwBindingError \( (?:'function ' \+ humanName \+ ' called with '|'function [^']* called with ') \+ arguments \. length \+ ' arguments, expected \d+(?: args!)?' \) ; \} /,
          /checkArgCount \( arguments \. length , minArgs , maxArgs , humanName , throwBindingError \) ; /,
        )),
        enter,
        maybe(/var destructors = \[ \] ; /),
        maybe("var thisWired = ", one(all("classParam ", member("toWireType")), "toClassParamWire "), /\( (?:null|destructors) , this \) ; /),
        many(/var arg(?<wire>\d+)Wired = /, one(all("argType\\k<wire> ", member("toWireType")), "toArg\\k<wire>Wire "), /\( (?:null|destructors) , arg\k<wire> \) ; /),
        /(?:var rv = )?(?:await )?invoker \( fn (?:, (?:this|arg\d+)Wired )*\) ; /,
        maybe(/function onDone \( /, rv, /\) \{ /),
        one(/runDestructors \( destructors \) ; /, many(/(?<dtor>(?:this|arg\d+)Wired)_dtor \( \k<dtor> \) ; /)),
        maybe("var ret = ", one(all("retType ", member("fromWireType")), "fromRetWire "), /\( rv \) ; /, leave, "return ret ; "),
        leave,
        maybe(/\} return /, one(all(maybe(/Asyncify \. currData \? Asyncify \. whenDone \( \) \. then \( onDone \) : /), /onDone \( /, rv, /\) /), /rv \. then \( onDone \) /), ";? ?"),
        end,
      ),
      // Callers of the page's functions and methods.
      all(
        head(/(?:handle|obj) , (?:name|func|methodName) , destructors(?:Ref)? , args /),
        many(/var arg(?<read>\d+) = /, one(all("argType\\k<read> ", member("readValueFromPointer")), "argFromPtr\\k<read> "), /\( args (?:\+ \d+ )?\) ; /),
        /(?:var rv = )?(?:handle \[ name \]|obj \[ func \]|new func|func(?: \. call)?) \( /, list(one("obj ", arg)), /\) ; /,
        many(/argType(?<gone>\d+) /, member("deleteObject"), /\( arg\k<gone> \) ; /),
        maybe("return ", one(/emval_returnValue \( (?:retType|toReturnWire) , destructorsRef , rv \) /, all("retType ", member("toWireType"), /\( destructors(?:Ref)? , rv \) /)), "; "),
        end,
      ),
      all(
        head(/handle , methodName , destructorsRef , args /),
        (call => one(all(/return emval_returnValue \( toReturnWire , destructorsRef , /, call, /\) /), call))(
          all(one(/new \( toValue \( handle \) \) /, maybe(/toValue \( handle \) /, maybe(/\[ getStringOrSymbol \( methodName \) \] /))), /\( /, list(/argFromPtr\d+ \( args (?:\+ \d+ )?\) /), /\) /),
        ),
        ";? ?",
        end,
      ),
      // A caller of the page's classes.
      all(
        head(/constructor , argTypes , args /),
        many(
          /var argType(?<type>\d+) = requireRegisteredType \( /, one(all("Module ", member("HEAPU?32")), "HEAPU?32 "), /\[ \( argTypes >{2,3} \d \) \+ \d+ \] , "parameter \d+" \) ; /,
          /var arg\k<type> = argType\k<type> /, member("readValueFromPointer"), /\( args \) ; /,
          /args \+= /, one(all("argType\\k<type> ", member("argPackAdvance")), /\d+ /), "; ",
        ),
        /var obj = new constructor \( /, list(arg), /\) ; return (?:valueToHandle|__emval_register) \( obj \) ; /,
        end,
      ),
    ), /\} (?:\) )?$/));
  })(),
),
