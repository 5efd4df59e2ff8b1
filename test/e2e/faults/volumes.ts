import { isReady, type Manifest } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';

const IMAGE = 'busybox:1.37';

/** Fills a claim's volume to the last block, from a pod beside its user, until the function that this gives is called. */
export async function fillVolume(run: Run, claim: string, node: string): Promise<() => Promise<void>> {
  const { cluster, namespace } = run;
  const name = `fill-${claim}`;
  await run.apply([filler(namespace, name, claim, node)]);
  await run.waitFor(`volume of ${claim} full`, 90, async () => {
    const pod = (await cluster.pods(namespace)).find((each) => each.metadata?.name === name);
    if (!pod || !isReady(pod)) missing('it is being filled');
  });
  return async () => {
    await cluster.exec(namespace, name, ['rm', '/volume/filling']);
    await cluster.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  };
}

function filler(namespace: string, name: string, claim: string, node: string): Manifest {
  // The first write takes all that is left in large pieces, the second one the rest.
  const fill =
    'dd if=/dev/zero of=/volume/filling bs=1M; dd if=/dev/zero of=/volume/filling bs=4k oflag=append conv=notrunc; sync; touch /tmp/full; sleep 3600';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'fill',
          image: IMAGE,
          command: ['sh', '-c', fill],
          readinessProbe: { exec: { command: ['test', '-e', '/tmp/full'] }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'volume', mountPath: '/volume' }],
        },
      ],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }],
    },
  };
}
