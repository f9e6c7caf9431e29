/** Asks a service for a completion, and reads what it cost. */

/** What one completion cost, as the service tells it. */
export interface Energy {
  /** J; null: not known, for the reason beside it. */
  joules: number | null;
  /** `counter`, `integrated`, `estimated` or `simulated`. */
  class: string | null;
  /** Standard uncertainty, J. */
  uncertainty: number | null;
  /** Why there are no joules. */
  reason: string | null;
}

/** A completion with its cost. */
export interface Completion {
  text: string;
  /** Tokens generated. */
  tokens: number;
  energy: Energy;
  /** Mean blocks of a token and the model's blocks; null: not told. */
  depth: { mean: number; layers: number } | null;
}

/** What is asked. */
export interface Wish {
  url: string;
  key: string | undefined;
  prompt: string;
  tokens: number;
  threshold: number | null;
}

/** Longest answer that is read, characters. */
const LONGEST = 1 << 20;

/** Why there is no completion, in a sentence for the user. */
export class Refusal extends Error {}

/**
 * One completion.
 *
 * @throws Refusal: the service cannot be reached, refuses, or answers something else.
 * @throws the signal's own reason, where it was aborted.
 */
export async function complete(wish: Wish, signal: AbortSignal): Promise<Completion> {
  const body: Record<string, unknown> = { prompt: wish.prompt, max_tokens: wish.tokens };
  if (wish.threshold !== null) body["harness"] = { threshold: wish.threshold };
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (wish.key) headers["authorization"] = `Bearer ${wish.key}`;
  let response: Response;
  let text: string;
  try {
    const address = new URL("/v1/completions", wish.url);
    response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refusal(`no service answers at ${wish.url}: start \`harness serve\`, or change \`harness.url\``);
  }
  const answer = text.length <= LONGEST ? parsed(text) : undefined;
  if (!response.ok) {
    throw new Refusal(string(at(answer, "error", "message")) ?? `the service answered ${response.status}`);
  }
  return read(answer);
}

/** Reads an answer; nothing in it is trusted to be there. */
export function read(answer: unknown): Completion {
  const text = string(at(answer, "choices", 0, "text"));
  if (text === undefined) throw new Refusal("the service answered something that is no completion");
  const energy = (key: string) => at(answer, "usage", "energy", key);
  const joules = number(energy("joules")) ?? null;
  const mean = number(at(answer, "usage", "exit_layers", "mean"));
  const layers = number(at(answer, "usage", "exit_layers", "layers"));
  return {
    text,
    tokens: number(at(answer, "usage", "completion_tokens")) ?? 0,
    energy: {
      joules,
      class: string(energy("class")) ?? null,
      uncertainty: number(energy("uncertainty")) ?? null,
      reason: string(energy("reason")) ?? (joules === null ? "the service tells no energy" : null),
    },
    depth: mean !== undefined && layers !== undefined ? { mean, layers } : null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
  }, value);
}

function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
