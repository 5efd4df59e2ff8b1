import { setTimeout as delay } from 'node:timers/promises';
import { type Kubernetes, KubernetesError } from '../../../steward/kubernetes/client';
import type { Pod } from '../../../steward/kubernetes/objects';
import { LAYOUT_LABEL } from '../layout';
import type { TwemproxySettings } from '../settings';

/** The proxies that still have another layout. */
export interface ProxyPods {
  /** Ends them, and resolves when they have ended. @throws Error where that takes too long */
  end(): Promise<void>;
}

const EVERY_MS = 250;

/** They are deleted, for their budget would keep them: nothing takes their place before they have gone. */
export function proxyPods(
  kubernetes: Pick<Kubernetes, 'get' | 'delete'>,
  { namespace, selector }: Pick<TwemproxySettings, 'namespace' | 'selector'>,
  layout: string,
  timeoutMs = 60_000,
): ProxyPods {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const query = encodeURIComponent([...labels, `${LAYOUT_LABEL}!=${layout}`].join(','));
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const list = async () => {
    const found = await kubernetes.get<{ readonly items: readonly Pod[] }>(`${path}?labelSelector=${query}`);
    return found?.items ?? [];
  };
  return {
    async end() {
      const ended = await list();
      for (const { metadata } of ended) {
        const options = { gracePeriodSeconds: 1, preconditions: { uid: metadata.uid } };
        await kubernetes.delete(`${path}/${metadata.name}`, options).catch(goneAlready);
      }
      const uids = new Set(ended.map(({ metadata }) => metadata.uid));
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const left = (await list()).filter(({ metadata }) => uids.has(metadata.uid));
        if (left.length === 0) return;
        if (performance.now() > deadline)
          throw new Error(`${left[0].metadata.name} has not ended within ${timeoutMs / 1000} s`);
        await delay(EVERY_MS);
      }
    },
  };
}

function goneAlready(error: unknown): void {
  if (!(error instanceof KubernetesError) || ![404, 409].includes(error.status)) throw error;
}
