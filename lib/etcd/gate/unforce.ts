import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeAtomically } from '../../steward/files';
import { health } from '../api/health';
import type { Address } from '../api/types';
import type { EtcdGatePaths } from './settings';

const POLL_MS = 250;
const ANSWER_MS = 2_000;
const SETTING = /^force-new-cluster:.*\n/m;

/** The configuration without the order to make a new cluster. */
export function unforced(yaml: string): string {
  return yaml.replace(SETTING, '');
}

/** What a run needs; `metrics` is where the server beside it tells whether it lives. */
export interface UnforceRun {
  readonly paths: Pick<EtcdGatePaths, 'run'>;
  readonly metrics: Address;
  readonly log: (line: Record<string, unknown>) => void;
}

/**
 * Takes the order to make a new cluster out of the configuration, once the server has done so. It would do it again each
 * time that its container restarts, and drop the members and writes that came after.
 */
export async function unforce({ paths, metrics, log }: UnforceRun): Promise<void> {
  const file = join(paths.run, 'etcd.yaml');
  const text = fs.readFileSync(file, 'utf8');
  if (!SETTING.test(text)) return;
  while (!(await lives(metrics))) await delay(POLL_MS);
  writeAtomically(fs, file, unforced(text));
  log({
    unforce: 'done',
    reason: 'the new cluster was made, and is not made again when the server restarts',
  });
}

async function lives(metrics: Address): Promise<boolean> {
  return health(metrics, ANSWER_MS).then(
    ({ linearizable }) => linearizable,
    () => false,
  );
}
