import type { Effect, Manifest, ObjectChange } from '../types';
import { type Cluster, titled } from './cluster';
import { objectOf, titleOf, under } from './report';
import { few } from './words';

/** Backups, rehearsals of restores, and Jobs that make what consumers asked for where there is no steward. */
export function jobs(cluster: Cluster): void {
  const { name, report, changes } = cluster;
  report.settle('settings.backups');
  for (const what of ['backup', 'rehearsal']) {
    const change = report.change('CronJob', `${name}-${what}`);
    if (!change) continue;
    const policy = report.change('NetworkPolicy', `${name}-${what}`);
    report.take(change, under('spec'));
    if (!change.before || !change.after) {
      report.take(change);
      report.take(policy);
      report.tell(presenceOf(cluster, change, what));
    } else changed(cluster, change, what);
  }
  provisioning(
    cluster,
    changes.filter((change) => isProvision(name, objectOf(change))),
  );
}

function presenceOf(cluster: Cluster, change: ObjectChange, what: string): Effect {
  const object = titleOf(change);
  const schedule = change.after?.spec?.schedule;
  if (what === 'rehearsal') {
    return change.after
      ? {
          verdict: 'applied-live',
          what: `the newest backup is restored into a member that is thrown away (${schedule})`,
          object,
        }
      : { verdict: 'applied-live', what: 'restores are rehearsed no more', object, needsYes: true };
  }
  return change.after
    ? { verdict: 'applied-live', what: `backups of ${cluster.name} are made (${schedule})`, object }
    : {
        verdict: 'applied-live',
        what: `no backups of ${cluster.name} are made any more; those in the store stay`,
        instead: 'keep backup, unless the data can be had from elsewhere',
        object,
        needsYes: true,
      };
}

type Variables = Readonly<Record<string, string>>;

function variables(job: Manifest | undefined): Variables {
  const pod = job?.spec?.jobTemplate?.spec?.template?.spec ?? {};
  const env: { name: string; value?: string }[] = [
    ...(pod.initContainers ?? []),
    ...(pod.containers ?? []),
  ].flatMap(({ env: own = [] }) => own);
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
}

function changed(cluster: Cluster, change: ObjectChange, what: string): void {
  const { report } = cluster;
  const object = titleOf(change);
  const [old, now] = [variables(change.before), variables(change.after)];
  const [from, to] = [Number(old.KEEP), Number(now.KEEP)];
  if (what === 'backup' && to < from) {
    report.tell({
      verdict: 'data-lost',
      what: `only the newest ${to} backups are kept instead of ${from}: older ones are removed with the next backup`,
      instead: 'copy those that are to be kept',
      object,
      field: 'KEEP',
      from,
      to,
      needsYes: true,
    });
  }
  const place = ['TARGET', 'RCLONE_CONFIG_STORE_ENDPOINT'].find((key) => old[key] !== now[key]);
  if (place) {
    report.tell({
      verdict: 'applied-live',
      what: `backups go to ${now[place] || 'another place'} instead of ${old[place] || 'the one before'}: those there stay, and nobody removes old ones any more`,
      object,
      field: place,
      from: old[place],
      to: now[place],
    });
  }
  const schedules = [change.before, change.after].map((job) => job?.spec?.schedule as string | undefined);
  if (schedules[0] !== schedules[1]) {
    report.tell({
      verdict: 'applied-live',
      what: `the schedule of ${what === 'backup' ? 'backups' : 'rehearsals'} changes from ${schedules[0]} to ${schedules[1]}`,
      object,
      field: 'spec.schedule',
      from: schedules[0],
      to: schedules[1],
    });
  }
  const others = change.fields.filter(
    ({ path }) =>
      path.startsWith('spec') &&
      path !== 'spec.schedule' &&
      !/env\[(KEEP|TARGET|RCLONE_CONFIG_STORE_ENDPOINT)\]/.test(path) &&
      // Members that come or go are asked for a backup, too.
      !/env\[(BACKUP|MEMBERS|SETTINGS)\]/.test(path),
  );
  if (others.length === 0) return;
  report.tell({
    verdict: 'applied-live',
    what: `the Job of ${what === 'backup' ? 'backups' : 'rehearsals'} changes (${few(
      others.map(({ path }) => path.replace(/^.*\.spec\./, '')),
      3,
    )}), from the next one on`,
    object,
    field: others[0].path,
  });
}

const isProvision = (name: string, { kind, metadata }: Manifest): boolean =>
  kind === 'Job' && metadata.name.startsWith(`${name}-provision-`);

function provisioning(cluster: Cluster, found: readonly ObjectChange[]): void {
  const { report, name, was, is } = cluster;
  const whole = found.filter(({ before, after }) => !before || !after);
  for (const change of whole) report.take(change);
  const policy = report.change('NetworkPolicy', `${name}-provision`);
  if (policy && (!policy.before || !policy.after)) report.take(policy);
  const came = whole.filter(({ after }) => after);
  if (came.length === 0 || was.steward || is.steward) return;
  const paths = came.flatMap(({ after }) => {
    const env: { name: string; value?: string }[] = after?.spec?.template?.spec?.containers?.[0]?.env ?? [];
    const wanted = JSON.parse(env.find(({ name: each }) => each === 'PROVISION')?.value ?? '{}');
    return [
      ...(wanted.znodes ?? []).map(({ path }: { path: string }) => path),
      ...(wanted.reconfigurers ? ['/zookeeper/config'] : []),
    ];
  });
  report.tell({
    verdict: 'applied-live',
    what: `${few(paths)} ${paths.length === 1 ? 'is' : 'are'} made as declared, once, by a Job`,
    object: titled(cluster, 'Job', came[0].after?.metadata.name ?? ''),
  });
}
