import type { MemberPod } from './facts';
import type { ContainerStatus, Pod, StatefulSet } from './kubernetes/objects';

/** How long a start may take before somebody should look, and a pod may outlive its grace period. */
const STALLED_MS = 120_000;
const OVERDUE_MS = 30_000;
const ZONE = 'topology.kubernetes.io/zone';
const REVISION = 'controller-revision-hash';

/** Waiting for these passes by itself. */
const STARTING = ['ContainerCreating', 'PodInitializing'];

/** Id of the member that a pod of the StatefulSet is; undefined when it is none. */
export function memberId(set: string, pod: string): number | undefined {
  const ordinal = pod.startsWith(`${set}-`) ? pod.slice(set.length + 1) : '';
  return /^\d+$/.test(ordinal) ? Number(ordinal) : undefined;
}

/** What a pod is for the next step; one that was started before its keys changed is outdated. */
export function memberPod(pod: Pod, set: StatefulSet, keysSince: Date | undefined, now: number): MemberPod {
  const { name, uid = '', labels = {}, deletionTimestamp, creationTimestamp } = pod.metadata;
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  const since = Date.parse(deletionTimestamp ?? ready?.lastTransitionTime ?? creationTimestamp ?? '');
  const patience = deletionTimestamp ? OVERDUE_MS : STALLED_MS;
  const isReady = ready?.status === 'True';
  return {
    name,
    uid,
    revision: labels[REVISION] ?? '',
    outdated: outdated(pod, set, keysSince),
    ready: isReady,
    terminating: deletionTimestamp !== undefined,
    started: pod.status?.conditions?.some(({ type, status }) => type === 'Initialized' && status === 'True'),
    broken: deletionTimestamp ? undefined : broken(pod),
    stalled: (!isReady || deletionTimestamp !== undefined) && now - since > patience,
    node: pod.spec?.nodeName,
    // Kubernetes copies it from the node since 1.35.
    zone: labels[ZONE],
  };
}

/** The part of a revision's name by which people tell revisions apart. */
export function shortRevision(revision: string): string {
  return revision.slice(revision.lastIndexOf('-') + 1);
}

function outdated(pod: Pod, set: StatefulSet, keysSince: Date | undefined): string | undefined {
  const runs = pod.metadata.labels?.[REVISION] ?? '';
  const applied = set.status?.updateRevision ?? '';
  if (runs !== applied) {
    return `it runs revision ${shortRevision(runs)}, and ${shortRevision(applied)} was applied`;
  }
  if (keysSince && wasStartedBefore(pod, keysSince)) {
    return `it was started before the certificates changed that it reads when it starts (${keysSince.toISOString()})`;
  }
  return undefined;
}

/** Whether a pod was started before this, so that its server may have read what was mounted before. */
export function wasStartedBefore(pod: Pod, time: Date): boolean {
  return startedAt(pod) < time.getTime();
}

function containers({ status }: Pod): ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** When the first container started, and so when its volumes were mounted; infinite while none has. */
function startedAt(pod: Pod): number {
  const times = containers(pod).flatMap(
    ({ state }) => state?.terminated?.startedAt ?? state?.running?.startedAt ?? [],
  );
  return Math.min(...times.map((time) => Date.parse(time)));
}

/** Why a pod will not run by itself, in the words of Kubernetes. */
function broken(pod: Pod): string | undefined {
  const { status } = pod;
  const scheduled = status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False') return `not scheduled: ${scheduled.message ?? scheduled.reason ?? ''}`;
  if (status?.phase === 'Failed') return `it failed: ${status.message ?? status.reason ?? ''}`;
  for (const { name, state, lastState } of containers(pod)) {
    const { reason, message } = state?.waiting ?? {};
    if (!reason || STARTING.includes(reason)) continue;
    const ended = lastState?.terminated;
    const last = ended ? ` (it ended with ${ended.exitCode}${ended.reason ? `, ${ended.reason}` : ''})` : '';
    return `container ${name}: ${reason}${message ? `: ${message}` : ''}${last}`;
  }
  return undefined;
}
