/** Fixes of several findings as one proposal. */
import type { Edit, Proposal, Span } from "../report.ts";
import { inTitle, said, titled } from "../said.ts";

const start = ({ startLine, startColumn }: Span): readonly [number, number] => [
  startLine,
  startColumn,
];
const end = ({ endLine, endColumn }: Span): readonly [number, number] => [endLine, endColumn];

const isBefore = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

const isSame = (a: Edit, b: Edit): boolean => JSON.stringify(a) === JSON.stringify(b);

/** True where both edits cannot be made: they share text, or insert at the same place. */
function collide(a: Edit, b: Edit): boolean {
  if (a.at.file !== b.at.file || isSame(a, b)) return false;
  const isApart = !isBefore(start(b.at), end(a.at)) || !isBefore(start(a.at), end(b.at));
  const isOnePlace = String(start(a.at)) === String(start(b.at));
  return !isApart || isOnePlace;
}

/** One proposal of all that can be made beside one another, the earlier ones first; null where fewer than two can. */
export function joined(proposals: readonly Proposal[]): Proposal | null {
  const taken: Proposal[] = [];
  const edits: Edit[] = [];
  for (const proposal of proposals) {
    const fresh = proposal.edits.filter((edit) => !edits.some((known) => isSame(known, edit)));
    if (fresh.length === 0 || fresh.some((edit) => edits.some((known) => collide(known, edit))))
      continue;
    taken.push(proposal);
    edits.push(...fresh);
  }
  const [first, ...more] = taken;
  if (!first || more.length === 0) return null;
  return {
    code: first.code,
    ...inTitle(taken.map(titled).reduce((a, b) => said`${a}; ${b}`)),
    kind: taken.every(({ kind }) => kind === "safe") ? "safe" : "behaviour",
    edits,
  };
}
