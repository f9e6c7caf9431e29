/** Puts the completer and its joules into the editor. */

import * as vscode from "vscode";

import { Completer } from "./completer";
import { Tally } from "./tally";

const KEY = "harness.key";

/** Called by the editor once. */
export function activate(context: vscode.ExtensionContext): void {
  const tally = new Tally();
  const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Right, 100);
  item.name = "harness: joules of completions";
  item.command = "harness.toggle";
  const completer = new Completer(() => context.secrets.get(KEY), {
    completed(completion) {
      tally.add(completion);
      show();
    },
    failed(reason) {
      tally.fail(reason);
      show();
    },
  });
  function show(): void {
    const { text, tooltip } = tally.shown(completer.on);
    [item.text, item.tooltip] = [text, tooltip];
    item.show();
  }
  async function setKey(): Promise<void> {
    const prompt = "The key of `harness serve`; empty: none";
    const key = await vscode.window.showInputBox({ prompt, password: true });
    if (key === undefined) return;
    await (key === "" ? context.secrets.delete(KEY) : context.secrets.store(KEY, key));
  }
  context.subscriptions.push(
    item,
    vscode.languages.registerInlineCompletionItemProvider({ pattern: "**" }, completer),
    vscode.commands.registerCommand("harness.toggle", () => {
      completer.on = !completer.on;
      show();
    }),
    vscode.commands.registerCommand("harness.reset", () => {
      tally.reset();
      show();
    }),
    vscode.commands.registerCommand("harness.setKey", setKey),
  );
  show();
}
