import { wait } from '../../../steward/charge';
import { whyReload } from '../shared/status';
import type { ClusterStep } from './cluster-facts';
import type { Cluster } from './cluster-state';

/** Sees to users, settings and the like before a node may become a master. */
export function provision({ facts }: Cluster): ClusterStep | undefined {
  const { unprovisioned, provisionFailed, nodes } = facts;
  if (!unprovisioned || provisionFailed || !nodes.some(({ server }) => server.state === 'serving'))
    return undefined;
  return { phase: 'Provisioning', step: 'provision', why: unprovisioned };
}

/** Has a node read its keys again, one after the other. */
export function reload({ facts }: Cluster): ClusterStep | undefined {
  const stale = facts.nodes.find(
    ({ pod, server }) => server.state === 'serving' && facts.staleCertificates.includes(pod),
  );
  if (!stale) return undefined;
  const { pod } = stale;
  return { phase: 'Provisioning', step: 'reload-certificate', pod, why: whyReload(pod) };
}

export function awaitProvisioned({ facts: { provisionFailed } }: Cluster): ClusterStep | undefined {
  if (!provisionFailed) return undefined;
  const todo = 'It is tried again and again; if it goes on, mend what the error names.';
  return wait('Provisioning', 'provision', `provisioning failed: ${provisionFailed}`, todo);
}
