"use strict";
// Runs program.js as a module, and writes the secret once its last statement ran and nothing is left to wait for.
//
// That last statement is a call that this file appends, under a name drawn for this run: so no `return`, no exit and
// no event that the program emits itself stands for the end of its checks.

// A module's own names: unlike those of a script, no program sees them.
const fs = require("fs");
const vm = require("vm");
const Module = require("module");
const { createHook } = require("async_hooks");
const { apply, defineProperty } = Reflect;

const write = fs.writeSync;
const leave = process.reallyExit.bind(process);
const nonce = fs.readFileSync(0);
fs.closeSync(0);
fs.openSync("/dev/null", "r");
const source = fs.readFileSync("program.js");
const place = process.cwd() + "/program.js";
// The line on which the checks begin, by the line ends that JavaScript knows.
const checks = source.subarray(0, Number(process.argv[2])).toString().split(/\r\n|[\n\r\u2028\u2029]/).length;

const fixed = (object, name, value) => defineProperty(object, name, { value, writable: false, configurable: false });

function randomHex() {
  const bytes = Buffer.alloc(16);
  const file = fs.openSync("/dev/urandom", "r");
  fs.readSync(file, bytes);
  fs.closeSync(file);
  return bytes.toString("hex");
}

function lose(text) {
  write(3, text.slice(0, 500));
  leave(1);
}

// Whatever nothing caught ends the program, whether or not it listens for that.
process.setUncaughtExceptionCaptureCallback((error) => {
  let text;
  try {
    text = String(error).split("\n")[0];
  } catch {
    text = "an exception";
  }
  lose("raised " + text);
});
fixed(process, "setUncaughtExceptionCaptureCallback", () => {});
fixed(process, "reallyExit", () => lose("left by `process.exit` before its checks had run"));

// Checks of HumanEval-X; the original prints and goes on.
fixed(console, "assert", (value, ...words) => {
  if (!value) throw new Error(["Assertion failed", ...words].join(" "));
});

// The stack below the caller, innermost first.
function frames() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = (error, calls) => calls;
  Error.stackTraceLimit = 8;
  const calls = new Error().stack.slice(2);
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return calls;
}

// What the checks began and what has not come to its end: promises, timers, reads. Each look costs some microseconds,
// so the first are looked at only.
const open = new Map();
let looks = 20_000;
createHook({
  init(id, kind) {
    if (looks === 0) return;
    looks -= 1;
    const call = frames().find((call) => call.getFileName() === place);
    if (call && call.getLineNumber() >= checks) open.set(id, kind);
  },
  after(id) {
    if (open.get(id) !== "PROMISE") open.delete(id);
  },
  destroy(id) {
    if (open.get(id) !== "PROMISE") open.delete(id);
  },
  promiseResolve(id) {
    open.delete(id);
  },
}).enable();

const program = new Module(place);
program.filename = program.id;
program.paths = [];
process.argv.length = 1;
process.argv[1] = program.filename;
const names = ["exports", "require", "module", "__filename", "__dirname"];
const text = source.toString().replace(/^#!/, "//");
// By itself it must be a whole: the last statement is not to end up inside something it left open.
vm.compileFunction(text, names, { filename: place });
const end = "end_" + randomHex();
const [wrap, requireOwn] = program._compile(
  `return [function (${end}) { return function (${names}) {${text}\n;${end}();}}, require]`, place);
let ended = false;
const body = wrap(() => { ended = true; });
// Its text holds the name of the last statement.
const shown = Function.prototype.toString;
Function.prototype.toString = {
  toString() {
    return apply(shown, this === body || this === wrap ? leave : this, []);
  },
}.toString;
// How the runtime itself announces the end.
const announcers = ["emit", "process.emit", "callbackTrampoline", "process.callbackTrampoline"];
process.on("beforeExit", () => {
  // The program may emit this event too.
  if (!ended || !frames().every((call) => announcers.includes(call.getFunctionName()))) return;
  if (open.size > 0) lose("its checks wait for what never comes: " + [...new Set(open.values())].join(", "));
  write(3, nonce);
});
apply(body, program.exports, [program.exports, requireOwn, program, place, process.cwd()]);
