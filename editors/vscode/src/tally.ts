/** The sum of what completions cost, and how it reads in a status bar. */

import type { Completion } from "./client";

/** What stands in the status bar and over it. */
export interface Shown {
  text: string;
  tooltip: string;
}

/** Sums one session of the editor. */
export class Tally {
  private joules = 0;
  private measured = 0;
  private asked = 0;
  private last: Completion | undefined;
  private trouble: string | undefined;

  /** A completion came. */
  add(completion: Completion): void {
    this.asked += 1;
    this.last = completion;
    this.trouble = undefined;
    if (completion.energy.joules !== null) {
      this.joules += completion.energy.joules;
      this.measured += 1;
    }
  }

  /** None came, for this reason. */
  fail(reason: string): void {
    this.trouble = reason;
  }

  /** Forgets everything. */
  reset(): void {
    [this.joules, this.measured, this.asked, this.last, this.trouble] = [0, 0, 0, undefined, undefined];
  }

  /** How it reads; `on`: whether completions are asked for. */
  shown(on: boolean): Shown {
    if (!on) return { text: "$(circle-slash) harness off", tooltip: "Completions are off." };
    if (this.trouble !== undefined) return { text: "$(warning) harness", tooltip: this.trouble };
    if (this.last === undefined) return { text: "$(zap) – J", tooltip: "No completion yet." };
    const { energy, tokens, depth } = this.last;
    const lines: string[] = [];
    if (energy.joules === null) {
      lines.push(`Last completion: ${tokens} tokens, no joules: ${energy.reason}`);
    } else {
      const about = energy.uncertainty === null ? "" : ` ± ${joules(energy.uncertainty)}`;
      const each = tokens > 0 ? `, ${joules(energy.joules / tokens)} a token` : "";
      lines.push(`Last completion: ${joules(energy.joules)}${about} (${energy.class ?? "class unknown"}), ${tokens} tokens${each}`);
    }
    if (depth !== null) lines.push(`Mean depth: ${depth.mean.toFixed(1)} of ${depth.layers} blocks`);
    const asked = this.asked === 1 ? "1 completion" : `${this.asked} completions`;
    const about = mark(energy.class);
    lines.push(`${asked}, ${this.measured} with joules: ${about}${joules(this.joules)} together`);
    const last = energy.joules === null ? "– J" : about + joules(energy.joules);
    return { text: `$(zap) ${last}  Σ ${about}${joules(this.joules)}`, tooltip: lines.join("\n") };
  }
}

/** The mark of joules that the hardware did not count. */
function mark(kind: string | null): string {
  return kind === "counter" || kind === "integrated" ? "" : "≈";
}

/** Joules with three digits that count. */
export function joules(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return `${(value / 1000).toPrecision(3)} kJ`;
  if (size >= 1 || size === 0) return `${value.toPrecision(3)} J`;
  return `${(value * 1000).toPrecision(3)} mJ`;
}
