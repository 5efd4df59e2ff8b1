import type { Word } from '../wire/types';
import type { Layout } from './layout';

/** Key on every shard of a store that says which shard it is, and which layout its keys follow. */
export const NOTE = 'cdk8s-stateful:twemproxy';

/**
 * What a shard says of the layout.
 * - `settled`: keys are where `layout` has them; with `before`, those that were moved are still where they were, too
 * - `copying`: the same, and a copy of those that `next` has elsewhere is being made there
 * - `closed`: copies are completed; nobody may write by any layout
 */
export type Note = SettledNote | MovingNote;

export interface SettledNote {
  readonly state: 'settled';
  readonly layout: Layout;
  readonly before?: Layout;
  /** Name in `layout`; that of one which leaves it is another. */
  readonly shard: string;
}

export interface MovingNote {
  readonly state: 'copying' | 'closed';
  readonly layout: Layout;
  readonly next: Layout;
  /** Names in `layout` and in `next`; undefined: it is not of it. */
  readonly shard?: string;
  readonly becomes?: string;
}

/** Reads a note; undefined: there is none. @throws Error where it is something else */
export function parseNote(text: string | null): Note | undefined {
  if (text === null) return undefined;
  try {
    const note = JSON.parse(text) as Note;
    if (typeof note.state === 'string' && Array.isArray(note.layout.shards)) return note;
  } catch {
    // Told below, too.
  }
  throw new Error(`the key ${NOTE} is not a note of a proxy: ${text.slice(0, 100)}`);
}

/** The command that writes a note. */
export function writeNote(note: Note): Word[] {
  return ['SET', NOTE, JSON.stringify(note)];
}
