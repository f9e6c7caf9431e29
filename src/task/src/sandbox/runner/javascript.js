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
const { isArray } = Array;

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

// Whether the last statement ran.
let ended = false;

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
fixed(process, "reallyExit", () => {
  lose(ended ? "left by `process.exit` while its checks could go on" : "left by `process.exit` before its checks had run");
});

// Checks of HumanEval-X; the original prints and goes on.
const assert = (value, ...words) => {
  if (!value) lose(["raised Error: Assertion failed", ...words].join(" "));
};
defineProperty(console, "assert", { get: () => assert, set: () => {}, configurable: false });

// The stack below the caller, innermost first; empty where the program took away how stacks are made.
function frames() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Reflect.set(Error, "prepareStackTrace", (error, calls) => calls);
  Reflect.set(Error, "stackTraceLimit", 10);
  const calls = new Error().stack;
  Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return isArray(calls) ? calls : [];
}

// Whether the checks themselves are what runs now, by the innermost call in the program's file. What `new Promise` and
// a race leave behind may stay open for good.
function isOfChecks() {
  const calls = frames();
  for (let at = 0; at < calls.length; at += 1) {
    const name = calls[at].getFunctionName();
    if (name === "Promise" || name === "race" || name === "any" || name === "waitAsync") return false;
    if (calls[at].getFileName() === place) return calls[at].getLineNumber() >= checks;
  }
  return false;
}

// The promises that the checks began and that have not come to their end. Each look costs some microseconds, so only
// the first promises are looked at.
const open = Object.create(null);
let count = 0;
let looks = 20_000;
createHook({
  init(id, kind) {
    if (looks === 0 || kind !== "PROMISE") return;
    looks -= 1;
    if (!isOfChecks()) return;
    open[id] = true;
    count += 1;
  },
  promiseResolve(id) {
    if (!open[id]) return;
    open[id] = false;
    count -= 1;
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
const body = wrap(() => { ended = true; });
// Its text holds the name of the last statement.
const shown = Function.prototype.toString;
Function.prototype.toString = {
  toString() {
    return apply(shown, this === body || this === wrap ? leave : this, []);
  },
}.toString;
// How the runtime itself announces the end; the program may emit that event too.
const announcers = ["emit", "process.emit", "callbackTrampoline", "process.callbackTrampoline"];
const announced = Object.create(null);
for (const name of announcers) announced[name] = true;

// Whether nobody else is on the stack below the listener that asks; taken for granted where there are no stacks.
function isAnnounced() {
  const calls = frames();
  for (let at = 3; at < calls.length; at += 1) if (!announced[calls[at].getFunctionName()]) return false;
  return true;
}

let told = false;
process.on("beforeExit", () => {
  if (told || !ended || !isAnnounced()) return;
  if (count > 0) lose("its checks wait for a promise that nothing settles");
  told = true;
  write(3, nonce);
});
apply(body, program.exports, [program.exports, requireOwn, program, place, process.cwd()]);
