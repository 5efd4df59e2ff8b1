import type { Environment } from '../core/environment';
import { checkClusterName } from '../core/names';
import type { Finding } from '../core/problem';
import { isOlder, isOwned, settingProblem } from './redis-config-keys';
import type { RedisModel } from './redis-model';
import { checkBackups } from './redis-validate-backup';
import { checkData } from './redis-validate-data';
import { checkSecurity } from './redis-validate-security';
import { checkTopology } from './redis-validate-topology';

/** Oldest lines that the library runs: they know names of hosts in a Redis Cluster, and several files of a log. */
const OLDEST = { redis: '7.0', valkey: '8.0' } as const;

/** Everything that is wrong with a deployment as it was asked for. */
export function checkRedis(model: RedisModel, environment: Environment): Finding[] {
  const all = [
    ...checkClusterName(model.name),
    ...checkVersion(model),
    ...checkCpu(model),
    ...checkTopology(model, environment),
    ...checkData(model, environment),
    ...checkSecurity(model, environment),
    ...checkConfiguration(model),
    ...checkBackups(model, environment),
  ];
  // What is wrong with servers and Sentinels alike is said once.
  return [...new Map(all.map((one) => [one.message, one])).values()];
}

function checkVersion({ version }: RedisModel): Finding[] {
  const { flavor, line } = version.line;
  const oldest = OLDEST[flavor];
  const found = (message: string) => [{ code: 'redis/version', message }];
  if (!/^\d+\.\d+$/.test(line))
    return found(`version: "${line}" is not a line of releases of ${flavor}; write it as ${oldest}`);
  if (isOlder(line, oldest))
    return found(`version: ${flavor} ${line} is older than the library can run; use ${oldest} or later`);
  return [];
}

function checkCpu({ props }: RedisModel): Finding[] {
  if (props.cpu === undefined || /^(\d+m|\d+(\.\d{1,3})?)$/.test(props.cpu)) return [];
  const message = `cpu: "${props.cpu}" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")`;
  return [{ code: 'redis/cpu', message }];
}

/** What is wrong with settings of redis.conf. */
function checkConfiguration({ version, props }: RedisModel): Finding[] {
  return Object.entries(props.configuration ?? {}).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const problem = isOwned(key)
      ? 'follows from other props or would endanger the data; leave it out'
      : settingProblem(key, value, version.line);
    return problem ? [{ code: 'redis/configuration', message: `configuration: ${key} ${problem}` }] : [];
  });
}
