/** Completes code where the cursor stands. */

import * as vscode from "vscode";

import { complete, Refusal, type Completion } from "./client";

/** What the completer tells of each request. */
export interface Listener {
  completed(completion: Completion): void;
  failed(reason: string): void;
}

/** Asks the service when the user pauses. */
export class Completer implements vscode.InlineCompletionItemProvider {
  on = true;

  constructor(
    private readonly key: () => Thenable<string | undefined>,
    private readonly listener: Listener,
  ) {}

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    _context: vscode.InlineCompletionContext,
    cancelled: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    if (!this.on) return [];
    const settings = vscode.workspace.getConfiguration("harness");
    const prompt = before(document, position, settings.get("context", 2000));
    if (prompt.trim() === "") return [];
    // Every key would cost joules.
    await pause(settings.get("delay", 250), cancelled);
    if (cancelled.isCancellationRequested) return [];
    const abort = new AbortController();
    const heard = cancelled.onCancellationRequested(() => abort.abort());
    try {
      const wish = {
        url: settings.get("url", "http://127.0.0.1:8080"),
        key: await this.key(),
        prompt,
        tokens: settings.get("tokens", 32),
        threshold: settings.get<number | null>("threshold", null),
      };
      const completion = await complete(wish, abort.signal);
      this.listener.completed(completion);
      if (completion.text === "") return [];
      return [new vscode.InlineCompletionItem(completion.text, new vscode.Range(position, position))];
    } catch (error) {
      if (!abort.signal.aborted) {
        this.listener.failed(error instanceof Refusal ? error.message : String(error));
      }
      return [];
    } finally {
      heard.dispose();
    }
  }
}

/** At most so many characters before a position, whole ones. */
export function before(document: vscode.TextDocument, position: vscode.Position, most: number): string {
  const end = document.offsetAt(position);
  const range = new vscode.Range(document.positionAt(Math.max(0, end - most)), position);
  const text = document.getText(range);
  const first = text.charCodeAt(0);
  // The second half of a character of two.
  return first >= 0xdc00 && first <= 0xdfff ? text.slice(1) : text;
}

function pause(milliseconds: number, cancelled: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    const heard = cancelled.onCancellationRequested(done);
    function done(): void {
      clearTimeout(timer);
      heard.dispose();
      resolve();
    }
  });
}
