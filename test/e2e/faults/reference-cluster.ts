import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { RESULTS, ROOT } from '../harness/results';

/** Directory of the reference cluster's scripts `node` and `pod`. */
export const REFERENCE_CLUSTER = resolve(ROOT, process.env.REFERENCE_CLUSTER ?? '../shared/cluster');

/** Where faults are noted that have not been undone yet. */
export const UNDO = join(RESULTS, 'undo');

/**
 * `node` looks a name up by `node_names | grep -qx` under pipefail: when grep is done before the names are, the writer dies
 * of SIGPIPE and every node but the last one "does not exist". This grep, which bash takes from the environment, reads on.
 */
const PATIENT_GREP =
  '() { if [ "$1" = -qx ]; then shift; [ -n "$(command grep -x "$@")" ]; else command grep "$@"; fi; }';

/** Runs a script of the reference cluster. */
export async function script(name: 'node' | 'pod', ...args: string[]): Promise<void> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const PATH = `${join(cache, 'reference-cluster/bin')}:${process.env.PATH}`;
  const env = { ...process.env, PATH, 'BASH_FUNC_grep%%': PATIENT_GREP };
  await promisify(execFile)(join(REFERENCE_CLUSTER, name), args, { env, timeout: 120_000 });
}

/**
 * Breaks something by a script and gives what mends it, once. Until then it is noted in a file, by which the end of the
 * whole run mends what an interrupted case has left broken.
 */
export async function breakUntil(
  name: 'node' | 'pod',
  fault: string,
  cure: string,
  target: string,
): Promise<() => Promise<void>> {
  const note = join(UNDO, `${fault}-${target.replace('/', '_')}.json`);
  mkdirSync(UNDO, { recursive: true });
  writeFileSync(note, JSON.stringify([name, cure, target]));
  let cured: Promise<void> | undefined;
  const mend = () => {
    cured ??= insist(() => script(name, cure, target)).then(() => rmSync(note, { force: true }));
    return cured;
  };
  try {
    await script(name, fault, target);
  } catch (error) {
    await mend().catch(() => undefined);
    throw error;
  }
  return mend;
}

const TRIES = 5;

/** Tries again a few times: what stays broken hits everybody who uses the cluster. */
async function insist(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}
