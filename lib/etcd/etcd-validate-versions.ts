import type { Finding } from '../core/problem';
import { isOwned, settingProblem } from './etcd-config-keys';
import type { EtcdModel } from './etcd-model';
import { ETCD_LINES, type EtcdLine, type EtcdVersion } from './etcd-version';

/** What is wrong with the release, and with the step to it. */
export function checkVersions({ version, props }: Pick<EtcdModel, 'version' | 'props'>): Finding[] {
  const before = props.upgradesFrom;
  const unknown = [
    ...checkKnown('version', version),
    ...(before && before.version !== version.version ? checkKnown('upgradesFrom', before) : []),
  ];
  if (unknown.length > 0 || !before?.line || !version.line) return unknown;
  return checkStep(before, before.line, version, version.line);
}

function checkKnown(what: string, { version, line }: EtcdVersion): Finding[] {
  if (line && /^\d+\.\d+\.\d+$/.test(version)) return [];
  const known = ETCD_LINES.map(({ minor }) => minor).join(', ');
  return [
    finding(
      `${what}: ${version} is not a release of a line that the library knows; it knows ${known}, and releases are written as 3.6.14`,
    ),
  ];
}

/** https://etcd.io/docs/v3.6/op-guide/versioning/ */
function checkStep(before: EtcdVersion, from: EtcdLine, version: EtcdVersion, to: EtcdLine): Finding[] {
  const step = ETCD_LINES.indexOf(to) - ETCD_LINES.indexOf(from);
  const text = `upgradesFrom: from ${before.version} to ${version.version}`;
  if (step < 0)
    return [
      finding(
        `${text} is a downgrade, which takes etcdctl downgrade; stay with ${from.minor}, or restore a backup`,
      ),
    ];
  if (step > 1) {
    const between = ETCD_LINES[ETCD_LINES.indexOf(from) + 1].minor;
    return [
      finding(`${text} skips ${between}, and etcd goes up one minor at a time; go to ${between} first`),
    ];
  }
  if (step === 1 && isOlder(before.version, to.upgradesFrom)) {
    return [
      finding(
        `${text} is not safe: ${to.minor} takes over from ${to.upgradesFrom} and later; go to the newest ${from.minor} first`,
      ),
    ];
  }
  return [];
}

function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number));
  const index = x.findIndex((part, at) => part !== y[at]);
  return index >= 0 && x[index] < y[index];
}

/** What is wrong with settings of etcd.yaml. */
export function checkConfiguration({ line, props }: Pick<EtcdModel, 'line' | 'props'>): Finding[] {
  return Object.entries(props.configuration ?? {}).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const problem = isOwned(key)
      ? 'follows from other props or would endanger the data; leave it out'
      : settingProblem(key, value, line);
    return problem ? [{ code: 'etcd/configuration', message: `configuration: ${key} ${problem}` }] : [];
  });
}

function finding(message: string): Finding {
  return { code: 'etcd/version', message };
}
