/** How a server has written down a setting that was set, by `learntSetting`. */
export type LearntSettings = ReadonlySet<string>;

/** That a server tells of a setting as what is found, after it was set to what is wanted. */
export function learntSetting(key: string, wanted: string, found: string): string {
  return `${key} ${wanted}\n${found}`;
}

/** Whether a server that tells of a setting as what is found has been told what is wanted. */
export function isSet(key: string, wanted: string, found: string, learnt: LearntSettings): boolean {
  if (wanted === found || learnt.has(learntSetting(key, wanted, found))) return true;
  if (key === 'client-output-buffer-limit') return hasLimits(wanted, found);
  return normalValue(wanted) === normalValue(found);
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1_000,
  kb: 1_024,
  m: 1_000_000,
  mb: 1_024 ** 2,
  g: 1_000_000_000,
  gb: 1_024 ** 3,
};

/** A value as `CONFIG GET` tells it: sizes in bytes, words in lower case, nothing as nothing. */
function normalValue(value: string): string {
  const words = value.trim().split(/\s+/).map(normalWord);
  return words.length === 1 && words[0] === '""' ? '' : words.join(' ');
}

function normalWord(word: string): string {
  const [, digits, unit] = /^(\d+)(b|kb?|mb?|gb?)$/i.exec(word) ?? [];
  return digits === undefined ? word.toLowerCase() : String(Number(digits) * UNITS[unit.toLowerCase()]);
}

/** Limits are set by class of client, and told for all classes; a replica's is told by its older name. */
function hasLimits(wanted: string, found: string): boolean {
  const there = limitsOf(found);
  return [...limitsOf(wanted)].every(([kind, limit]) => there.get(kind) === limit);
}

function limitsOf(value: string): ReadonlyMap<string, string> {
  const words = value.trim().split(/\s+/).map(normalWord);
  const limits = new Map<string, string>();
  for (let at = 0; at < words.length; at += 4) {
    const kind = words[at] === 'slave' ? 'replica' : words[at];
    limits.set(kind, words.slice(at + 1, at + 4).join(' '));
  }
  return limits;
}
