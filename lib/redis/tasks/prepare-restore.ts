import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMED_KEY } from '../../steward/settings';
import { ServerFiles } from '../gate/disk';
import type { RedisGatePaths, RedisGateSettings } from '../gate/settings';

/** What a run needs. */
export interface RestoreRun {
  readonly podName: string;
  readonly paths: RedisGatePaths;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Where a backup is fetched to, below the server's volume, so that it is taken into use by renaming it. */
export const RESTORE_DIRECTORY = 'restore';
/** In the pod's scratch: `nothing`, or `restore <part>`. */
export const PLAN = 'restore-plan';

/** What this server's gate is told. */
export function gateSettings({ config }: RedisGatePaths): RedisGateSettings {
  return JSON.parse(readFileSync(join(config, 'gate.json'), 'utf8')) as RedisGateSettings;
}

/**
 * Decides whether a part of a backup is to be restored on this server's disk, and leaves that as the plan for the containers
 * after it: on the first founder of each shard, while nothing is formed and its disk is empty. Everybody else gets the data
 * from there.
 */
export function prepareRestore({ podName, paths, log }: RestoreRun): string {
  const settings = gateSettings(paths);
  const part = restoringPods(settings).indexOf(podName);
  const why = whyNot();
  const plan = why === undefined ? `restore ${part}` : 'nothing';
  mkdirSync(paths.run, { recursive: true });
  writeFileSync(join(paths.run, PLAN), `${plan}\n`);
  log({ restore: plan, server: podName, ...(why ? { reason: why } : { backup: settings.restore }) });
  return plan;

  function whyNot(): string | undefined {
    if (!settings.restore) return 'no backup is asked for';
    if (part < 0) return 'it gets everything from the first founder of its shard';
    if (settings.keepsData && existsSync(join(paths.formed, FORMED_KEY))) {
      return 'the deployment exists (it is marked as formed)';
    }
    const { state, foreign } = new ServerFiles(settings, paths, podName, '').read();
    return (
      foreign ?? (state === 'data' ? 'the disk has data, and nothing is ever restored over it' : undefined)
    );
  }
}

/** Pods that a backup is restored in, by the parts that they take: the first founder of each shard. */
export function restoringPods({
  members,
  founders,
}: Pick<RedisGateSettings, 'members' | 'founders'>): string[] {
  const founding = members.filter(({ pod }) => founders.includes(pod));
  const shards = [...new Set(founding.map(({ shard }) => shard))].sort((one, other) => one - other);
  return shards.flatMap((shard) => founding.find((member) => member.shard === shard)?.pod ?? []);
}
