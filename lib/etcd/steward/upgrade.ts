import type { Objection } from '../../steward/facts';
import { ETCD_LINES } from '../etcd-version';

const UPGRADES = 'https://etcd.io/docs/latest/upgrades/';
const DOWNGRADES = 'https://etcd.io/docs/latest/downgrades/';

/**
 * Why members that run these releases must not be restarted into another one; undefined: they may be. etcd goes up by one
 * minor at a time, from a late release of the line before. The cluster takes up a line once all members run it, and then
 * goes back only after it was told to (`etcdctl downgrade`). Any other patch of the same line will do.
 * @param cluster the cluster's own version, such as `3.5.0`; undefined: that of the member that is furthest behind
 */
export function upgradeObstacle(
  running: readonly string[],
  cluster: string | undefined,
  wanted: string,
): Objection | undefined {
  if (running.length === 0) return undefined;
  const sorted = [...running].sort(compareReleases);
  const lowest = sorted[0];
  const from = minorOf(lowest);
  const to = minorOf(wanted);
  const given = `members run ${[...new Set(sorted)].join(' and ')}, and ${wanted} was applied`;
  if (to < from && to < minorOf(cluster ?? lowest)) {
    const [old, line] = [lineOf(cluster ?? lowest), lineOf(wanted)];
    return {
      why: `${given}: a cluster that has taken up ${old} does not go back to ${line} by a restart`,
      todo:
        `Apply a release of ${old} again. To go back all the same, make a backup and let the cluster know with ` +
        `etcdctl downgrade enable ${line}, after which members are restarted as usual: ${DOWNGRADES}`,
    };
  }
  if (to > from + 1) {
    const next = `3.${from + 1}`;
    return {
      why: `${given}: etcd is upgraded by one minor at a time`,
      todo: `Apply a release of ${next} first, and go on from there once all members run it: ${UPGRADES}`,
    };
  }
  const least = ETCD_LINES.find(({ minor }) => minor === lineOf(wanted))?.upgradesFrom;
  if (to <= from || least === undefined || compareReleases(lowest, least) >= 0) return undefined;
  return {
    why: `${given}: ${lineOf(wanted)} is reached from ${least} or a later release of ${lineOf(least)} only`,
    todo: `Apply ${least} or a later release of ${lineOf(least)} first, and ${wanted} once all members run it: ${UPGRADES}`,
  };
}

/** Orders releases such as `3.6.14`; what follows a patch's number, such as `-rc.0`, counts for nothing. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  return left.map((number, index) => number - right[index]).find((difference) => difference !== 0) ?? 0;
}

/** `3.6` of `3.6.14`. */
const lineOf = (release: string): string => numbersOf(release).slice(0, 2).join('.');

/** Only the minor tells lines apart: there is no etcd 4. */
const minorOf = (release: string): number => numbersOf(release)[1];

function numbersOf(release: string): [number, number, number] {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(release);
  if (!found) throw new Error(`"${release}" is not a release of etcd, such as 3.6.14`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}
