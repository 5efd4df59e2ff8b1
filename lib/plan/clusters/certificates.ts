import type { Effect, ObjectChange } from '../types';
import { type Cluster, same, votersOf } from './cluster';
import { objectOf, titleOf, under } from './report';
import { few } from './words';

/** Certificates of servers, which cert-manager makes. Those of consumers are no business of the cluster. */
export function certificates(cluster: Cluster): void {
  const { name, report } = cluster;
  for (const certificate of [`${name}-tls`, `${name}-peer-tls`]) {
    const change = report.change('Certificate', certificate);
    if (!change) continue;
    if (change.before && change.after) changed(cluster, change);
    else {
      report.take(change);
      report.tell({
        verdict: change.after ? 'applied-live' : 'nothing',
        what: change.after
          ? `a certificate for servers is made, in the Secret ${change.after.spec?.secretName}`
          : `the certificate ${certificate} is not renewed any more; its Secret stays`,
        object: titleOf(change),
      });
    }
  }
}

function changed(cluster: Cluster, change: ObjectChange): void {
  const { system, report, was } = cluster;
  const [old, now] = [change.before?.spec, change.after?.spec];
  report.take(change, under('spec'));
  const about = { object: titleOf(change) };
  if (!same(old?.issuerRef, now?.issuerRef)) {
    report.tell({
      ...about,
      field: 'spec.issuerRef',
      from: old?.issuerRef?.name,
      to: now?.issuerRef?.name,
      verdict: 'outage',
      what: 'servers get certificates of another issuer: where its authority is another one, those with the new and those with the old one do not trust one another, nor do clients',
      instead: 'keep both authorities in ca.crt for a while, which takes tls: { secret }',
      needsYes: true,
    });
    return;
  }
  const keys = Object.keys({ ...old, ...now }).filter((key) => !same(old?.[key], now?.[key]));
  const names = keys.every((key) => ['dnsNames', 'ipAddresses', 'commonName', 'uris'].includes(key));
  const why = names ? 'other names' : few(keys.sort());
  const restart = system === 'kafka' && !was.gate.zookeeper && cluster.is.steward !== undefined;
  const servers = (votersOf(cluster)?.after.length ?? 0) + (cluster.is.gate.brokers ?? []).length;
  const effect: Pick<Effect, 'verdict' | 'what'> = restart
    ? {
        verdict: 'rolling-restart',
        what: `servers get another certificate (${why}): brokers read it at once, and then all ${servers} servers restart one at a time, since controllers read theirs only when they start`,
      }
    : {
        verdict: 'applied-live',
        what: `servers get another certificate (${why})${takenUp(cluster)}`,
      };
  report.tell({ ...about, field: `spec.${keys[0]}`, ...effect });
}

/** How servers take it up where nobody restarts them for it. */
function takenUp({ system, is }: Cluster): string {
  if (system === 'kafka' || (system === 'redis' && !is.steward))
    return ', which they read when they are restarted by hand';
  const sentinels = is.gate.sentinel ? '; Sentinels cannot, and restart one at a time' : '';
  return `, and use it within two minutes without a restart${sentinels}`;
}

/** Secrets that are made in the cluster, and those that are fetched. */
export function secrets(cluster: Cluster): void {
  const { name, report, changes } = cluster;
  const jobs = changes.filter(
    (change) =>
      objectOf(change).kind === 'Job' && objectOf(change).metadata.name.startsWith(`${name}-secrets-`),
  );
  const whole = jobs.filter(({ before, after }) => !before || !after);
  const namesOf = (manifests: readonly (ObjectChange['before'] | undefined)[]) =>
    new Set(
      manifests.flatMap(
        (job) => job?.metadata.annotations?.['cdk8s-stateful/creates-secret']?.split(',') ?? [],
      ),
    );
  const [old, now] = [namesOf(whole.map(({ before }) => before)), namesOf(whole.map(({ after }) => after))];
  for (const change of whole) report.take(change);
  const made = [...now].filter((secret) => !old.has(secret));
  const left = [...old].filter((secret) => !now.has(secret));
  const object = whole[0] && titleOf(whole.find(({ after }) => after) ?? whole[0]);
  if (made.length > 0) {
    report.tell({
      verdict: 'applied-live',
      what: `${made.length === 1 ? 'the Secret' : 'the Secrets'} ${few(made)} ${made.length === 1 ? 'is' : 'are'} generated, unless ${made.length === 1 ? 'it is' : 'they are'} there`,
      object,
    });
  }
  if (left.length > 0) {
    report.tell({
      verdict: 'nothing',
      what: `${left.length === 1 ? 'the generated Secret' : 'the generated Secrets'} ${few(left)} ${left.length === 1 ? 'is' : 'are'} not needed any more, and ${left.length === 1 ? 'stays' : 'stay'}`,
      object,
    });
  }
  for (const kind of ['ConfigMap', 'ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy']) {
    const change = report.change(kind, `${name}-secrets`);
    if (change && (!change.before || !change.after || kind === 'ConfigMap')) report.take(change);
  }
  for (const change of changes) if (objectOf(change).kind === 'ExternalSecret') external(cluster, change);
}

/** A Secret that the external-secrets operator owns goes with its ExternalSecret. */
function external(cluster: Cluster, change: ObjectChange): void {
  const { report, after } = cluster;
  const { before, after: now } = change;
  report.take(change, under('spec'));
  if (!before || !now) report.take(change);
  const secret = objectOf(change).spec?.target?.name ?? objectOf(change).metadata.name;
  if (before && now) {
    if (change.fields.every(({ path }) => !path.startsWith('spec'))) return;
    report.tell({
      verdict: 'applied-live',
      what: `the Secret ${secret} is fetched from elsewhere or in another way; what it holds reaches who reads it at the next start`,
      object: titleOf(change),
      field: 'spec',
      needsYes: true,
    });
    return;
  }
  if (now) {
    report.tell({
      verdict: 'applied-live',
      what: `the Secret ${secret} is fetched`,
      object: titleOf(change),
    });
    return;
  }
  const users = after.objects.filter(
    ({ manifest }) =>
      manifest.metadata.namespace === before?.metadata.namespace &&
      ['StatefulSet', 'Deployment', 'CronJob'].includes(manifest.kind) &&
      JSON.stringify(manifest.spec).includes(`"${secret}"`),
  );
  report.tell({
    verdict: users.length > 0 ? 'outage' : 'nothing',
    what:
      users.length > 0
        ? `the Secret ${secret} goes, and ${few(users.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`))} cannot start without it`
        : `the Secret ${secret} goes; nobody here uses it any more`,
    object: titleOf(change),
    ...(users.length > 0 && { instead: 'keep it until nobody refers to it', needsYes: true }),
  });
}
