import { patched } from '../../plan/objects';
import { missing } from '../harness/wait';
import type { Outcome } from './outcome';
import * as o from './outcome-objects';

const untouched = { kept: 1, gone: 0, came: 0, fewest: 1, most: 1 };
const ended = { kept: 0, gone: 1, came: 0 };

const policy = (fields: object) => ({ persistentVolumeClaimRetentionPolicy: fields });

/** Claims that end with their StatefulSet. */
export const quickData: readonly Outcome[] = [
  {
    name: 'deleted',
    before: [o.store('deleted', policy({ whenDeleted: 'Delete' }))],
    after: [],
    says: [
      'data-lost: StatefulSet deleted is deleted and all its pods end, and with them claim data-deleted-0 and all data, because whenDeleted is Delete',
    ],
    seen: { pods: ended, claims: { 'data-deleted-0': 'gone' } },
  },
];

const scaledAway = o.store('scaled-away', { replicas: 2, ...policy({ whenScaled: 'Delete' }) });
const scaledKept = o.store('scaled-kept', { replicas: 2 });
const renamed = o.store('renamed');
const retained = o.store('retained');
const fromNowOn = o.store('from-now-on');
const ordinals = o.store('ordinals');
const inUse = o.deployment('in-use', {}, o.ofClaim('in-use'));
const grown = o.deployment('grown', {}, o.ofClaim('grown'));

/** Other changes of claims, and of what has them. */
export const slowData: readonly Outcome[] = [
  {
    name: 'scaled-away',
    before: [scaledAway],
    after: [patched(scaledAway, { spec: { replicas: 1 } })],
    says: [
      'data-lost: the pod of StatefulSet scaled-away with the highest ordinal ends, and what was claimed there is deleted with all data, because whenScaled is Delete',
    ],
    seen: {
      pods: { kept: 1, gone: 1, came: 0, fewest: 1, left: ['scaled-away-1'] },
      claims: { 'data-scaled-away-0': 'kept', 'data-scaled-away-1': 'gone' },
    },
  },
  {
    name: 'scaled-kept',
    before: [scaledKept],
    after: [patched(scaledKept, { spec: { replicas: 1 } })],
    says: [
      'applied-live: the pod of StatefulSet scaled-kept with the highest ordinal ends, and nobody tells the program in it that it does not come back; its claims stay',
    ],
    seen: {
      pods: { kept: 1, gone: 1, came: 0, fewest: 1, left: ['scaled-kept-1'] },
      claims: { 'data-scaled-kept-0': 'kept', 'data-scaled-kept-1': 'kept' },
    },
  },
  {
    name: 'renamed',
    before: [renamed],
    after: [patched(renamed, { metadata: { name: 'anew' } })],
    says: [
      'data-lost: StatefulSet renamed is deleted and all its pods end; claim data-renamed-0 is left behind, and StatefulSet anew, which takes its place, starts empty',
      'applied-live: StatefulSet anew is created',
    ],
    seen: {
      pods: { kept: 0, gone: 1, came: 1 },
      claims: { 'data-renamed-0': 'kept', 'data-anew-0': 'new' },
      sees: (scene) => scene.logs('anew-0', 'empty'),
    },
  },
  {
    name: 'retained',
    before: [retained],
    after: [],
    says: ['outage: StatefulSet retained is deleted and all its pods end; claim data-retained-0 stays'],
    seen: { pods: { ...ended, fewest: 0 }, claims: { 'data-retained-0': 'kept' } },
    next: {
      act: (scene) => scene.apply(retained),
      seen: {
        pods: { kept: 0, gone: 1, came: 1 },
        claims: { 'data-retained-0': 'kept' },
        sees: (scene) => scene.logs('retained-0', 'found'),
      },
    },
  },
  {
    name: 'from-now-on',
    before: [fromNowOn],
    after: [patched(fromNowOn, { spec: policy({ whenDeleted: 'Delete' }) })],
    says: [
      'data-lost: from now on claims of StatefulSet from-now-on are deleted with all data as soon as the StatefulSet is deleted',
    ],
    seen: {
      pods: untouched,
      claims: { 'data-from-now-on-0': 'kept' },
      sees: async (scene) => {
        const claim = patched(o.claim('from-now-on'), { metadata: { name: 'data-from-now-on-0' } });
        const { metadata } = await scene.stored(claim);
        if (!('ownerReferences' in metadata)) missing('nobody owns the claim');
      },
    },
    next: {
      act: (scene) => scene.delete(fromNowOn),
      seen: { pods: ended, claims: { 'data-from-now-on-0': 'gone' } },
    },
  },
  {
    name: 'ordinals',
    before: [ordinals],
    after: [patched(ordinals, { spec: { ordinals: { start: 1 } } })],
    says: [
      'data-lost: pod ordinals-0 of StatefulSet ordinals ends; claims stay behind, and pod ordinals-1 of StatefulSet ordinals is made, which starts empty',
    ],
    seen: {
      // The new one is made before the old one ends.
      pods: { kept: 0, gone: 1, came: 1, fewest: 1, most: 2 },
      claims: { 'data-ordinals-0': 'kept', 'data-ordinals-1': 'new' },
      sees: (scene) => scene.logs('ordinals-1', 'empty'),
    },
  },
  {
    name: 'claim-deleted',
    before: [o.claim('claim-deleted'), o.pod('claim-deleted', o.ofClaim('claim-deleted'))],
    after: [],
    says: [
      'data-lost: PersistentVolumeClaim claim-deleted is deleted, and its data with it, unless its volume is retained',
      'outage: Pod claim-deleted ends, and nothing makes it anew',
    ],
    seen: { pods: ended, claims: { 'claim-deleted': 'gone' } },
  },
  {
    name: 'in-use',
    before: [o.claim('in-use'), inUse],
    after: [inUse],
    says: [
      'data-lost: PersistentVolumeClaim in-use is deleted, as soon as no pod of Deployment in-use uses it, and none starts again, and its data with it',
    ],
    seen: { pods: untouched, claims: { 'in-use': 'leaving' } },
    next: {
      act: (scene) => scene.deletePod(),
      seen: {
        pods: { ...ended, fewest: 0 },
        claims: { 'in-use': 'gone' },
        sees: (scene) => scene.refusesToStart(/persistentvolumeclaim "in-use" (not found|is being deleted)/),
      },
    },
  },
  {
    name: 'grown',
    before: [o.claim('grown'), grown],
    after: [o.claim('grown', '512Mi'), grown],
    says: ['applied-live: the volume of PersistentVolumeClaim grown grows, if its StorageClass allows that'],
    seen: {
      pods: untouched,
      claims: { grown: 'kept' },
      sees: async (scene) => {
        const { status } = await scene.stored(o.claim('grown'));
        if (status.capacity.storage !== '512Mi') missing(`its capacity is ${status.capacity.storage}`);
        // More than the whole of what it had: 320 MiB.
        await scene.prints("df -k /data | awk 'NR > 1 { print ($2 > 327680) }'", '1');
      },
    },
  },
];
