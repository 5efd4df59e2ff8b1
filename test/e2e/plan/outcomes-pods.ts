import { patched } from '../../plan/objects';
import { missing } from '../harness/wait';
import type { Outcome } from './outcome';
import * as o from './outcome-objects';

const RESTART = 'variable LEVEL of app 1 -> 2';

const rollingSet = o.statefulSet('rolling-set', { replicas: 3 });
const onDelete = o.statefulSet('on-delete', { replicas: 2, updateStrategy: { type: 'OnDelete' } });
const recreate = o.deployment('recreate', { replicas: 2, strategy: { type: 'Recreate' } });
const labelled = o.deployment('labelled');

/** Changes of workloads that a minute suffices for. */
export const quickPods: readonly Outcome[] = [
  {
    name: 'rolling-set',
    before: [rollingSet],
    after: [o.newer(rollingSet)],
    says: [
      `rolling-restart: 3 pods of StatefulSet rolling-set restart, one at a time, the highest ordinal first, each after the one before it is ready: ${RESTART}`,
    ],
    seen: {
      pods: {
        kept: 0,
        gone: 3,
        came: 3,
        fewest: 2,
        left: ['rolling-set-2', 'rolling-set-1', 'rolling-set-0'],
      },
    },
  },
  {
    name: 'on-delete',
    before: [onDelete],
    after: [o.newer(onDelete)],
    says: [
      'applied-live: no pod of StatefulSet on-delete restarts by itself, because its update strategy is OnDelete: each takes the new template when it is deleted',
    ],
    seen: {
      pods: { kept: 2, gone: 0, came: 0, fewest: 2 },
      sees: async (scene) => {
        const { status } = await scene.observed(onDelete, 2);
        if (status.updateRevision === status.currentRevision) missing('the template is not new');
        await scene.prints('echo $LEVEL', '1');
      },
    },
    next: {
      act: (scene) => scene.deletePod('on-delete-0'),
      seen: {
        pods: { kept: 1, gone: 1, came: 1, fewest: 1, left: ['on-delete-0'] },
        sees: (scene) => scene.prints('echo $LEVEL', '2'),
      },
    },
  },
  {
    name: 'recreate',
    before: [recreate],
    after: [o.newer(recreate)],
    says: [
      'outage: all pods of Deployment recreate end before new ones start, because its strategy is Recreate',
    ],
    seen: { pods: { kept: 0, gone: 2, came: 2, fewest: 0, most: 2 } },
  },
  {
    name: 'labelled',
    before: [labelled],
    after: [patched(labelled, { metadata: { labels: { chart: 'web-2' } } })],
    says: ['nothing: Deployment labelled has other labels or annotations, which no pod notices'],
    seen: {
      pods: { kept: 1, gone: 0, came: 0, fewest: 1, most: 1 },
      sees: async (scene) => {
        const { metadata } = await scene.stored(labelled);
        if (metadata.labels?.chart !== 'web-2') missing('the label is not there');
      },
    },
  },
];

const rolling = o.deployment('rolling', { replicas: 2 });
const together = o.deployment('together', {
  replicas: 2,
  strategy: { rollingUpdate: { maxUnavailable: '100%' } },
});
const partition = o.statefulSet('partition', {
  replicas: 2,
  updateStrategy: { rollingUpdate: { partition: 1 } },
});
const oneMember = o.store('one-member');
const daemons = o.daemonSet('daemons');
const scaled = o.deployment('scaled');
const handedOver = o.deployment('handed-over', { replicas: 2 });
const paused = o.deployment('paused');
const solo = o.pod('solo');
const words = o.deployment('words', {}, { fields: { nodeSelector: { 'kubernetes.io/os': 'linux' } } });

function sized(manifest: typeof words, cpu: unknown, memory: string, spec: object): typeof words {
  const [only] = manifest.spec.template.spec.containers;
  const containers = [{ ...only, resources: { requests: { cpu, memory } } }];
  return patched(manifest, { spec: { ...spec, template: { spec: { containers } } } });
}

/** Other changes of workloads, on this number of nodes. */
export const slowPods = (nodes: number): readonly Outcome[] => [
  {
    name: 'rolling',
    before: [rolling],
    after: [o.newer(rolling)],
    says: [
      `rolling-restart: 2 pods of Deployment rolling are replaced, at most 0 missing and 1 more than wanted at a time: ${RESTART}`,
    ],
    seen: { pods: { kept: 0, gone: 2, came: 2, fewest: 2, most: 3 } },
  },
  {
    name: 'together',
    before: [together],
    after: [o.newer(together)],
    says: [
      'outage: all 2 pods of Deployment together may be replaced together, because maxUnavailable is 100%',
    ],
    seen: { pods: { kept: 0, gone: 2, came: 2, fewest: 0 } },
  },
  {
    name: 'partition',
    before: [partition],
    after: [o.newer(partition)],
    says: [
      'rolling-restart: 1 pod of StatefulSet partition with an ordinal of 1 or more restarts, and no other',
    ],
    seen: { pods: { kept: 1, gone: 1, came: 1, fewest: 1, left: ['partition-1'] } },
  },
  {
    name: 'one-member',
    before: [oneMember],
    after: [o.newer(oneMember)],
    says: ['rolling-restart: 1 pod of StatefulSet one-member restarts, and nobody serves meanwhile'],
    seen: {
      pods: { kept: 0, gone: 1, came: 1, fewest: 0, most: 1 },
      claims: { 'data-one-member-0': 'kept' },
      sees: (scene) => scene.logs('one-member-0', 'found'),
    },
  },
  {
    name: 'daemons',
    before: [daemons],
    after: [o.newer(daemons)],
    says: ['rolling-restart: the pod of DaemonSet daemons on each node restarts, 1 at a time'],
    seen: { pods: { kept: 0, gone: nodes, came: nodes, fewest: nodes - 1, most: nodes } },
  },
  {
    name: 'scaled',
    before: [scaled],
    after: [patched(scaled, { spec: { replicas: 2 } })],
    says: ['applied-live: 1 pod of Deployment scaled is added'],
    seen: { pods: { kept: 1, gone: 0, came: 1, fewest: 1, most: 2 } },
  },
  {
    name: 'handed-over',
    before: [handedOver],
    after: [patched(handedOver, { spec: { replicas: null } })],
    says: [
      'outage: spec.replicas of Deployment handed-over is rendered no more, and whoever applies that sets it to 1, so 1 pod ends',
    ],
    seen: { pods: { kept: 1, gone: 1, came: 0, fewest: 1 } },
  },
  {
    name: 'paused',
    before: [paused],
    after: [patched(o.newer(paused), { spec: { paused: true } })],
    says: [
      'applied-live: Deployment paused is paused: changes of its template wait until it is not',
      `nothing: no pod of Deployment paused restarts, because it is paused: ${RESTART}`,
    ],
    seen: {
      pods: { kept: 1, gone: 0, came: 0, fewest: 1, most: 1 },
      sees: async (scene) => void (await scene.observed(paused, 2)),
    },
    next: {
      act: (scene) => scene.apply(o.newer(paused)),
      seen: { pods: { kept: 0, gone: 1, came: 1, fewest: 1, most: 2 } },
    },
  },
  {
    name: 'solo',
    before: [solo],
    after: [
      patched(solo, {
        spec: { containers: [{ ...solo.spec.containers[0], image: 'node:22-bookworm-slim' }] },
      }),
    ],
    says: ['outage: a container of Pod solo restarts, and nobody serves meanwhile: image of app'],
    seen: {
      pods: { kept: 1, gone: 0, came: 0 },
      sees: async (scene) => {
        const { status } = await scene.stored(solo);
        const [{ restartCount, image }] = status.containerStatuses;
        if (restartCount !== 1 || !/node/.test(image)) missing(`${restartCount} restarts, image ${image}`);
      },
    },
  },
  {
    name: 'words',
    before: [sized(words, '10m', '16Mi', {})],
    after: [
      sized(words, 0.01, '16777216', {
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      }),
    ],
    says: [],
    seen: {
      pods: { kept: 1, gone: 0, came: 0, fewest: 1, most: 1 },
      sees: async (scene) => void (await scene.observed(words, 1)),
    },
  },
];
