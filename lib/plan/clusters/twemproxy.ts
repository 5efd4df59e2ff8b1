import { LABEL_PREFIX } from '../../core/names';
import { LAYOUT_LABEL, type Layout, layoutText, Ring, sameLayout } from '../../redis/twemproxy/layout';
import type { TwemproxySettings, TwemproxyShardSettings } from '../../redis/twemproxy/settings';
import type { Effect, Manifest, Rendering } from '../types';
import type { ClusterChange, ClusterEffects } from '.';
import { compared, titled } from './cluster';
import { entry, objectOf, Report } from './report';
import { find, sideOf, toldIn } from './side';
import { does, list, named } from './words';

/** A change of proxies, as rules look at it. */
interface Proxies {
  readonly change: ClusterChange;
  readonly was: TwemproxySettings;
  readonly is: TwemproxySettings;
  readonly report: Report;
}

const DOCS = 'docs/redis.md#more-or-fewer-shards-of-twemproxy';
const SAMPLE = 2_000;

/**
 * What a change of the shards behind proxies does to the keys; everything else of proxies is a Deployment to Kubernetes. Nothing
 * where they come, go, or cannot be read.
 */
export function twemproxy(change: ClusterChange): ClusterEffects {
  const [was, is] = [change.before, change.after].map((rendering) => settingsOf(rendering, change));
  if (!was || !is) return { effects: [], rest: change.changes, unknown: [] };
  const report = new Report(change.changes);
  const proxies = { change, was, is, report };
  if (!otherServers(proxies)) {
    layout(proxies);
    left(proxies);
  }
  return { effects: report.effects, rest: report.rest(), unknown: report.unknown };
}

/** What is told of shards whose master is elsewhere; true where no proxy starts for it. */
function otherServers(proxies: Proxies): boolean {
  const { was, is } = proxies;
  if (is.use === 'cache') return false;
  const { stayed } = compared(was.shards, is.shards, nameOf);
  const others = stayed.filter(([before, after]) => placeOf(before) !== placeOf(after));
  const known = new Set([...was.shards, ...was.leaving].map(placeOf));
  const swapped = others.filter(([, after]) => known.has(placeOf(after)));
  if (swapped.length > 0) {
    const names = swapped.map(([{ name }]) => name);
    tellOfShards(proxies, 'refused', {
      what: `${named('shard', names)} ${does(names.length, 'is', 'are')} where another shard was: new proxies do not start, as keys would be looked for where they are not, and the old ones go on`,
      instead: 'give each master the name that it had',
    });
    return true;
  }
  for (const [before, after] of others)
    tellOfShards(proxies, 'data-lost', {
      what: `shard ${after.name} is ${placeOf(after)} instead of ${placeOf(before)}, which has its keys: they are found no more`,
      instead: `add the new one under another name, and name ${before.name} in leaving: ${DOCS}`,
    });
  return false;
}

/** Keys that are elsewhere from now on. */
function layout(proxies: Proxies): void {
  const { was, is } = proxies;
  if (sameLayout(was.layout, is.layout)) return;
  const [from, to] = [layoutText(was.layout), layoutText(is.layout)];
  const moved = `${movedShare(was.layout, is.layout)} change their shard (${from} -> ${to})`;
  if (is.use === 'cache') {
    tellOfShards(proxies, 'rolling-restart', {
      what: `proxies are replaced one after the other, and ${moved}: what is there is missed and made anew, and while both kinds of proxies run each sees only what it wrote itself`,
    });
    return;
  }
  const dropped = missingFrom(is, was.shards);
  if (dropped.length > 0) {
    tellOfShards(proxies, 'refused', {
      what: `${named('shard', dropped)} ${does(dropped.length, 'is', 'are')} dropped with the keys that ${does(dropped.length, 'it has', 'they have')}: nothing is moved, new proxies do not start, and the old ones go on`,
      instead: `name ${does(dropped.length, 'it', 'them')} in leaving until the Job is done: ${DOCS}`,
    });
    return;
  }
  tellOfShards(proxies, 'outage', {
    what: `${moved}: a Job copies them while clients go on, then deletes all proxies, and clients are refused for some seconds until new ones may start`,
    instead: 'apply it when few clients are there; nothing that was acknowledged is lost',
  });
}

/** Shards that were to be emptied, which the manifests cannot prove. */
function left({ change, was, is, report }: Proxies): void {
  const went = missingFrom(is, was.leaving);
  if (went.length === 0) return;
  report.tell({
    verdict: 'applied-live',
    object: titled(change, 'Deployment', change.name),
    what: `${named('shard', went)}, which ${does(went.length, 'was', 'were')} leaving, ${does(went.length, 'is', 'are')} dropped`,
    instead: `see first that the Job which moved ${does(went.length, 'its', 'their')} keys is done: kubectl get job${change.namespace ? ` -n ${change.namespace}` : ''} -l ${LABEL_PREFIX}/cluster=${change.name}`,
    needsYes: true,
  });
}

/** Names of those among `before` that proxies know no more. */
function missingFrom(
  { shards, leaving }: TwemproxySettings,
  before: readonly TwemproxyShardSettings[],
): string[] {
  const there = new Set([...shards, ...leaving].map(nameOf));
  return before.map(nameOf).filter((name) => !there.has(name));
}

/** Tells of shards, with what renders them. */
function tellOfShards(
  { change, was, is, report }: Proxies,
  verdict: Effect['verdict'],
  told: Pick<Effect, 'what' | 'instead'>,
): void {
  report.tell({
    verdict,
    ...told,
    object: titled(change, 'Deployment', change.name),
    field: 'SETTINGS.shards',
    from: list(was.shards.map(nameOf)),
    to: list(is.shards.map(nameOf)),
    needsYes: verdict !== 'rolling-restart',
  });
  report.take(
    report.change('Deployment', change.name),
    (path) => /\.env\[(SETTINGS|POOL)\]/.test(path),
    entry('spec.template.metadata.labels', LAYOUT_LABEL),
  );
  for (const each of change.changes) if (isReshard(objectOf(each))) report.take(each);
}

/** How many keys are on another shard afterwards, in words. */
function movedShare(before: Layout, after: Layout): string {
  // How many keys have tags, nobody knows.
  if (before.hashTag !== after.hashTag) return 'keys';
  const [old, now] = [new Ring(before), new Ring(after)];
  const keys = Array.from({ length: SAMPLE }, (_, index) => Buffer.from(`key:${index}`));
  const moved = keys.filter((key) => old.shardOf(key) !== now.shardOf(key)).length;
  return `about ${Math.round((100 * moved) / SAMPLE)} % of the keys`;
}

const nameOf = ({ name }: TwemproxyShardSettings): string => name;
const placeOf = ({ master }: TwemproxyShardSettings): string => `${master.host}:${master.port}`;

/** What the Job that moves keys is told; pods are told the same, but for shards that leave. */
function settingsOf(rendering: Rendering, { name, namespace }: ClusterChange): TwemproxySettings | undefined {
  const { objects } = sideOf(rendering, name, namespace);
  const told = [objects.find(isReshard), find(objects, 'Deployment', name)].map(toldIn);
  return told.find(({ layout }) => layout) as TwemproxySettings | undefined;
}

const isReshard = ({ kind, metadata }: Manifest): boolean =>
  kind === 'Job' && metadata.labels?.['app.kubernetes.io/component'] === 'reshard';
