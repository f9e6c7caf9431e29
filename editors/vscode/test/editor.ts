/** An editor without windows: the part of `vscode` that the extension uses. Loaded in the place of the real module. */

import Module = require("node:module");

type Listener = () => void;

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}

export class InlineCompletionItem {
  constructor(
    readonly insertText: string,
    readonly range: Range,
  ) {}
}

/** Asked for by the editor when the user types on. */
export class Token {
  isCancellationRequested = false;
  private listeners: Listener[] = [];

  onCancellationRequested = (listener: Listener): { dispose(): void } => {
    this.listeners.push(listener);
    return { dispose: () => (this.listeners = this.listeners.filter((one) => one !== listener)) };
  };

  cancel(): void {
    this.isCancellationRequested = true;
    this.listeners.forEach((listener) => listener());
  }

  get heard(): number {
    return this.listeners.length;
  }
}

/** A text in one string. */
export class Document {
  constructor(readonly text: string) {}

  offsetAt(position: Position): number {
    const lines = this.text.split("\n").slice(0, position.line);
    return lines.reduce((sum, line) => sum + line.length + 1, 0) + position.character;
  }

  positionAt(offset: number): Position {
    const lines = this.text.slice(0, offset).split("\n");
    return new Position(lines.length - 1, lines.at(-1)?.length ?? 0);
  }

  getText(range: Range): string {
    return this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }

  get end(): Position {
    return this.positionAt(this.text.length);
  }
}

/** What the extension did to the editor. */
export const seen = {
  settings: {} as Record<string, unknown>,
  item: { text: "", tooltip: "", visible: false },
  commands: new Map<string, () => unknown>(),
  provider: undefined as any,
  input: undefined as string | undefined,
};

const vscode = {
  Position,
  Range,
  InlineCompletionItem,
  StatusBarAlignment: { Left: 1, Right: 2 },
  workspace: {
    getConfiguration: () => ({ get: (key: string, usual: unknown) => seen.settings[key] ?? usual }),
  },
  window: {
    createStatusBarItem: () => Object.assign(seen.item, { show: () => (seen.item.visible = true), dispose() {} }),
    showInputBox: async () => seen.input,
  },
  languages: {
    registerInlineCompletionItemProvider: (_: unknown, provider: unknown) => {
      seen.provider = provider;
      return { dispose() {} };
    },
  },
  commands: {
    registerCommand: (name: string, run: () => unknown) => {
      seen.commands.set(name, run);
      return { dispose() {} };
    },
  },
};

const loader = Module as unknown as { _load(name: string, ...rest: unknown[]): unknown };
const load = loader._load;
loader._load = function (name, ...rest) {
  return name === "vscode" ? vscode : load.call(this, name, ...rest);
};
