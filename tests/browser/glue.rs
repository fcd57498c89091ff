//! The code that old engines make of text: all that Emscripten's embind writes runs, and nothing
//! else does.
//!
//! The texts are written here as embind writes them, in each of its generations: the functions
//! have the names that they have in its sources.

use std::fmt::Write as _;

use serde_json::Value;

use crate::engine::{Engine, in_each_engine};
use crate::example::{Example, stand_in};
use crate::proxy::Proxy;

in_each_engine!(of_text_only_what_embind_writes_runs);

/// Names of parameters, and the body of a function.
type Text = (String, String);

/// How much a wrapper of a function has to do.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each combination is one
struct Shape {
    count: usize,
    is_method: bool,
    returns: bool,
    /// Types without a destructor of their own.
    stack: bool,
    /// Which arguments have one, as bits.
    dtors: usize,
    /// `ASYNCIFY`: 0, 1 or 2.
    asyncify: u8,
    asserts: bool,
    traces: bool,
}

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for bits in 0..64_usize {
        for count in [0, 1, 2, 3, 11] {
            let is = |bit: usize| bits >> bit & 1 == 1;
            shapes.push(Shape {
                count,
                is_method: is(0),
                returns: is(1),
                stack: is(2),
                dtors: if is(3) { 0b101 } else { 0 },
                asyncify: u8::try_from((bits + count) % 3).unwrap(),
                asserts: is(4),
                traces: is(5),
            });
        }
    }
    shapes
}

fn each(count: usize, separator: &str, write: impl Fn(usize) -> String) -> String {
    (0..count).map(write).collect::<Vec<_>>().join(separator)
}

/// What comes after the call, which all generations write alike.
fn after_call(body: &mut String, shape: Shape, ret: &str, note: &str) {
    let rv = if shape.returns { "rv" } else { "" };
    if shape.asyncify > 0 {
        let _ = writeln!(body, "function onDone({rv}) {{");
    }
    if shape.stack {
        body.push_str("runDestructors(destructors);\n");
    } else {
        if shape.is_method && shape.dtors > 0 {
            let _ = writeln!(body, "thisWired_dtor(thisWired);{note}");
        }
        for n in (0..shape.count).filter(|n| shape.dtors >> n & 1 == 1) {
            let _ = writeln!(body, "arg{n}Wired_dtor(arg{n}Wired);{note}");
        }
    }
    let trace = if shape.traces {
        "Module.emscripten_trace_exit_context();\n"
    } else {
        ""
    };
    if shape.returns {
        let _ = write!(body, "var ret = {ret}(rv);\n{trace}return ret;\n");
    } else {
        body.push_str(trace);
    }
    match shape.asyncify {
        1 => {
            let _ = writeln!(
                body,
                "}}\nreturn Asyncify.currData ? Asyncify.whenDone().then(onDone) : onDone({rv})"
            );
        }
        2 if shape.asserts => body.push_str("}\nreturn rv.then(onDone);"),
        2 => {
            let _ = write!(body, "}}\nreturn onDone({rv});");
        }
        _ => {}
    }
    body.push_str("}\n");
}

/// Until 2023: the name of the function is in its code.
fn craft_invoker_function_with_name(shape: Shape, name: &str, legal: &str) -> Text {
    let Shape { count, .. } = shape;
    let stack = if shape.stack { "destructors" } else { "null" };
    let mut body = format!(
        "return function {legal}({}) {{\nif (arguments.length !== {count}) {{\nthrowBindingError('function {name} called with ' + arguments.length + ' arguments, expected {count} args!');\n}}\n",
        each(count, ", ", |n| format!("arg{n}"))
    );
    if shape.traces {
        let _ = writeln!(
            body,
            "Module.emscripten_trace_enter_context('embind::{name}');"
        );
    }
    if shape.stack {
        body.push_str("var destructors = [];\n");
    }
    if shape.is_method {
        let _ = writeln!(
            body,
            "var thisWired = classParam.toWireType({stack}, this);"
        );
    }
    for n in 0..count {
        let _ = writeln!(
            body,
            "var arg{n}Wired = argType{n}.toWireType({stack}, arg{n}); // std::vector<{name}>"
        );
    }
    let this = if shape.is_method { ", thisWired" } else { "" };
    let rv = if shape.returns { "var rv = " } else { "" };
    let wired: String = each(count, "", |n| format!(", arg{n}Wired"));
    let _ = writeln!(body, "{rv}invoker(fn{this}{wired});");
    after_call(&mut body, shape, "retType.fromWireType", " // std::string");
    let types: String = each(count, "", |n| format!(",argType{n}"));
    let names = format!("throwBindingError,invoker,fn,runDestructors,retType,classParam{types}");
    (names, body)
}

/// From 2023 on: what differs from function to function is an argument.
fn create_js_invoker(shape: Shape, is_late: bool) -> Text {
    let Shape { count, .. } = shape;
    let stack = if shape.stack { "destructors" } else { "null" };
    let comma = if is_late { "," } else { ", " };
    let mut body = String::new();
    if shape.asserts {
        body.push_str("if (arguments.length !== 9){ throw new Error(humanName + \"Expected 9 closure arguments \" + arguments.length + \" given.\"); }\n");
    }
    let args = each(count, comma, |n| format!("arg{n}"));
    if is_late {
        let _ = writeln!(body, "return function ({args}) {{");
        if shape.asserts {
            body.push_str("checkArgCount(arguments.length, minArgs, maxArgs, humanName, throwBindingError);\n");
        }
    } else {
        let _ = write!(
            body,
            "\n        return function ({args}) {{\n        if (arguments.length !== {count}) {{\n          throwBindingError('function ' + humanName + ' called with ' + arguments.length + ' arguments, expected {count}');\n        }}"
        );
    }
    if shape.traces {
        body.push_str("Module.emscripten_trace_enter_context('embind::' + humanName );\n");
    }
    if shape.stack {
        body.push_str("var destructors = [];\n");
    }
    if shape.is_method {
        let to = if is_late {
            "toClassParamWire"
        } else {
            "classParam['toWireType']"
        };
        let _ = writeln!(body, "var thisWired = {to}({stack}, this);");
    }
    for n in 0..count {
        let to = if is_late {
            format!("toArg{n}Wire")
        } else {
            format!("argType{n}['toWireType']")
        };
        let _ = writeln!(body, "var arg{n}Wired = {to}({stack}, arg{n});");
    }
    let this = if shape.is_method {
        format!("{comma}thisWired")
    } else {
        String::new()
    };
    let wired: String = each(count, "", |n| format!("{comma}arg{n}Wired"));
    let rv = if shape.returns || shape.asyncify == 2 {
        "var rv = "
    } else {
        ""
    };
    let _ = writeln!(body, "{rv}invoker(fn{this}{wired});");
    let ret = if is_late {
        "fromRetWire"
    } else {
        "retType['fromWireType']"
    };
    after_call(&mut body, shape, ret, "");
    let types: String = each(count, "", |n| format!(",argType{n}"));
    let names =
        format!("humanName,throwBindingError,invoker,fn,runDestructors,retType,classParam{types}");
    (names, body)
}

/// The callers of `emval`: until 2023, then until 2025, then from then on.
fn emval_callers(count: usize, returns: bool, name: &str) -> Vec<Text> {
    let args = each(count, ", ", |n| format!("arg{n}"));
    let at = |n: usize| {
        if n == 0 {
            String::new()
        } else {
            format!("+{}", 8 * n)
        }
    };
    let types: String = each(count, "", |n| format!(",argType{n}"));
    let mut first = format!("return function {name}(handle, name, destructors, args) {{\n");
    for n in 0..count {
        let _ = writeln!(
            first,
            "    var arg{n} = argType{n}.readValueFromPointer(args{});",
            at(n)
        );
    }
    let _ = writeln!(first, "    var rv = handle[name]({args});");
    for n in 0..count {
        let _ = writeln!(first, "    argType{n}.deleteObject(arg{n});");
    }
    if returns {
        first.push_str("    return retType.toWireType(destructors, rv);\n");
    }
    first.push_str("};\n");
    let mut texts = vec![(format!("retType{types}"), first)];

    for kind in ["func.call", "new func"] {
        let mut list: Vec<String> = (0..count).map(|n| format!("arg{n}")).collect();
        if kind == "func.call" {
            list.insert(0, "obj".to_owned());
        }
        let mut body = "return function (obj, func, destructorsRef, args) {\n".to_owned();
        for n in 0..count {
            let _ = writeln!(
                body,
                "  var arg{n} = argType{n}.readValueFromPointer(args{});",
                at(n)
            );
        }
        let _ = writeln!(body, "  var rv = {kind}({});", list.join(", "));
        if returns {
            body.push_str("  return emval_returnValue(retType, destructorsRef, rv);\n");
        }
        body.push_str("};\n");
        texts.push((format!("retType{types},emval_returnValue"), body));
    }

    for call in [
        "toValue(handle)",
        "new (toValue(handle))",
        "toValue(handle)[getStringOrSymbol(methodName)]",
        "",
    ] {
        let list = each(count, ",", |n| format!("argFromPtr{n}(args{})", at(n)));
        let mut call = format!("{call}({list})");
        if call == "()" {
            // A cast is of one value.
            continue;
        }
        if returns {
            call = format!("return emval_returnValue(toReturnWire, destructorsRef, {call})");
        }
        texts.push((
            "toValue,getStringOrSymbol,toReturnWire,emval_returnValue".to_owned(),
            format!("return function (handle, methodName, destructorsRef, args) {{\n  {call}\n}}"),
        ));
    }
    texts
}

fn craft_emval_allocator(count: usize) -> Text {
    let mut body =
        format!("return function emval_allocator_{count}(constructor, argTypes, args) {{\n");
    for n in 0..count {
        let _ = write!(
            body,
            "var argType{n} = requireRegisteredType(Module['HEAP32'][(argTypes >>> 2) + {n}], \"parameter {n}\");\nvar arg{n} = argType{n}.readValueFromPointer(args);\nargs += argType{n}['argPackAdvance'];\n"
        );
    }
    let args = each(count, ", ", |n| format!("arg{n}"));
    let _ = write!(
        body,
        "var obj = new constructor({args});\nreturn valueToHandle(obj);\n}}\n"
    );
    (
        "requireRegisteredType,Module,valueToHandle".to_owned(),
        body,
    )
}

/// All that embind writes, over many names and counts.
fn written_by_embind() -> Vec<Text> {
    let names = [
        ("f", "f"),
        ("Engine.start", "Engine$start"),
        ("Map<int, char const*>::get", "Map$int$$char$const$$$$get"),
        ("2d", "_2d"),
    ];
    let mut texts = Vec::new();
    for (index, shape) in shapes().into_iter().enumerate() {
        let (name, legal) = names[index % names.len()];
        texts.push(craft_invoker_function_with_name(shape, name, legal));
        texts.push(create_js_invoker(shape, false));
        texts.push(create_js_invoker(shape, true));
    }
    for (_, legal) in names {
        let with_name = format!(
            "return function {legal}() {{\n    \"use strict\";    return body.apply(this, arguments);\n}};\n"
        );
        texts.push(("body".to_owned(), with_name));
        for count in [0, 1, 2, 12] {
            texts.extend(emval_callers(count, true, legal));
            texts.extend(emval_callers(count, false, legal));
            texts.push(craft_emval_allocator(count));
            let args = each(count, ", ", |n| format!("a{}", n + 1));
            let passed: String = each(count, "", |n| format!(", a{}", n + 1));
            texts.push((
                "dynCall,rawFunction".to_owned(),
                format!("return function dynCall_vi_{count}({args}) {{\n    return dynCall(rawFunction{passed});\n}};\n"),
            ));
        }
    }
    texts
}

/// Neighbours: each is one of embind's texts with one thing changed.
fn neighbours() -> Vec<Text> {
    let shape = Shape {
        count: 2,
        is_method: true,
        returns: true,
        stack: false,
        dtors: 1,
        asyncify: 0,
        asserts: true,
        traces: false,
    };
    let of = |(names, body): Text, from: &str, to: &str| {
        assert!(body.contains(from), "{from} in {body}");
        (names, body.replacen(from, to, 1))
    };
    let named = || craft_invoker_function_with_name(shape, "f", "f");
    let late = || create_js_invoker(shape, true);
    vec![
        of(named(), "function f called", "function f' + alert(1) + ' called"),
        of(named(), "function f called", "function \\' called"),
        of(named(), "function f(", "function f(a = alert(1), "),
        of(named(), "std::string", "std\u{2028}alert(1)"),
        of(named(), "std::string", "std\ralert(1)"),
        of(named(), "invoker(fn", "fetch(fn"),
        of(named(), "invoker(fn", "invoker(alert(1)"),
        of(named(), "return ret;", "return ret, alert(1);"),
        of(named(), "return ret;", "return fetch(ret);"),
        of(named(), "arg0Wired_dtor(arg0Wired)", "arg0Wired_dtor(arg1Wired)"),
        of(named(), "argType1.toWireType", "argType0.toWireType"),
        of(late(), "toArg0Wire(null", "toArg0Wire(alert(1)"),
        of(late(), "checkArgCount(", "eval("),
        of(late(), "minArgs", "minArgs()"),
        of(late(), "closure arguments ", "closure arguments \" + alert(1) + \""),
        of(late(), "var ret = fromRetWire(rv);\n", ""),
        of(late(), "return function (", "alert(1);return function ("),
        of(craft_emval_allocator(1), "new constructor", "new Function"),
        of(craft_emval_allocator(1), "\"parameter 0\"", "`${alert(1)}`"),
        of(emval_callers(1, true, "f").remove(0), "handle[name]", "handle[alert]"),
        of(emval_callers(1, true, "f").pop().unwrap(), "(args)", "(args)(alert(1))"),
        ("body".to_owned(), "return function f() {\n\"use strict\"; return body.apply(this, arguments)\n};\n}); alert(1); (function () {".to_owned()),
        ("a = alert(1)".to_owned(), "return function f() {\n    \"use strict\";    return body.apply(this, arguments);\n};\n".to_owned()),
        (String::new(), String::new()),
        (String::new(), "return function () {\n}".to_owned()),
        (String::new(), "return 7".to_owned()),
        (String::new(), "return fetch('/')".to_owned()),
        (String::new(), "/**/".to_owned()),
    ]
}

/// Whether `Function` takes each text; a syntax error is a mistake of the test's.
fn tried(texts: &[Text]) -> String {
    format!(
        "{}.map(([names, body]) => {{ try {{ new Function(names, body); return 'ran' }} catch (e) {{ return e.name === 'SyntaxError' ? e.message : 'refused' }} }})",
        serde_json::to_string(texts).unwrap()
    )
}

async fn of_text_only_what_embind_writes_runs(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let example = Example::start(&["--legacy", &stand_in("1.4.8")]).await;
    let page = browser.tab(&proxy.address).await;
    page.goto(&format!("{}/legacy/", example.origin)).await;
    page.wait_for("document.readyState === 'complete'").await;
    for (texts, expected) in [(written_by_embind(), "ran"), (neighbours(), "refused")] {
        for texts in texts.chunks(200) {
            let came_to: Vec<String> = page.eval(&tried(texts)).await.unwrap();
            for ((names, body), came_to) in texts.iter().zip(came_to) {
                assert_eq!(came_to, expected, "{names}\n{body}");
            }
        }
    }
    for text in [
        "1+1",
        "return rv;",
        "(function anonymous(\n) {\n\n})",
        "fetch('/')",
    ] {
        let text = serde_json::to_string(text).unwrap();
        let refused = page.eval::<Value>(&format!("eval({text})")).await;
        assert!(refused.is_err_and(|e| e.starts_with("EvalError")), "{text}");
    }
}
