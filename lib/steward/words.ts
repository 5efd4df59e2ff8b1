import type { MemberPod } from './facts';
import { shortRevision } from './member-pods';

/** `1 key`, `2 keys`. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** A few of many, and how many more there are. */
export function few(items: readonly string[], separator = ', ', most = 3): string {
  const more = items.length - most;
  return [...items.slice(0, most), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}

/** Why nothing runs in a pod, in one sentence; undefined: something does. */
export function podTrouble(name: string, pod: MemberPod | undefined): string | undefined {
  if (!pod) return `${name} has no pod yet`;
  if (pod.terminating) return `${name} is being deleted`;
  return pod.broken && `${name} cannot run: ${pod.broken}`;
}

/** That, as a table says it. */
export function podRemark(pod: MemberPod | undefined): string | undefined {
  if (!pod) return 'no pod';
  return pod.terminating ? 'is being deleted' : pod.broken;
}

/** What a table says of a pod: its revision, its node and its zone. */
export function podCells(pod: MemberPod | undefined): [revision: string, node: string, zone: string] {
  const revision = pod ? `${shortRevision(pod.revision)}${pod.outdated ? ' (old)' : ''}` : '-';
  return [revision, pod?.node ?? '-', pod?.zone ?? '-'];
}

/** That a server is held back at its gate, and why. */
export function atGate(name: string, says: string | undefined): string {
  return `${name} waits at its gate${says ? `: ${says}` : ''}`;
}

/** Where a person reads what is wrong with a pod. */
export const lookAt = (pod: string): string =>
  `kubectl describe pod ${pod}, kubectl logs ${pod} --all-containers`;
