import { type Layout, layoutText, sameLayout } from './layout';
import type { Note } from './note';

/** What a proxy that is about to start sees of a shard. */
export type ShardLook = { readonly name: string } & (
  | { readonly state: 'silent'; readonly reason: string }
  /** It does not take the passwords. */
  | { readonly state: 'refuses'; readonly reason: string }
  | { readonly state: 'open'; readonly note?: Note }
);

/** Whether a proxy may start; `note` are shards that have lost their note, and get it again before. */
export type StartDecision =
  | { readonly start: true; readonly note: readonly string[] }
  | { readonly start: false; readonly because: string };

/**
 * Whether a proxy may start: not before all shards that answer take its password, since it logs in once and then believes
 * itself to be logged in for good; and for a store not unless their keys are where it will look for them.
 */
export function decideStart(
  use: 'store' | 'cache',
  layout: Layout,
  looks: readonly ShardLook[],
): StartDecision {
  const wait = (because: string): StartDecision => ({ start: false, because });
  for (const look of looks)
    if (look.state === 'refuses')
      return wait(`shard ${look.name} does not take the password yet: ${look.reason}`);
  const open = looks.flatMap((look) => (look.state === 'open' ? [look] : []));
  if (open.length === 0) return wait(`no shard answers: ${looks.map(reasonOf).join('; ')}`);
  if (use === 'cache') return { start: true, note: [] };
  for (const { name, note } of open) {
    const problem = note && whyNot(name, note, layout);
    if (problem) return wait(problem);
  }
  const lost = open.filter(({ note }) => !note).map(({ name }) => name);
  const settled = open.some(({ note }) => note?.state === 'settled');
  if (lost.length > 0 && !settled)
    return wait(`shard ${lost[0]} is in no layout yet; the Job that moves keys sees to that`);
  return { start: true, note: lost };
}

function whyNot(name: string, note: Note, layout: Layout): string | undefined {
  const [now, wanted] = [layoutText(note.layout), layoutText(layout)];
  if (note.state === 'closed') return `keys are being moved from ${now} to ${layoutText(note.next)}`;
  if (!sameLayout(note.layout, layout))
    return `keys are where ${now} has them, and not where ${wanted} would; the Job that moves keys sees to that`;
  if (note.shard !== name)
    return `the server of shard ${name} is shard ${note.shard} by its own word; give each shard the name that it had`;
  return undefined;
}

function reasonOf(look: ShardLook): string {
  return `${look.name}: ${look.state === 'open' ? 'open' : look.reason}`;
}
