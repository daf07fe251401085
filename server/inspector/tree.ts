/** The templates as a tree that is walked one node at a time: scopes, then messages, then conditions and replies. */
import { createHash } from "node:crypto";
import type { Cache, TemplateSummary } from "reprise";

/** A node as the page is told it. */
export interface TreeNode {
  /** The same for the same path, whatever else is known. */
  readonly id: string;
  readonly kind: "scope" | "message" | "condition" | "reply";
  readonly text: string;
  /** Whether the text has slots. */
  readonly isSlotted: boolean;
  /** How many templates lie beneath, and how often they were served by this process. */
  readonly templates: number;
  readonly served: number;
  readonly standings: Readonly<Record<TemplateSummary["standing"], number>>;
  /** Of a reply: its template. */
  readonly template?: string;
  readonly isApproved?: boolean;
}

/** Some children of a node. */
export interface TreePage {
  readonly nodes: readonly TreeNode[];
  readonly total: number;
}

/** Walks it. */
export interface Tree {
  /** The children of a node, `root` first of all; none of one that is not known any more. */
  children(id: string, offset: number, limit: number): TreePage;
  /** The nodes from the root to a template's reply. */
  pathTo(template: string): readonly string[];
  stop(): void;
}

interface Branch {
  readonly id: string;
  readonly kind: TreeNode["kind"];
  readonly text: string;
  readonly children: Map<string, Branch>;
  readonly standings: Record<TemplateSummary["standing"], number>;
  served: number;
  leaf?: TemplateSummary;
}

// How often hits count; whatever else changes is there the next time somebody looks.
const MADE_EVERY = 1_000;
const CHANGES = ["learned", "promoted", "retired", "reviewed", "forgotten", "evicted"] as const;
const LONGEST = 400;

/** The tree of a cache, made when it is asked for. */
export function createTree(cache: Cache): Tree {
  let made:
    | { readonly byId: Map<string, Branch>; readonly paths: Map<string, string[]>; readonly at: number }
    | undefined;

  const forget = (): void => {
    made = undefined;
  };
  for (const name of CHANGES) cache.on(name, forget);

  function fresh() {
    const at = performance.now();
    if (made && at - made.at < MADE_EVERY) return made;
    made = { ...grown(cache.templates()), at };
    return made;
  }

  return {
    children(id, offset, limit) {
      const branch = fresh().byId.get(id);
      const all = [...(branch?.children.values() ?? [])];
      return { nodes: all.slice(offset, offset + limit).map(told), total: all.length };
    },
    pathTo: (template) => fresh().paths.get(template) ?? [],
    stop() {
      for (const name of CHANGES) cache.off(name, forget);
    },
  };
}

function grown(templates: readonly TemplateSummary[]) {
  const byId = new Map<string, Branch>();
  const paths = new Map<string, string[]>();
  const root = branchOf(undefined, "scope", "root");
  byId.set("root", root);
  for (const template of templates) {
    let branch = root;
    const path: string[] = [];
    for (const { kind, text } of linesOf(template)) {
      count(branch, template);
      const key = `${kind} ${text}`;
      let child = branch.children.get(key);
      if (!child) {
        child = branchOf(branch.id, kind, text);
        branch.children.set(key, child);
        byId.set(child.id, child);
      }
      path.push(child.id);
      branch = child;
    }
    count(branch, template);
    // Two templates of one wording and reply, with different derivations, are two leaves.
    const leaf = branchOf(branch.id, "reply", template.id);
    branch.children.set(template.id, { ...leaf, leaf: template, text: template.reply });
    const own = branch.children.get(template.id) as Branch;
    count(own, template);
    byId.set(own.id, own);
    paths.set(template.id, [...path, own.id]);
  }
  return { byId, paths };
}

function linesOf({
  scope,
  continuation,
  turns,
  guards,
}: TemplateSummary): { kind: TreeNode["kind"]; text: string }[] {
  return [
    { kind: "scope", text: scope },
    ...(continuation ? [{ kind: "message" as const, text: "… (after any steps)" }] : []),
    ...turns.map((text) => ({ kind: "message" as const, text })),
    ...guards.map((guard) => ({ kind: "condition" as const, text: `if ${guard}` })),
  ];
}

function branchOf(parent: string | undefined, kind: TreeNode["kind"], text: string): Branch {
  const id = parent === undefined ? "root" : digest(`${parent} ${kind} ${text}`);
  return { id, kind, text, children: new Map(), standings: { live: 0, candidate: 0, retired: 0 }, served: 0 };
}

function count(branch: Branch, { standing, served }: TemplateSummary): void {
  branch.standings[standing]++;
  branch.served += served;
}

function told({ id, kind, text, standings, served, leaf }: Branch): TreeNode {
  const { live, candidate, retired } = standings;
  return {
    ...{ id, kind, text: shorten(text), isSlotted: /(?<!\\)\{\{/.test(text), served },
    templates: live + candidate + retired,
    standings: { ...standings },
    ...(leaf && { template: leaf.id, isApproved: leaf.approved !== undefined }),
  };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 16);

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}
