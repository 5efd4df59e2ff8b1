import { type Layout, layoutText, sameLayout } from '../layout';
import type { MovingNote, Note } from '../note';

/** What is seen of a shard that the settings have. */
export interface NotedShard {
  /** Its name there. */
  readonly name: string;
  readonly note?: Note;
}

/** What is to be done next. `names` are those that shards of the settings have in `layout` or `from`. */
export type Move =
  /** Nobody has noted anything: keys are where the layout has them, if there are any. */
  | { readonly do: 'settle' }
  | { readonly do: 'nothing' }
  /** The layout is in force, or is to be put in force, and keys that it has elsewhere are to be deleted. */
  | { readonly do: 'clean'; readonly layout: Layout; readonly before: Layout; readonly names: Names }
  /** Keys are to be moved. `fresh`: nobody has begun to, so that there are no copies. */
  | { readonly do: 'move'; readonly from: Layout; readonly names: Names; readonly fresh: boolean }
  | { readonly do: 'wait'; readonly because: string };

/** Name in a layout by the name in the settings; shards that the layout has not are missing. */
export type Names = ReadonlyMap<string, string>;

/** Decides from what all shards say. Where it was interrupted does not matter: all of it can be done again. */
export function nextMove(wanted: Layout, shards: readonly NotedShard[]): Move {
  const notes = shards.flatMap(({ note }) => (note ? [note] : []));
  const leaving = shards.filter(({ name }) => !wanted.shards.includes(name));
  if (notes.length === 0) {
    if (leaving.length === 0) return { do: 'settle' };
    return wait(`no shard says which layout its keys follow, so it is not known what ${leaving[0].name} has`);
  }
  const ended = notes.find(
    (note) => note.state === 'settled' && (note.before || isNextOf(note.layout, notes)),
  );
  if (ended) return clean(ended.layout, ended.state === 'settled' ? ended.before : undefined, wanted, shards);
  const [{ layout }] = notes;
  const other = notes.find((note) => !sameLayout(note.layout, layout));
  if (other)
    return wait(
      `some shards follow the layout ${layoutText(layout)}, others ${layoutText(other.layout)}: they are of two stores`,
    );
  const begun = notes.find(isMoving);
  if (!sameLayout(layout, wanted)) {
    const names = namesIn(layout, shards);
    return strangeNames(layout, names) ?? { do: 'move', from: layout, names, fresh: !begun };
  }
  if (begun) return clean(layout, begun.next, wanted, shards);
  const strange = misnamed(wanted, shards);
  if (strange) return strange;
  const noted = shards.every(({ name, note }) => note || !wanted.shards.includes(name));
  return { do: noted ? 'nothing' : 'settle' };
}

const wait = (because: string): Extract<Move, { do: 'wait' }> => ({ do: 'wait', because });

const isMoving = (note: Note): note is MovingNote => note.state !== 'settled';

function clean(
  layout: Layout,
  before: Layout | undefined,
  wanted: Layout,
  shards: readonly NotedShard[],
): Move {
  const isWanted = sameLayout(layout, wanted);
  const names = isWanted ? new Map(wanted.shards.map((name) => [name, name])) : namesIn(layout, shards);
  const strange = isWanted ? misnamed(wanted, shards) : strangeNames(layout, names);
  return strange ?? { do: 'clean', layout, before: before ?? previousOf(layout, shards), names };
}

/** Keys of a shard that is taken for another one would be deleted. */
function misnamed(wanted: Layout, shards: readonly NotedShard[]): Move | undefined {
  for (const { name, note } of shards) {
    const said = note && nameIn(wanted, note);
    if (said !== undefined && said !== name)
      return wait(
        `the server of shard ${name} is shard ${said} by its own word; give each shard the name that it had`,
      );
  }
  return undefined;
}

function strangeNames(layout: Layout, names: Names): Move | undefined {
  const found = [...names.values()];
  const missing = layout.shards.filter((name) => !found.includes(name));
  if (missing.length === 0) return undefined;
  return wait(
    `keys are where ${layoutText(layout)} has them, and ${missing.join(', ')} is in neither shards nor leaving; ` +
      'put it into leaving, and drop it once its keys have been moved',
  );
}

/** What a shard is called in a layout, by its own word. */
function nameIn(layout: Layout, note: Note): string | undefined {
  if (sameLayout(note.layout, layout))
    return layout.shards.includes(note.shard ?? '') ? note.shard : undefined;
  return isMoving(note) && sameLayout(note.next, layout) ? note.becomes : undefined;
}

/** By their own words; one that has lost its note is who the settings say it is. */
function namesIn(layout: Layout, shards: readonly NotedShard[]): Names {
  const said = shards.flatMap(({ name, note }) => {
    const found = note && nameIn(layout, note);
    return found === undefined ? [] : [[name, found] as const];
  });
  const names = new Map(said);
  const taken = new Set(names.values());
  for (const { name, note } of shards)
    if (!note && layout.shards.includes(name) && !taken.has(name)) names.set(name, name);
  return names;
}

function isNextOf(layout: Layout, notes: readonly Note[]): boolean {
  return notes.some((note) => isMoving(note) && sameLayout(note.next, layout));
}

function previousOf(layout: Layout, shards: readonly NotedShard[]): Layout {
  const moving = shards.flatMap(({ note }) => (note && isMoving(note) ? [note] : []));
  return moving.find(({ next }) => sameLayout(next, layout))?.layout ?? layout;
}
