import type { ServerSays, ServerStep, Serving } from '../facts';

/** What a step does, in words that its reason follows. */
export function whatServersDo(step: ServerStep): string {
  switch (step.step) {
    case 'restart':
      return `restarts ${step.pod}: `;
    case 'provision':
      return 'provisions: ';
    case 'reload-certificate':
      return `has ${step.pod} read its certificate: `;
    case 'wait':
    case 'rest':
      return '';
  }
}

/** Why a server is told to read its certificate. */
export const whyReload = (pod: string): string =>
  `${pod} has yet to read the certificates that were issued last`;

/** Reasons of the Events that tell of a step. */
export const SERVER_EVENTS: Readonly<Record<ServerStep['step'], string>> = {
  restart: 'Restarted',
  provision: 'Provisioned',
  'reload-certificate': 'CertificateReloaded',
  wait: 'Waiting',
  rest: 'Settled',
};

/** By how many bytes of the stream of changes a replica is behind its master. */
export function bytesBehind(replica: Serving, master: ServerSays | undefined): string {
  if (!replica.linked) return 'no link';
  return master?.state === 'serving' ? String(Math.max(0, master.offset - replica.offset)) : '?';
}
