/**
 * Why a server of a release must not start in a cluster of this version, where etcd would end or panic; undefined: it may.
 * https://etcd.io/docs/v3.6/op-guide/versioning/
 */
export function releaseObstacle(release: string, cluster: string | undefined): string | undefined {
  const [own, agreed] = [minorOf(release), minorOf(cluster ?? '')];
  // 3.0 is what members begin with, until all of them have been there once.
  if (!own || !agreed || agreed.join('.') === '3.0') return undefined;
  const ahead = compare(own, agreed);
  if (ahead > 1) {
    return (
      `release ${release} is more than one minor above the cluster's version ${agreed.join('.')}; ` +
      `run ${agreed[0]}.${agreed[1] + 1} in all members first.`
    );
  }
  if (ahead < 0) {
    return (
      `release ${release} is below the cluster's version ${agreed.join('.')}, and would end at once; ` +
      `run ${agreed.join('.')}, or let the cluster go back first: etcdctl downgrade enable ${own.join('.')}.`
    );
  }
  return undefined;
}

type Minor = readonly [number, number];

function minorOf(version: string): Minor | undefined {
  const found = /^v?(\d+)\.(\d+)\./.exec(version);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/** By how many minors the first one is ahead; another major counts as many. */
const compare = (a: Minor, b: Minor): number => (a[0] - b[0]) * 1000 + a[1] - b[1];
