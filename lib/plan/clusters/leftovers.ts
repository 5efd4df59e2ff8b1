import { stewardName } from '../../steward/settings';
import { type Cluster, same, titled } from './cluster';
import type { Json } from './side';
import { list } from './words';

/** What follows from the rest of a rendering, and means nothing by itself. */
const BOOKKEEPING = ['cluster', 'namespace', 'rendered', 'sets', 'labels', 'selector', 'data', 'operations'];

/** Settings of the steward and of gates that no rule has looked at. */
export function leftovers(cluster: Cluster): void {
  const { name, was, is } = cluster;
  if (was.steward && is.steward) {
    tell(cluster, 'settings', was.settings, is.settings, titled(cluster, 'Deployment', stewardName(name)));
  }
  tell(cluster, 'gate', was.gate, is.gate, titled(cluster, 'ConfigMap', `${name}-config`));
}

function tell({ report }: Cluster, which: string, before: Json, after: Json, object: string): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) =>
      !BOOKKEEPING.includes(key) && !report.isSettled(`${which}.${key}`) && !same(before[key], after[key]),
  );
  if (keys.length === 0) return;
  const what = which === 'gate' ? 'gates are told' : 'the steward is told';
  report.unknown.push(
    `${object}: ${list(keys.sort())} of what ${what} ${keys.length === 1 ? 'changes' : 'change'}, and nobody knows what that does`,
  );
}
