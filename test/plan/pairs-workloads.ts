import type { Manifest } from '../../lib/plan/types';
import * as o from './objects';
import { patched } from './objects';
import type { Pair } from './pair';

const hookOf = (annotation: string, phase: string) =>
  patched(o.job, { metadata: { annotations: { [annotation]: phase } } });
const byHelm = { metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } };
const inWave = (manifest: Manifest) =>
  patched(manifest, { metadata: { annotations: { 'argocd.argoproj.io/sync-wave': '1' } } });

const spec = (fields: object) => ({ spec: fields });
const templateOf = (fields: object) => spec({ template: { spec: fields } });
const withContainer = (app: string, fields: object) =>
  templateOf({ containers: [patched({ ...o.container, name: app }, fields)] });

/** Pairs of StatefulSets. */
export const statefulSetPairs: readonly Pair[] = [
  {
    name: 'StatefulSet: another image',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, withContainer('db', { image: 'nginx:1.28' }))],
    says: [
      'rolling-restart: 3 pods of StatefulSet shop/db restart, one at a time, the highest ordinal first, each after the one before it is ready: image of db nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'StatefulSet: several fields of its pods',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        withContainer('db', {
          image: 'nginx:1.28',
          env: [{ name: 'LEVEL', value: 'debug' }],
          resources: { limits: { memory: '2Gi' } },
        }),
      ),
    ],
    says: [
      'rolling-restart: 3 pods of StatefulSet shop/db restart, one at a time, the highest ordinal first, each after the one before it is ready: image of db nginx:1.27 -> nginx:1.28, variable LEVEL of db (new: debug), containers[db].resources.limits.memory (new: 2Gi) and 1 more',
    ],
  },
  {
    name: 'StatefulSet: another annotation of its pods',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        spec({ template: { metadata: { annotations: { 'example.com/hash': 'f00' } } } }),
      ),
    ],
    says: [
      'rolling-restart: 3 pods of StatefulSet shop/db restart, one at a time, the highest ordinal first, each after the one before it is ready: metadata.annotations[example.com/hash] (new: f00)',
    ],
  },
  {
    name: 'StatefulSet: one member, another image',
    before: [patched(o.statefulSet, spec({ replicas: 1 }))],
    after: [
      patched(o.statefulSet, { spec: { replicas: 1, ...withContainer('db', { image: 'nginx:1.28' }).spec } }),
    ],
    says: [
      'rolling-restart: 1 pod of StatefulSet shop/db restarts, and nobody serves meanwhile: image of db nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'StatefulSet: OnDelete, another image',
    before: [patched(o.statefulSet, spec({ updateStrategy: { type: 'OnDelete' } }))],
    after: [
      patched(o.statefulSet, {
        spec: { updateStrategy: { type: 'OnDelete' }, ...withContainer('db', { image: 'nginx:1.28' }).spec },
      }),
    ],
    says: [
      'applied-live: no pod of StatefulSet shop/db restarts by itself, because its update strategy is OnDelete: each takes the new template when it is deleted or evicted: image of db nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'StatefulSet: a partition, another image',
    before: [patched(o.statefulSet, spec({ updateStrategy: { rollingUpdate: { partition: 2 } } }))],
    after: [
      patched(o.statefulSet, {
        spec: {
          updateStrategy: { rollingUpdate: { partition: 2 } },
          ...withContainer('db', { image: 'nginx:1.28' }).spec,
        },
      }),
    ],
    says: [
      'rolling-restart: 1 pod of StatefulSet shop/db with an ordinal of 2 or more restarts, and no other: image of db nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'StatefulSet: a partition of all, another image',
    before: [patched(o.statefulSet, spec({ updateStrategy: { rollingUpdate: { partition: 3 } } }))],
    after: [
      patched(o.statefulSet, {
        spec: {
          updateStrategy: { rollingUpdate: { partition: 3 } },
          ...withContainer('db', { image: 'nginx:1.28' }).spec,
        },
      }),
    ],
    says: [
      'nothing: no pod of StatefulSet shop/db restarts, because its partition 3 keeps all of them as they are: image of db nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'StatefulSet: the partition is taken away',
    before: [patched(o.statefulSet, spec({ updateStrategy: { rollingUpdate: { partition: 2 } } }))],
    after: [o.statefulSet],
    says: [
      'rolling-restart: pods of StatefulSet shop/db that are not of its newest template restart, one at a time: spec.updateStrategy.rollingUpdate.partition 2 -> 0',
    ],
  },
  {
    name: 'StatefulSet: RollingUpdate becomes OnDelete',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ updateStrategy: { type: 'OnDelete' } }))],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db by any apply: spec.updateStrategy was not rendered, and the rollingUpdate that it was given by default stays in place beside the new type',
    ],
  },
  {
    name: 'StatefulSet: RollingUpdate that was rendered becomes OnDelete',
    before: [patched(o.statefulSet, spec({ updateStrategy: { type: 'RollingUpdate' } }))],
    after: [patched(o.statefulSet, spec({ updateStrategy: { type: 'OnDelete' } }))],
    says: [
      'applied-live: StatefulSet shop/db replaces its pods differently from now on: spec.updateStrategy.type RollingUpdate -> OnDelete',
    ],
  },
  {
    name: 'StatefulSet: OnDelete becomes RollingUpdate',
    before: [patched(o.statefulSet, spec({ updateStrategy: { type: 'OnDelete' } }))],
    after: [o.statefulSet],
    says: [
      'rolling-restart: pods of StatefulSet shop/db that are not of its newest template restart, one at a time: spec.updateStrategy.type OnDelete -> RollingUpdate',
    ],
  },
  {
    name: 'StatefulSet: all members at a time',
    before: [patched(o.statefulSet, spec({ updateStrategy: { rollingUpdate: { maxUnavailable: '100%' } } }))],
    after: [
      patched(o.statefulSet, {
        spec: {
          updateStrategy: { rollingUpdate: { maxUnavailable: '100%' } },
          ...withContainer('db', { image: 'nginx:1.28' }).spec,
        },
      }),
    ],
    says: [
      'outage: all 3 pods of StatefulSet shop/db restart together, because maxUnavailable is 100%: image of db nginx:1.27 -> nginx:1.28',
    ],
    server: 'not asked',
  },
  {
    name: 'StatefulSet: more members',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ replicas: 5 }))],
    says: ['applied-live: 2 pods of StatefulSet shop/db are added: spec.replicas 3 -> 5'],
  },
  {
    name: 'StatefulSet: fewer members',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ replicas: 1 }))],
    says: [
      'applied-live: 2 pods of StatefulSet shop/db, those with the highest ordinals, end, and nobody tells the program in them that they do not come back; their claims stay: spec.replicas 3 -> 1',
    ],
  },
  {
    name: 'StatefulSet: no members',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ replicas: 0 }))],
    says: ['outage: all pods of StatefulSet shop/db end; their claims stay: spec.replicas 3 -> 0'],
  },
  {
    name: 'StatefulSet: fewer members, whose claims are deleted',
    before: [
      patched(o.statefulSet, spec({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } })),
    ],
    after: [
      patched(
        o.statefulSet,
        spec({ replicas: 2, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }),
      ),
    ],
    says: [
      'data-lost: the pod of StatefulSet shop/db with the highest ordinal ends, and what was claimed there is deleted with all data, because whenScaled is Delete: spec.replicas 3 -> 2',
    ],
  },
  {
    name: 'StatefulSet: replicas are rendered no more',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ replicas: null }))],
    says: [
      'outage: spec.replicas of StatefulSet shop/db is rendered no more, and whoever applies that sets it to 1, so 2 pods end: it was 3',
    ],
  },
  {
    name: 'StatefulSet: replicas are rendered from now on',
    before: [patched(o.statefulSet, spec({ replicas: null }))],
    after: [o.statefulSet],
    says: ['applied-live: StatefulSet shop/db gets 3 pods, whatever number it was scaled to'],
  },
  {
    name: 'StatefulSet: claims deleted with it from now on',
    before: [o.statefulSet],
    after: [
      patched(o.statefulSet, spec({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })),
    ],
    says: [
      'data-lost: from now on claims of StatefulSet shop/db are deleted with all data as soon as the StatefulSet is deleted: spec.persistentVolumeClaimRetentionPolicy.whenDeleted Retain -> Delete',
    ],
  },
  {
    name: 'StatefulSet: claims kept from now on',
    before: [
      patched(o.statefulSet, spec({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })),
    ],
    after: [o.statefulSet],
    says: [
      'applied-live: claims of StatefulSet shop/db are kept: spec.persistentVolumeClaimRetentionPolicy.whenDeleted Delete -> Retain',
    ],
  },
  {
    name: 'StatefulSet: other ordinals',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ ordinals: { start: 1 } }))],
    says: [
      'applied-live: pod db-3 of StatefulSet shop/db is made, and pod db-0 of StatefulSet shop/db ends; claims stay behind: spec.ordinals (new: {"start":1})',
    ],
  },
  {
    name: 'StatefulSet: other ordinals, none of the ones before',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ ordinals: { start: 3 } }))],
    says: [
      'data-lost: pods db-0 to db-2 of StatefulSet shop/db end; claims stay behind, and pods db-3 to db-5 of StatefulSet shop/db are made, which start empty: spec.ordinals (new: {"start":3})',
    ],
  },
  {
    name: 'StatefulSet: other ordinals, whose claims are deleted',
    before: [
      patched(o.statefulSet, spec({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } })),
    ],
    after: [
      patched(
        o.statefulSet,
        spec({ ordinals: { start: 1 }, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }),
      ),
    ],
    says: [
      'data-lost: pod db-0 of StatefulSet shop/db ends, and what was claimed there is deleted with all data, because whenScaled is Delete: spec.ordinals (new: {"start":1})',
    ],
  },
  {
    name: 'StatefulSet: other ordinals and fewer members, none of them new',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ ordinals: { start: 2 }, replicas: 1 }))],
    says: [
      'applied-live: pods db-0 to db-1 of StatefulSet shop/db end; claims stay behind: spec.ordinals (new: {"start":2})',
    ],
  },
  {
    name: 'StatefulSet: minReadySeconds and the length of its history',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ minReadySeconds: 10, revisionHistoryLimit: 3 }))],
    says: [
      'applied-live: StatefulSet shop/db takes it up without a restart: spec.minReadySeconds (new: 10) and spec.revisionHistoryLimit 10 -> 3',
    ],
  },
  {
    name: 'StatefulSet: claim template renamed',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ volumeClaimTemplates: [o.claimTemplate('store')] }))],
    says: [
      'data-lost: claim template "data" of StatefulSet shop/db is renamed to "store": the API server refuses that, and a StatefulSet that is deleted and created anew leaves claims data-db-0 to data-db-2 behind and starts empty',
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data] (removed) and spec.volumeClaimTemplates[store] (new) cannot change',
    ],
  },
  {
    name: 'StatefulSet: claim template removed',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ volumeClaimTemplates: null }))],
    says: [
      'data-lost: claim template "data" of StatefulSet shop/db is removed: the API server refuses that, and a StatefulSet that is deleted and created anew leaves claims data-db-0 to data-db-2 behind and starts empty',
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data] (removed) cannot change',
    ],
  },
  {
    name: 'StatefulSet: claim template added',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        spec({ volumeClaimTemplates: [o.claimTemplate('data'), o.claimTemplate('log')] }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[log] (new) cannot change',
    ],
  },
  {
    name: 'StatefulSet: claim template larger',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ volumeClaimTemplates: [o.claimTemplate('data', '20Gi')] }))],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data].spec.resources.requests.storage 10Gi -> 20Gi cannot grow here',
    ],
  },
  {
    name: 'StatefulSet: claim template smaller',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ volumeClaimTemplates: [o.claimTemplate('data', '5Gi')] }))],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data].spec.resources.requests.storage 10Gi -> 5Gi cannot shrink',
    ],
  },
  {
    name: 'StatefulSet: claim template of another class',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        spec({
          volumeClaimTemplates: [patched(o.claimTemplate('data'), spec({ storageClassName: 'fast' }))],
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data].spec.storageClassName (new: fast) cannot change',
    ],
  },
  {
    name: 'StatefulSet: claim template labelled',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        spec({
          volumeClaimTemplates: [patched(o.claimTemplate('data'), { metadata: { labels: { app: 'db' } } })],
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.volumeClaimTemplates[data].metadata.labels.app (new: db) cannot change',
    ],
  },
  {
    name: 'StatefulSet: another selector',
    before: [o.statefulSet],
    after: [
      patched(
        o.statefulSet,
        spec({
          selector: { matchLabels: { tier: 'data' } },
          template: { metadata: { labels: { tier: 'data' } } },
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.selector.matchLabels.tier (new: data) cannot change',
    ],
  },
  {
    name: 'StatefulSet: another serviceName',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ serviceName: 'db-headless' }))],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.serviceName db -> db-headless cannot change',
    ],
  },
  {
    name: 'StatefulSet: another podManagementPolicy',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, spec({ podManagementPolicy: 'Parallel' }))],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.podManagementPolicy OrderedReady -> Parallel cannot change',
    ],
  },
  {
    name: 'StatefulSet: an immutable field, and a new image that never comes true',
    before: [o.statefulSet],
    after: [
      patched(o.statefulSet, {
        spec: { serviceName: 'other', ...withContainer('db', { image: 'nginx:1.28' }).spec },
      }),
    ],
    says: [
      'refused: the API server refuses the change of StatefulSet shop/db: spec.serviceName db -> other cannot change',
    ],
  },
  {
    name: 'StatefulSet: an immutable field, and an annotation that makes it anew',
    before: [o.statefulSet],
    after: [
      patched(o.statefulSet, {
        metadata: { annotations: { 'argocd.argoproj.io/sync-options': 'Force=true,Replace=true' } },
        spec: { serviceName: 'other' },
      }),
    ],
    says: [
      'outage: StatefulSet shop/db is deleted and made anew, because it cannot be changed and argocd.argoproj.io/sync-options: Force=true,Replace=true asks for that: StatefulSet shop/db is deleted and all its pods end; claims data-db-0 to data-db-2 stay',
    ],
    server: 'not asked',
  },
  {
    name: 'StatefulSet: deleted',
    before: [o.statefulSet],
    after: [],
    says: ['outage: StatefulSet shop/db is deleted and all its pods end; claims data-db-0 to data-db-2 stay'],
  },
  {
    name: 'StatefulSet: deleted with its claims',
    before: [
      patched(o.statefulSet, spec({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })),
    ],
    after: [],
    says: [
      'data-lost: StatefulSet shop/db is deleted and all its pods end, and with them claims data-db-0 to data-db-2 and all data, because whenDeleted is Delete',
    ],
  },
  {
    name: 'StatefulSet: renamed',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, { metadata: { name: 'database' } })],
    says: [
      'data-lost: StatefulSet shop/db is deleted and all its pods end; claims data-db-0 to data-db-2 are left behind, and StatefulSet shop/database, which takes its place, starts empty',
      'applied-live: StatefulSet shop/database is created',
    ],
  },
  {
    name: 'StatefulSet: moved to another namespace',
    before: [o.statefulSet],
    after: [patched(o.statefulSet, { metadata: { namespace: 'store' } })],
    says: [
      'data-lost: StatefulSet shop/db is deleted and all its pods end; claims data-db-0 to data-db-2 are left behind, and StatefulSet store/db, which takes its place, starts empty',
      'applied-live: StatefulSet store/db is created',
    ],
    server: 'not asked',
  },
  {
    name: 'StatefulSet: rendered no more, and kept',
    before: [patched(o.statefulSet, { metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } })],
    after: [],
    says: [
      'nothing: StatefulSet shop/db is rendered no more and stays, because of helm.sh/resource-policy: keep',
    ],
  },
  {
    name: 'StatefulSet: variables in another order',
    before: [
      patched(
        o.statefulSet,
        withContainer('db', {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        }),
      ),
    ],
    after: [
      patched(
        o.statefulSet,
        withContainer('db', {
          env: [
            { name: 'B', value: '2' },
            { name: 'A', value: '1' },
          ],
        }),
      ),
    ],
    says: [
      'rolling-restart: 3 pods of StatefulSet shop/db restart, one at a time, the highest ordinal first, each after the one before it is ready: containers[db].env ["A","B"] -> ["B","A"]',
    ],
  },
];

/** Pairs of other workloads. */
export const workloadPairs: readonly Pair[] = [
  {
    name: 'Deployment: another image',
    before: [o.deployment],
    after: [patched(o.deployment, withContainer('web', { image: 'nginx:1.28' }))],
    says: [
      'rolling-restart: 4 pods of Deployment shop/web are replaced, at most 1 missing and 1 more than wanted at a time: image of web nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Deployment: Recreate, another image',
    before: [patched(o.deployment, spec({ strategy: { type: 'Recreate' } }))],
    after: [
      patched(o.deployment, {
        spec: { strategy: { type: 'Recreate' }, ...withContainer('web', { image: 'nginx:1.28' }).spec },
      }),
    ],
    says: [
      'outage: all pods of Deployment shop/web end before new ones start, because its strategy is Recreate: image of web nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Deployment: all at a time, another image',
    before: [patched(o.deployment, spec({ strategy: { rollingUpdate: { maxUnavailable: '100%' } } }))],
    after: [
      patched(o.deployment, {
        spec: {
          strategy: { rollingUpdate: { maxUnavailable: '100%' } },
          ...withContainer('web', { image: 'nginx:1.28' }).spec,
        },
      }),
    ],
    says: [
      'outage: all 4 pods of Deployment shop/web may be replaced together, because maxUnavailable is 100%: image of web nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Deployment: more and fewer pods',
    before: [o.deployment, patched(o.deployment, { metadata: { name: 'more' } })],
    after: [
      patched(o.deployment, spec({ replicas: 3 })),
      patched(o.deployment, { metadata: { name: 'more' }, spec: { replicas: 6 } }),
    ],
    says: [
      'applied-live: 2 pods of Deployment shop/more are added: spec.replicas 4 -> 6',
      'applied-live: 1 pod of Deployment shop/web is ended: spec.replicas 4 -> 3',
    ],
  },
  {
    name: 'Deployment: no pods, and the Service that needs them',
    before: [o.deployment, o.service],
    after: [patched(o.deployment, spec({ replicas: 0 })), o.service],
    says: [
      'outage: all pods of Deployment shop/web end: spec.replicas 4 -> 0',
      'outage: Service shop/web has no pods any more: its last ones were those of Deployment shop/web',
    ],
  },
  {
    name: 'Deployment: replicas are rendered no more',
    before: [o.deployment],
    after: [patched(o.deployment, spec({ replicas: null }))],
    says: [
      'outage: spec.replicas of Deployment shop/web is rendered no more, and whoever applies that sets it to 1, so 3 pods end: it was 4',
    ],
  },
  {
    name: 'Deployment: another selector',
    before: [o.deployment],
    after: [
      patched(
        o.deployment,
        spec({
          selector: { matchLabels: { app: 'web', tier: 'front' } },
          template: { metadata: { labels: { tier: 'front' } } },
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of Deployment shop/web: spec.selector.matchLabels.tier (new: front) cannot change',
    ],
  },
  {
    name: 'Deployment: another strategy',
    before: [o.deployment],
    after: [patched(o.deployment, spec({ strategy: { rollingUpdate: { maxSurge: 1 } } }))],
    says: [
      'applied-live: Deployment shop/web replaces its pods differently from now on: spec.strategy.rollingUpdate.maxSurge 25% -> 1',
    ],
  },
  {
    name: 'Deployment: Recreate from now on',
    before: [o.deployment],
    after: [patched(o.deployment, spec({ strategy: { type: 'Recreate' } }))],
    says: [
      'refused: the API server refuses the change of Deployment shop/web by server-side apply (kubectl --server-side, Flux): spec.strategy.rollingUpdate was not rendered, and the rollingUpdate that it was given by default stays in place beside the new type',
    ],
  },
  {
    name: 'Deployment: Recreate from now on, after a type that was rendered',
    before: [patched(o.deployment, spec({ strategy: { type: 'RollingUpdate' } }))],
    after: [patched(o.deployment, spec({ strategy: { type: 'Recreate' } }))],
    says: [
      'refused: the API server refuses the change of Deployment shop/web by server-side apply (kubectl --server-side, Flux): spec.strategy.rollingUpdate was not rendered, and the rollingUpdate that it was given by default stays in place beside the new type',
    ],
  },
  {
    name: 'Deployment: Recreate from now on, after a rollingUpdate that was rendered',
    before: [patched(o.deployment, spec({ strategy: { rollingUpdate: { maxSurge: 1 } } }))],
    after: [patched(o.deployment, spec({ strategy: { type: 'Recreate', rollingUpdate: null } }))],
    says: [
      'applied-live: Deployment shop/web replaces its pods differently from now on: spec.strategy.type RollingUpdate -> Recreate',
    ],
  },
  {
    name: 'Deployment: paused',
    before: [o.deployment],
    after: [patched(o.deployment, spec({ paused: true }))],
    says: ['applied-live: Deployment shop/web is paused: changes of its template wait until it is not'],
  },
  {
    name: 'Deployment: deleted, and the Service stays',
    before: [o.deployment, o.service],
    after: [o.service],
    says: [
      'outage: Deployment shop/web is deleted and all its pods end',
      'outage: Service shop/web has no pods any more: its last ones were those of Deployment shop/web',
    ],
  },
  {
    name: 'Deployment: the label goes that the Service selects',
    before: [
      patched(o.deployment, spec({ template: { metadata: { labels: { front: 'yes' } } } })),
      patched(o.service, spec({ selector: { app: null, front: 'yes' } })),
    ],
    after: [o.deployment, patched(o.service, spec({ selector: { app: null, front: 'yes' } }))],
    says: [
      'outage: Service shop/web has no pods any more: its last ones were those of Deployment shop/web',
      'rolling-restart: 4 pods of Deployment shop/web are replaced, at most 1 missing and 1 more than wanted at a time: metadata.labels.front (removed: yes)',
    ],
  },
  {
    name: 'DaemonSet: another image',
    before: [o.daemonSet],
    after: [patched(o.daemonSet, withContainer('agent', { image: 'nginx:1.28' }))],
    says: [
      'rolling-restart: the pod of DaemonSet shop/agent on each node restarts, 1 at a time: image of agent nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'DaemonSet: another selector',
    before: [o.daemonSet],
    after: [
      patched(
        o.daemonSet,
        spec({ selector: { matchLabels: { on: 'all' } }, template: { metadata: { labels: { on: 'all' } } } }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of DaemonSet shop/agent: spec.selector.matchLabels.on (new: all) cannot change',
    ],
  },
  {
    name: 'DaemonSet: OnDelete becomes RollingUpdate',
    before: [patched(o.daemonSet, spec({ updateStrategy: { type: 'OnDelete' } }))],
    after: [o.daemonSet],
    says: [
      'rolling-restart: pods of DaemonSet shop/agent that are not of its newest template restart: spec.updateStrategy.type OnDelete -> RollingUpdate',
    ],
  },
  {
    name: 'ReplicaSet: another image',
    before: [o.replicaSet],
    after: [patched(o.replicaSet, withContainer('old', { image: 'nginx:1.28' }))],
    says: [
      'applied-live: only pods that ReplicaSet shop/old makes from now on are of the new template: spec.template.spec.containers[old].image nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'ReplicaSet: another selector',
    before: [o.replicaSet],
    after: [
      patched(
        o.replicaSet,
        spec({
          selector: { matchLabels: { age: 'old' } },
          template: { metadata: { labels: { age: 'old' } } },
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of ReplicaSet shop/old: spec.selector.matchLabels.age (new: old) cannot change',
    ],
  },
  {
    name: 'Job: another image',
    before: [o.job],
    after: [patched(o.job, withContainer('migrate', { image: 'nginx:1.28' }))],
    says: [
      'refused: the API server refuses the change of Job shop/migrate: spec.template.spec.containers[migrate].image nginx:1.27 -> nginx:1.28 cannot change',
    ],
  },
  {
    name: 'Job: another image of a hook, and nobody knows who applies it',
    before: [hookOf('helm.sh/hook', 'pre-upgrade')],
    after: [
      patched(hookOf('helm.sh/hook', 'pre-upgrade'), withContainer('migrate', { image: 'nginx:1.28' })),
    ],
    says: [
      'refused: the API server refuses the change of Job shop/migrate by kubectl apply; it is a hook, so Helm or Argo CD would delete it first, and it would run again: image of migrate nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Job: another image and number of a hook of Argo CD, and nobody knows who applies it',
    before: [hookOf('argocd.argoproj.io/hook', 'PreSync')],
    after: [
      patched(hookOf('argocd.argoproj.io/hook', 'PreSync'), {
        spec: { completions: 2, ...withContainer('migrate', { image: 'nginx:1.28' }).spec },
      }),
    ],
    says: [
      'refused: the API server refuses the change of Job shop/migrate by kubectl apply; it is a hook, so Argo CD would delete it first, and it would run again: completions 1 -> 2',
      'refused: the API server refuses the change of Job shop/migrate by kubectl apply; it is a hook, so Argo CD would delete it first, and it would run again: image of migrate nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Job: another image of a hook of a release of Helm',
    before: [patched(hookOf('helm.sh/hook', 'pre-upgrade'), byHelm)],
    after: [
      patched(patched(hookOf('helm.sh/hook', 'pre-upgrade'), byHelm), {
        ...withContainer('migrate', { image: 'nginx:1.28' }),
      }),
    ],
    says: [
      'applied-live: Job shop/migrate is a hook, so Helm deletes it and it runs again, as at each release; kubectl apply would be refused: image of migrate nginx:1.27 -> nginx:1.28',
    ],
    server: 'not asked',
  },
  {
    name: 'Job: another image of a hook beside objects for Argo CD',
    before: [hookOf('argocd.argoproj.io/hook', 'PreSync'), inWave(o.deployment)],
    after: [
      patched(
        hookOf('argocd.argoproj.io/hook', 'PreSync'),
        withContainer('migrate', { image: 'nginx:1.28' }),
      ),
      inWave(o.deployment),
    ],
    says: [
      'applied-live: Job shop/migrate is a hook, so Argo CD deletes it and it runs again, as at each release; kubectl apply would be refused: image of migrate nginx:1.27 -> nginx:1.28',
    ],
    server: 'not asked',
  },
  {
    name: 'Job: more completions',
    before: [patched(o.job, spec({ completions: 2 }))],
    after: [patched(o.job, spec({ completions: 4 }))],
    says: [
      'refused: the API server refuses the change of Job shop/migrate: spec.completions 2 -> 4 cannot change',
    ],
  },
  {
    name: 'Job: more completions of one that has indexes',
    before: [patched(o.job, spec({ completionMode: 'Indexed', completions: 2, parallelism: 2 }))],
    after: [patched(o.job, spec({ completionMode: 'Indexed', completions: 4, parallelism: 4 }))],
    says: [
      'applied-live: Job shop/migrate has another number of indexes: spec.completions 2 -> 4',
      'applied-live: Job shop/migrate takes it up while it runs: spec.parallelism 2 -> 4',
    ],
  },
  {
    name: 'Job: Indexed',
    before: [patched(o.job, spec({ completions: 2 }))],
    after: [patched(o.job, spec({ completions: 2, completionMode: 'Indexed' }))],
    says: [
      'refused: the API server refuses the change of Job shop/migrate: spec.completionMode NonIndexed -> Indexed cannot change',
    ],
  },
  {
    name: 'Job: a policy for failed pods',
    before: [o.job],
    after: [
      patched(
        o.job,
        spec({
          podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }] },
        }),
      ),
    ],
    says: [
      'refused: the API server refuses the change of Job shop/migrate: spec.podFailurePolicy (new) cannot change',
      'refused: the API server refuses the change of Job shop/migrate: spec.podReplacementPolicy TerminatingOrFailed -> Failed cannot change',
    ],
  },
  {
    name: 'Job: limits that may change',
    before: [patched(o.job, spec({ completions: 4 }))],
    after: [
      patched(
        o.job,
        spec({
          completions: 4,
          parallelism: 2,
          backoffLimit: 1,
          activeDeadlineSeconds: 900,
          ttlSecondsAfterFinished: 60,
        }),
      ),
    ],
    says: [
      'applied-live: Job shop/migrate takes it up while it runs: spec.activeDeadlineSeconds (new: 900), spec.backoffLimit 6 -> 1, spec.parallelism 1 -> 2 and 1 more',
    ],
  },
  {
    name: 'Job: other nodes for one that waits',
    before: [patched(o.job, spec({ suspend: true }))],
    after: [patched(o.job, spec({ suspend: true, template: { spec: { nodeSelector: { disk: 'ssd' } } } }))],
    says: [
      'applied-live: Job shop/migrate is suspended, and takes it up before it starts: spec.template.spec.nodeSelector.disk (new: ssd)',
    ],
  },
  {
    name: 'Job: suspended',
    before: [o.job],
    after: [patched(o.job, spec({ suspend: true }))],
    says: ['applied-live: Job shop/migrate is suspended and its pods end'],
  },
  {
    name: 'Job: created and deleted',
    before: [o.job],
    after: [patched(o.job, { metadata: { name: 'migrate-2' } })],
    says: [
      'applied-live: Job shop/migrate is deleted with its pods; if it still runs, it is cut off',
      'applied-live: Job shop/migrate-2 is created and runs',
    ],
  },
  {
    name: 'CronJob: another image and another time',
    before: [o.cronJob],
    after: [
      patched(
        o.cronJob,
        spec({
          schedule: '0 4 * * *',
          jobTemplate: {
            spec: {
              template: { spec: { containers: [{ ...o.container, name: 'migrate', image: 'nginx:1.28' }] } },
            },
          },
        }),
      ),
    ],
    says: [
      'applied-live: the next run of CronJob shop/report is of the new template: image of migrate nginx:1.27 -> nginx:1.28',
      'applied-live: CronJob shop/report starts its runs differently from now on: spec.schedule 0 3 * * * -> 0 4 * * *',
    ],
  },
  {
    name: 'CronJob: suspended, deleted',
    before: [o.cronJob, patched(o.cronJob, { metadata: { name: 'weekly' } })],
    after: [patched(o.cronJob, spec({ suspend: true }))],
    says: [
      'applied-live: CronJob shop/report starts no more runs',
      'applied-live: CronJob shop/weekly is deleted, with Jobs of it that still run: it runs no more',
    ],
  },
  {
    name: 'Pod: another image',
    before: [o.pod],
    after: [patched(o.pod, spec({ containers: [{ ...o.container, image: 'nginx:1.28' }] }))],
    says: [
      'outage: a container of Pod shop/solo restarts, and nobody serves meanwhile: image of web nginx:1.27 -> nginx:1.28',
    ],
  },
  {
    name: 'Pod: another variable',
    before: [o.pod],
    after: [
      patched(o.pod, spec({ containers: [{ ...o.container, env: [{ name: 'LEVEL', value: 'debug' }] }] })),
    ],
    says: [
      'refused: the API server refuses the change of Pod shop/solo: spec.containers[web].env[LEVEL] (new: {"name":"LEVEL","value":"debug"}) cannot change',
    ],
  },
  {
    name: 'Pod: one more toleration and a deadline',
    before: [o.pod],
    after: [
      patched(
        o.pod,
        spec({ activeDeadlineSeconds: 600, tolerations: [{ key: 'spot', operator: 'Exists' }] }),
      ),
    ],
    says: [
      'applied-live: Pod shop/solo takes it up: spec.activeDeadlineSeconds (new: 600)',
      'applied-live: Pod shop/solo takes it up: spec.tolerations (new: [{"key":"spot","operator":"Exists"}])',
    ],
  },
  {
    name: 'Pod: deleted',
    before: [o.pod],
    after: [],
    says: ['outage: Pod shop/solo ends, and nothing makes it anew'],
  },
];
