import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingOf } from '../redis-conf';
import type { GateRound } from '../round';
import type { RedisSentinelSettings } from '../settings';

/** `replica-priority` where nobody sets it. */
const PRIORITY = '100';

/**
 * What start.sh has to know, as assignments of a shell: it asks Sentinels by itself, since gates do not run again when a
 * container is restarted in its pod.
 */
export function startSettings(
  { settings, self, formed, paths, addressOf, sentinelAt }: GateRound,
  sentinel: RedisSentinelSettings,
  patience: number,
): string {
  const at = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
  const values = {
    SENTINELS: sentinel.members.map((member) => at(sentinelAt(member))).join(' '),
    MASTER_NAME: sentinel.masterName,
    SELF: at(addressOf(self)),
    KEEPS_DATA: settings.keepsData ? 'yes' : 'no',
    PATIENCE: String(Math.ceil(patience / 1_000)),
    FORMED: formed ? 'yes' : 'no',
    PRIORITY: priorityIn(paths.config),
  };
  return Object.entries(values)
    .map(([key, value]) => `${key}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}

function priorityIn(config: string): string {
  const texts = ['redis.conf', 'live.conf']
    .map((name) => join(config, name))
    .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''));
  return settingOf(texts.join('\n'), 'replica-priority')?.[0] ?? PRIORITY;
}
