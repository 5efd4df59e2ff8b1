import type { ComparedPlan } from '../plan-of';
import type { Effect, PlannedSubject } from '../types';
import { alarm, summary, told, WORDS } from './words';

const WIDTH = 120;
const VERDICT = Math.max(...Object.values(WORDS).map((word) => word.length));

/** A plan for people: by stack, the most alarming first, with a line that sums it up. */
export function planText(plan: ComparedPlan): string {
  const stacks = new Map<string, PlannedSubject[]>();
  for (const subject of plan.subjects) {
    const stack = subject.stack ?? 'in no stack';
    stacks.set(stack, [...(stacks.get(stack) ?? []), subject]);
  }
  const blocks = [...stacks].map(([stack, subjects]) => {
    const rows = rowsOf(subjects);
    const width = Math.max(...rows.map(({ name }) => name.length));
    return [stack, ...rows.flatMap((row) => linesOf(row, width))].join('\n');
  });
  if (plan.unknown.length > 0) {
    blocks.push(['not known', ...plan.unknown.flatMap((text) => hanging('  - ', text))].join('\n'));
  }
  return `${[...blocks, `${plan.from} -> ${plan.to}: ${summary(plan)}`].join('\n\n')}\n`;
}

interface Row {
  readonly name: string;
  readonly effects: readonly Effect[];
}

/** Clusters by themselves, named in a column of their own; all else together, since each sentence names its object. */
function rowsOf(subjects: readonly PlannedSubject[]): Row[] {
  const clusters = subjects.filter(({ system }) => system !== undefined);
  const others = subjects.filter(({ system }) => system === undefined).flatMap(({ effects }) => effects);
  const rows = [...clusters, ...(others.length > 0 ? [{ name: '', effects: others }] : [])];
  return rows.sort((a, b) => alarm(a.effects) - alarm(b.effects));
}

function linesOf({ name, effects }: Row, width: number): string[] {
  return told(effects).flatMap(({ verdict, what, instead, needsYes }, index) => {
    const first = (index === 0 ? name : '').padEnd(width);
    const head = `  ${width > 0 ? `${first}  ` : ''}${WORDS[verdict].padEnd(VERDICT)}  `;
    const lines = hanging(head, needsYes ? `${what} (needs a yes)` : what);
    return instead === undefined
      ? lines
      : [...lines, ...hanging(' '.repeat(head.length), `instead: ${instead}`)];
  });
}

/** Text behind a head, its further lines below its beginning. */
function hanging(head: string, text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if (last >= 0 && head.length + lines[last].length + 1 + word.length <= WIDTH) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);
}
