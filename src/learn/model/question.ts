/** What learning asks a model, as plain data: exchanges and templates by their ids. */

/** An exchange that nothing known explains. */
export interface Unexplained {
  readonly kind: "induce";
  readonly exchange: string;
  /** Others like it that nothing explained either: shown together if there are several. */
  readonly alike: readonly string[];
  /** What earlier steps of the same conversation have named, with the values. */
  readonly inherited: readonly (readonly [name: string, value: string])[];
}

/** A template that waits only because something it reads and leaves aside may be what decides. */
export interface Undecided {
  readonly kind: "weigh";
  readonly template: string;
  /** An exchange that it was right about, and what it read there and leaves aside. */
  readonly exchange: string;
  readonly unused: readonly (readonly [name: string, value: string])[];
}

/** A template that was right, and whose variables have names that say nothing. */
export interface Nameless {
  readonly kind: "label";
  readonly template: string;
  readonly exchange: string;
  /** What it read there, by those names. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

export type Question = Unexplained | Undecided | Nameless;

/** The id under which it is noted what was asked about a question. */
export function questionId(question: Question): string {
  if (question.kind === "induce") return askedId(question.exchange);
  return question.kind === "weigh" ? weighingId(question.template) : labellingId(question.template);
}

/** The id under which it is noted that a model was asked for the names of a template's variables. */
export function labellingId(template: string): string {
  return `labels-${template}`;
}

/** The id under which it is noted that a model was asked about a template. */
export function weighingId(template: string): string {
  return `weigh-${template}`;
}

/** The id under which it is noted that a model was asked about an exchange, and what came of it. */
export function askedId(exchange: string): string {
  return `ask-${exchange}`;
}

/** The exchange or template that a note about a question is about, by the note's id; `undefined` of another id. */
export function subjectOf(id: string): string | undefined {
  return /^(?:ask|weigh|labels)-(.+)$/.exec(id)?.[1];
}

/** The id under which it is noted that a model has proposed templates of a skeleton. */
export function proposedId(skeleton: string): string {
  return `proposed-${skeleton}`;
}

// The notes: sets of words under such an id, which processes share and restarts survive. Each time it is
// asked has a number, so that what failed can be asked again.
const WANTED = "wanted";
const DONE = "done";
const DEAD = "dead";

/** What is noted when a question is put, for the `round`-th time. */
export const wanted = (round: number): string => `${WANTED}-${round}`;
/** What is noted when it was answered, whatever came of that. */
export const done = (round: number): string => `${DONE}-${round}`;
/** What is noted when it was given up, with the reason. */
export const dead = (round: number, reason: string): string => `${DEAD}-${round}-${reason}`;

/** Where a question stands, from its notes. */
export interface QuestionState {
  readonly state: "new" | "pending" | "done" | "dead";
  readonly round: number;
  /** Why it was given up. */
  readonly reason?: string;
}

/** Reads the notes under a question's id. */
export function stateOf(notes: ReadonlySet<string>): QuestionState {
  let round = -1;
  for (const note of notes) round = Math.max(round, roundOf(note));
  if (round < 0) return { state: "new", round: 0 };
  if (notes.has(done(round))) return { state: "done", round };
  const given = [...notes].find((note) => note.startsWith(`${DEAD}-${round}-`));
  if (given) return { state: "dead", round, reason: given.slice(`${DEAD}-${round}-`.length) };
  return { state: "pending", round };
}

function roundOf(note: string): number {
  const [kind, round = ""] = note.split("-");
  return (kind === WANTED || kind === DONE || kind === DEAD) && /^\d{1,6}$/.test(round) ? Number(round) : -1;
}
