import type { Observed } from './adapter';
import type { Facts, Member } from './facts';
import type { Pod, StatefulSet } from './kubernetes/objects';
import { memberId, memberPod } from './member-pods';
import { RENDERED, type StewardSettings } from './settings';

/** A cluster as Kubernetes knows it. */
export interface Objects {
  /** By name. */
  readonly sets: ReadonlyMap<string, StatefulSet>;
  readonly pods: readonly Pod[];
  /** Whether the ConfigMap exists that marks the cluster as formed. */
  readonly formed: boolean;
}

/** Ids to ask: members that should exist, and those that have a pod. */
export function idsOf({ pods }: Objects, settings: StewardSettings): number[] {
  const ids = pods.flatMap((pod) => memberId(settings.sets[0], pod.metadata.name) ?? []);
  return [...new Set([...settings.members.map(({ id }) => id), ...ids])].sort((a, b) => a - b);
}

/** Puts together what Kubernetes and the members themselves say. */
export function factsOf(
  objects: Objects,
  observed: Observed,
  settings: StewardSettings,
  keysSince: Date | undefined,
  now: number,
  invites?: boolean,
): Facts {
  const { sets, pods } = objects;
  const set = sets.get(settings.sets[0]);
  const { membership, ghosts, servers, ...others } = observed;
  const parts = new Map(settings.members.map(({ id, part }) => [id, part]));
  const ids = new Set([...idsOf(objects, settings), ...(membership?.keys() ?? [])]);
  const podOf = (id: number) => pods.find((pod) => memberId(settings.sets[0], pod.metadata.name) === id);
  const members = [...ids]
    .sort((a, b) => a - b)
    .map((id): Member => {
      const pod = podOf(id);
      return {
        id,
        wanted: parts.get(id),
        listed: membership?.get(id),
        pod: pod && set && memberPod(pod, set, keysSince, now),
        server: servers.get(id) ?? { state: 'silent', reason: 'it was not asked' },
        ...(ghosts?.has(id) && { ghost: ghosts.get(id) }),
      };
    });
  const quorum = membership !== undefined;
  return {
    unapplied: unapplied(settings.sets[0], set, settings.rendered),
    // Where nothing outlives a pod there is nothing to protect from being formed again.
    formed: settings.data === 'scratch' ? quorum : objects.formed,
    founders: settings.founders,
    firstId: Math.min(...settings.members.map(({ id }) => id)),
    replicas: set?.spec?.replicas ?? 1,
    quorum,
    invites,
    ...others,
    members,
  };
}

/** Why a StatefulSet is not yet what was applied; undefined: it is. */
export function unapplied(name: string, set: StatefulSet | undefined, rendered: string): string | undefined {
  if (!set) return `the StatefulSet ${name} does not exist`;
  const { annotations, generation = 0, deletionTimestamp } = set.metadata;
  if (deletionTimestamp) return `the StatefulSet ${name} is being deleted`;
  if (annotations?.[RENDERED] !== rendered) {
    return `the StatefulSet ${name} is of another rendering than this steward: all manifests must be applied`;
  }
  if (set.spec?.updateStrategy?.type !== 'OnDelete') {
    return `the update strategy of the StatefulSet ${name} is not OnDelete: somebody has changed it`;
  }
  if ((set.status?.observedGeneration ?? 0) < generation) {
    return `the StatefulSet controller has not seen the newest change of ${name}`;
  }
  return undefined;
}
