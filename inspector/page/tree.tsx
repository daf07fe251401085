/** The tree as a drawing that one can walk. Only the rows that can be seen are there, however many are open. */
import { hierarchy } from "d3-hierarchy";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { TreeNode } from "../../server/inspector/tree.js";
import { api } from "./api.js";
import { count } from "./figures.js";

const ROW = 28;
const INDENT = 18;
const PAGE = 500;
const BESIDE = 10;

/** What is known of a node's children. */
interface Children {
  readonly nodes: readonly TreeNode[];
  readonly total: number;
}

/** A row of the drawing: a node, or the offer of more of them. */
interface Row {
  readonly node: TreeNode | undefined;
  readonly parent: string;
  readonly depth: number;
  /** The row of its parent. */
  readonly from: number;
  readonly place: number;
  readonly siblings: number;
}

interface Walked {
  readonly id: string;
  readonly node: TreeNode | undefined;
  readonly more?: boolean;
}

export function TreeView({
  selected,
  changes,
}: {
  readonly selected: string | undefined;
  readonly changes: string;
}) {
  const [known, setKnown] = useState<ReadonlyMap<string, Children>>(new Map());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(["root"]));
  const [active, setActive] = useState(0);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [error, setError] = useState<string>();
  const box = useRef<HTMLDivElement>(null);

  const load = useCallback(async (id: string, offset = 0): Promise<Children | undefined> => {
    try {
      const page = await api.tree(id, offset, PAGE);
      setError(undefined);
      setKnown((before) => {
        const nodes =
          offset > 0 ? [...(before.get(id)?.nodes ?? []).slice(0, offset), ...page.nodes] : page.nodes;
        return new Map(before).set(id, { nodes, total: page.total });
      });
      return page;
    } catch (thrown) {
      setError((thrown as Error).message);
      return undefined;
    }
  }, []);

  const expand = useCallback(
    async (id: string): Promise<void> => {
      setOpen((before) => new Set(before).add(id));
      const page = await load(id);
      // What has one child alone is walked on at once.
      const [only] = page?.nodes ?? [];
      if (page?.total === 1 && only && only.template === undefined) await expand(only.id);
    },
    [load],
  );

  useEffect(() => void expand("root"), [expand]);
  // What is open is read again when what is known has changed, and not with every hit.
  useEffect(() => {
    for (const id of open) if (known.has(id) && (known.get(id)?.nodes.length ?? 0) <= PAGE) void load(id);
  }, [changes]);
  useEffect(() => {
    if (selected === undefined) return;
    void api.path(selected).then(
      async (path) => {
        for (const id of ["root", ...path.slice(0, -1)]) {
          setOpen((before) => new Set(before).add(id));
          await load(id);
        }
      },
      () => undefined,
    );
  }, [selected, load]);

  const rows = useMemo(() => rowsOf(known, open), [known, open]);
  useEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const measure = (): void => setScroll({ top: current.scrollTop, height: current.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);

  const show = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    const { current } = box;
    if (!current) return;
    if (next * ROW < current.scrollTop) current.scrollTop = next * ROW;
    else if ((next + 1) * ROW > current.scrollTop + current.clientHeight)
      current.scrollTop = (next + 1) * ROW - current.clientHeight;
  };
  const act = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    setActive(index);
    const { node, parent } = row;
    if (!node) void load(parent, known.get(parent)?.nodes.length ?? 0);
    else if (node.template !== undefined) location.hash = `#/templates/${node.template}`;
    else if (open.has(node.id)) setOpen((before) => new Set([...before].filter((id) => id !== node.id)));
    else void expand(node.id);
  };
  const walk = (event: KeyboardEvent): void => {
    const node = rows[active]?.node;
    const isOpen = node !== undefined && open.has(node.id);
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => show(active + 1),
      ArrowUp: () => show(active - 1),
      Home: () => show(0),
      End: () => show(rows.length - 1),
      PageDown: () => show(active + Math.floor(scroll.height / ROW)),
      PageUp: () => show(active - Math.floor(scroll.height / ROW)),
      ArrowRight: () => (node?.template === undefined && !isOpen ? act(active) : show(active + 1)),
      ArrowLeft: () => (isOpen ? act(active) : show(rows[active]?.from ?? 0)),
      Enter: () => act(active),
      " ": () => act(active),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  const first = Math.max(0, Math.floor(scroll.top / ROW) - BESIDE);
  const last = Math.min(rows.length, Math.ceil((scroll.top + scroll.height) / ROW) + BESIDE);
  const seen = rows.slice(first, last);
  return (
    <>
      {error !== undefined && <p role="alert">{error}</p>}
      {rows.length === 0 && error === undefined && <p>Nothing is known yet.</p>}
      <div
        ref={box}
        class="tree"
        role="tree"
        aria-label="What is known"
        tabIndex={0}
        aria-activedescendant={rows[active] && active >= first && active < last ? `row-${active}` : undefined}
        onScroll={({ currentTarget }) =>
          setScroll({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })
        }
        onKeyDown={walk}
      >
        <div class="rows" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          <Links rows={rows} first={first} last={last} />
          {seen.map((row, offset) => (
            <TreeRow
              key={row.node?.id ?? `more ${row.parent}`}
              row={row}
              index={first + offset}
              isActive={first + offset === active}
              isOpen={row.node !== undefined && open.has(row.node.id)}
              isSelected={selected !== undefined && row.node?.template === selected}
              left={(known.get(row.parent)?.total ?? 0) - (known.get(row.parent)?.nodes.length ?? 0)}
              onAct={act}
            />
          ))}
        </div>
      </div>
    </>
  );
}

interface Shown {
  readonly row: Row;
  readonly index: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  /** How many of its siblings are not read yet. */
  readonly left: number;
  readonly onAct: (index: number) => void;
}

function TreeRow({
  row: { node, depth, place, siblings },
  index,
  isActive,
  isOpen,
  isSelected,
  left,
  onAct,
}: Shown) {
  const isLeaf = node?.template !== undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it takes the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the tree around it has the focus, and names this row.
    <div
      id={`row-${index}`}
      role="treeitem"
      aria-level={depth}
      aria-posinset={place}
      aria-setsize={siblings}
      aria-selected={isSelected}
      aria-expanded={node && !isLeaf ? isOpen : undefined}
      class={`row ${node?.kind ?? "more"}${node?.isSlotted ? " slotted" : ""}${isActive ? " active" : ""}`}
      style={{ top: `${index * ROW}px`, paddingLeft: `${depth * INDENT}px` }}
      title={node?.text}
      onClick={() => onAct(index)}
    >
      {node ? <NodeText node={node} isOpen={isOpen} /> : `… ${count(left)} more`}
    </div>
  );
}

function NodeText({
  node: { kind, text, template, templates, served, standings, isApproved },
  isOpen,
}: {
  readonly node: TreeNode;
  readonly isOpen: boolean;
}) {
  // Where all beneath are alike, one word says it.
  const standing = (["live", "candidate", "retired"] as const).find((each) => standings[each] === templates);
  return (
    <>
      <span class="mark" aria-hidden="true">
        {template === undefined ? (isOpen ? "▾" : "▸") : "⇒"}
      </span>
      <span class="text">{kind === "scope" ? `scope ${text.slice(0, 8)}` : text}</span>
      <span class="worth">
        {standing && <span class={`standing ${standing}`}>{isApproved ? "approved" : standing}</span>}
        {template === undefined && templates > 1 && <span>{count(templates)}</span>}
        {served > 0 && <span title="served since the start">{count(served)} ×</span>}
      </span>
    </>
  );
}

/** The lines between rows, of those that can be seen. */
function Links({
  rows,
  first,
  last,
}: {
  readonly rows: readonly Row[];
  readonly first: number;
  readonly last: number;
}) {
  const paths: string[] = [];
  for (let index = first; index < last; index++) {
    const row = rows[index];
    if (!row || row.depth <= 1) continue;
    const x = (row.depth - 1) * INDENT + 7;
    const y = (index + 0.5) * ROW;
    // Of a parent far above, no more of the line than can be seen.
    const top = Math.max((row.from + 1) * ROW - 6, (first - 1) * ROW);
    paths.push(`M${x} ${top}V${y}H${x + INDENT - 8}`);
  }
  return (
    <svg class="links" aria-hidden="true" width="100%" height={rows.length * ROW}>
      <title>lines</title>
      <path d={paths.join("")} />
    </svg>
  );
}

function rowsOf(known: ReadonlyMap<string, Children>, open: ReadonlySet<string>): Row[] {
  const root = hierarchy<Walked>({ id: "root", node: undefined }, ({ id, more }) => {
    const children = more || !open.has(id) ? undefined : known.get(id);
    if (!children) return undefined;
    const walked: Walked[] = children.nodes.map((node) => ({ id: node.id, node }));
    if (children.nodes.length < children.total) walked.push({ id, node: undefined, more: true });
    return walked;
  });
  const rows: Row[] = [];
  const places = new Map<object, number>([[root, -1]]);
  root.eachBefore((found) => {
    const { parent } = found;
    if (!parent) return;
    const at = places.get(parent) ?? -1;
    places.set(found, rows.length);
    const place = rows.length === 0 || rows.at(-1)?.from !== at ? 1 : (rows.at(-1)?.place ?? 0) + 1;
    rows.push({
      node: found.data.node,
      parent: parent.data.id,
      depth: found.depth,
      from: at,
      place,
      siblings: known.get(parent.data.id)?.total ?? 1,
    });
  });
  return rows;
}
