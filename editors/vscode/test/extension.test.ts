/** The extension in an editor without windows, against a service of this test's own. */

import assert = require("node:assert/strict");
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";

import { Document, seen, Token } from "./editor";
import { activate } from "../src/extension";
import { before as textBefore } from "../src/completer";
import { read } from "../src/client";
import { joules } from "../src/tally";

interface Reply {
  status: number;
  body: unknown;
}

let server: Server;
let asked: { body: any; headers: IncomingMessage["headers"] }[] = [];
let reply: Reply | "never";
let left = 0;
const secrets = new Map<string, string>();

const good = (text: string, energy: object): Reply => ({
  status: 200,
  body: {
    choices: [{ index: 0, text, finish_reason: "length" }],
    usage: { completion_tokens: 4, energy, exit_layers: { mean: 7.25, histogram: {}, layers: 16 } },
  },
});
const counted = { joules: 0.5, class: "counter", uncertainty: 0.02, reason: null };

before(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      asked.push({ body: JSON.parse(text), headers: request.headers });
      if (reply === "never") return void response.on("close", () => (left += 1));
      response.writeHead(reply.status, { "content-type": "application/json" });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  [asked, left] = [[], 0];
  secrets.clear();
  seen.settings = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, delay: 0 };
  const context = {
    subscriptions: [],
    secrets: {
      get: async (key: string) => secrets.get(key),
      store: async (key: string, value: string) => void secrets.set(key, value),
      delete: async (key: string) => void secrets.delete(key),
    },
  };
  activate(context as any);
});

function type(text: string, token = new Token()): Promise<{ insertText: string }[]> {
  const document = new Document(text);
  return seen.provider.provideInlineCompletionItems(document, document.end, {}, token);
}

test("a completion is offered, and its joules stand in the status bar", async () => {
  assert.deepEqual([seen.item.text, seen.item.visible], ["$(zap) – J", true]);
  reply = good("return a;", counted);
  const items = await type("int f() {\n  ");
  assert.deepEqual(items.map((item) => item.insertText), ["return a;"]);
  assert.equal(asked[0]?.body.prompt, "int f() {\n  ");
  assert.equal(seen.item.text, "$(zap) 500 mJ  Σ 500 mJ");
  assert.match(seen.item.tooltip, /500 mJ ± 20.0 mJ \(counter\), 4 tokens, 125 mJ a token/);
  assert.match(seen.item.tooltip, /Mean depth: 7.3 of 16 blocks/);
  await type("x");
  assert.equal(seen.item.text, "$(zap) 500 mJ  Σ 1.00 J");
});

test("joules that no hardware counted are marked, and missing ones have their reason", async () => {
  reply = good("y", { ...counted, class: "estimated" });
  await type("x");
  assert.match(seen.item.text, /≈500 mJ/);
  reply = good("y", { joules: null, class: "counter", uncertainty: null, reason: "too few updates" });
  await type("x");
  assert.equal(seen.item.text, "$(zap) – J  Σ 500 mJ");
  assert.match(seen.item.tooltip, /no joules: too few updates/);
  assert.match(seen.item.tooltip, /2 completions, 1 with joules/);
});

test("threshold and key are sent where they are set", async () => {
  reply = good("y", counted);
  await type("x");
  assert.equal("harness" in asked[0]!.body, false);
  assert.equal(asked[0]?.headers.authorization, undefined);
  seen.settings["threshold"] = 0.8;
  seen.input = "a-long-key";
  await seen.commands.get("harness.setKey")?.();
  await type("x");
  assert.deepEqual(asked[1]?.body.harness, { threshold: 0.8 });
  assert.equal(asked[1]?.headers.authorization, "Bearer a-long-key");
  seen.input = "";
  await seen.commands.get("harness.setKey")?.();
  await type("x");
  assert.equal(asked[2]?.headers.authorization, undefined);
});

test("what is off asks for nothing, and the sum starts anew", async () => {
  reply = good("y", counted);
  await type("x");
  await seen.commands.get("harness.toggle")?.();
  assert.deepEqual(await type("x"), []);
  assert.equal(asked.length, 1);
  assert.match(seen.item.text, /off/);
  await seen.commands.get("harness.toggle")?.();
  await seen.commands.get("harness.reset")?.();
  assert.equal(seen.item.text, "$(zap) – J");
  assert.deepEqual(await type("   \n"), []);
});

test("a user who types on ends the request, and costs nothing more", async () => {
  reply = "never";
  const token = new Token();
  const items = type("x", token);
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  token.cancel();
  assert.deepEqual(await items, []);
  assert.equal(token.heard, 0);
  while (left === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(seen.item.text, "$(zap) – J");
  seen.settings["delay"] = 60_000;
  const waiting = new Token();
  const never = type("x", waiting);
  waiting.cancel();
  assert.deepEqual(await never, []);
  assert.equal(asked.length, 1);
});

test("refusals and nonsense are told in the status bar, not thrown", async () => {
  for (const [answer, words] of [
    [{ status: 429, body: { error: { message: "64 requests wait already" } } }, /64 requests wait/],
    [{ status: 500, body: "no json" }, /answered 500/],
    [{ status: 200, body: "[]" }, /no completion/],
    [{ status: 200, body: { choices: [{}] } }, /no completion/],
  ] as [Reply, RegExp][]) {
    reply = answer;
    assert.deepEqual(await type("x"), []);
    assert.equal(seen.item.text, "$(warning) harness");
    assert.match(seen.item.tooltip, words);
  }
  for (const url of ["http://127.0.0.1:1", "no address"]) {
    seen.settings["url"] = url;
    assert.deepEqual(await type("x"), []);
    assert.match(seen.item.tooltip, /start `harness serve`/);
  }
});

test("only so many characters before the cursor are sent, and no half ones", () => {
  const document = new Document("a😀bc\nd");
  const text = (most: number) => textBefore(document as any, document.end as any, most);
  assert.deepEqual([text(3), text(5), text(6), text(99)], ["c\nd", "bc\nd", "😀bc\nd", "a😀bc\nd"]);
});

test("joules have three digits, and an answer's numbers are checked", () => {
  assert.deepEqual([0, 0.0123, 1.5, 123456].map(joules), ["0.00 J", "12.3 mJ", "1.50 J", "123 kJ"]);
  const answer = { choices: [{ text: "x" }], usage: { energy: { joules: "much" } } };
  assert.deepEqual(read(answer).energy.joules, null);
  assert.equal(read({ choices: [{ text: "x" }] }).energy.reason, "the service tells no energy");
});

test("a real service answers", { skip: process.env["HARNESS_URL"] ? false : "HARNESS_URL is not set" }, async () => {
  seen.settings["url"] = process.env["HARNESS_URL"];
  await type("public class Stack {\n    private int");
  assert.match(seen.item.text, /^\$\(zap\) .*J  Σ /, seen.item.tooltip);
  console.log(`${seen.item.text}\n${seen.item.tooltip}`);
});
