import { quantity } from '../quantity';
import type { Manifest } from '../types';
import {
  type Changed,
  type Draft,
  each,
  few,
  immutable,
  type KindRules,
  refused,
  shown,
  type Whole,
} from './rule';
import { nameOfWorkload, World } from './world';

function classOf({ spec }: Manifest, { context }: Pick<Changed, 'context'>): Manifest | undefined {
  return World.of(context.after)
    .all('StorageClass.storage.k8s.io')
    .find(({ metadata }) => metadata.name === spec?.storageClassName);
}

const RECREATE = 'make a new claim and copy the data into it';

function lost(changed: Changed, why: string): Draft {
  return {
    verdict: 'data-lost',
    what: `${changed.object} ${why} only by being deleted and made anew, and its data goes with it`,
    instead: RECREATE,
  };
}

const size = each(['spec.resources.requests.storage'], (field, changed) => {
  const { object, after } = changed;
  const [from, to] = [quantity(field.from), quantity(field.to)];
  if (to !== undefined && from !== undefined && to > from) {
    const storage = classOf(after, changed);
    if (storage && storage.allowVolumeExpansion !== true)
      return refused(
        field,
        object,
        RECREATE,
        `cannot grow, because StorageClass ${storage.metadata.name} does not allow it`,
      );
    const what = `the volume of ${object} grows, if its StorageClass allows that: ${shown(field)}`;
    return { verdict: 'applied-live', what };
  }
  return [
    refused(field, object, 'keep the size: no volume of Kubernetes shrinks', 'cannot shrink'),
    lost(changed, 'gets smaller'),
  ];
});

const storageClass = each(['spec.storageClassName'], (field, changed) => {
  const { object } = changed;
  if (field.from === undefined)
    return refused(
      field,
      object,
      'name the class that the claim has got (kubectl get persistentvolumeclaim)',
      'cannot change, unless it is the class that it has got',
    );
  if (field.to === undefined)
    return {
      verdict: 'nothing',
      what: `${object} keeps its StorageClass ${field.from}, although it is rendered no more`,
    };
  return [refused(field, object, RECREATE), lost(changed, 'gets another StorageClass')];
});

function deleted({ object, manifest, context }: Whole): Draft[] {
  const users = World.of(context.after).needing(manifest).map(nameOfWorkload);
  const storage = World.of(context.before)
    .all('StorageClass.storage.k8s.io')
    .find(({ metadata }) => metadata.name === manifest.spec?.storageClassName);
  const waits = users.length > 0 ? `, as soon as no pod of ${few(users)} uses it, and none starts again` : '';
  if (storage?.reclaimPolicy === 'Retain') {
    const what = `${object} is deleted${waits}; its volume stays, because StorageClass ${storage.metadata.name} retains it, but no claim finds it by itself`;
    return [{ verdict: users.length > 0 ? 'outage' : 'applied-live', what, needsYes: true }];
  }
  const what = `${object} is deleted${waits}, and its data with it, unless its volume is retained`;
  return [
    { verdict: 'data-lost', what, instead: 'keep the claim, or back up what is on it', needsYes: true },
  ];
}

/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
export const claims: KindRules = {
  deleted,
  changed: [
    size,
    storageClass,
    each(['spec.volumeAttributesClassName'], (field, { object }) => ({
      verdict: 'applied-live',
      what: `the volume of ${object} gets other attributes: ${shown(field)}`,
    })),
    // Of a claim that is bound, which the manifests do not tell; one that was never bound cannot either.
    each(['spec.volumeName'], (field, { object }) =>
      field.to === undefined
        ? {
            verdict: 'nothing',
            what: `${object} keeps its volume ${field.from}, although it is rendered no more`,
          }
        : refused(field, object, RECREATE),
    ),
    immutable(['spec'], RECREATE),
  ],
};

const KEEP = 'make a new object under another name';

/** https://kubernetes.io/docs/concepts/storage/storage-classes/ */
export const storageClasses: KindRules = {
  deleted: ({ object, manifest, context }) => {
    const needing = World.of(context.after)
      .objects.filter((of) =>
        JSON.stringify(of.spec ?? {}).includes(`"storageClassName":"${manifest.metadata.name}"`),
      )
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    return needing.length === 0
      ? [{ verdict: 'applied-live', what: `${object} is deleted; volumes that exist stay as they are` }]
      : [
          {
            verdict: 'outage',
            what: `${object} is deleted: volumes that exist stay as they are, but new claims of ${few(needing)} wait for ever`,
            instead: `keep ${object}`,
            needsYes: true,
          },
        ];
  },
  changed: [
    immutable(['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'], KEEP),
    each(['allowVolumeExpansion', 'mountOptions', 'allowedTopologies'], (field, { object }) => ({
      verdict: 'applied-live',
      what: `volumes that ${object} makes from now on are different, those that exist are not: ${shown(field)}`,
    })),
  ],
};

const SOURCES = [
  ...['csi', 'hostPath', 'local', 'nfs', 'iscsi', 'fc', 'rbd', 'cephfs', 'glusterfs', 'cinder', 'flocker'],
  ...['awsElasticBlockStore', 'gcePersistentDisk', 'azureDisk', 'azureFile', 'vsphereVolume', 'quobyte'],
  ...['portworxVolume', 'photonPersistentDisk', 'scaleIO', 'storageos', 'flexVolume', 'volumeMode'],
].map((name) => `spec.${name}`);

/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming */
export const volumes: KindRules = {
  deleted: ({ object, manifest }) => {
    const kept = (manifest.spec?.persistentVolumeReclaimPolicy ?? 'Retain') === 'Retain';
    const what = kept
      ? `${object} is deleted as soon as no claim uses it; what is stored stays where it is`
      : `${object} is deleted as soon as no claim uses it, and its data with it, because its reclaim policy is Delete`;
    return [{ verdict: kept ? 'outage' : 'data-lost', what, needsYes: true }];
  },
  changed: [
    immutable(SOURCES, KEEP),
    each(['spec.nodeAffinity'], (field, { object }) =>
      field.from === undefined
        ? { verdict: 'applied-live', what: `${object} is bound to nodes: ${shown(field)}` }
        : refused(field, object, KEEP),
    ),
    each(['spec.persistentVolumeReclaimPolicy'], (field, { object }) =>
      field.to === 'Delete'
        ? {
            verdict: 'data-lost',
            what: `from now on ${object} is deleted with its data as soon as its claim is: ${shown(field)}`,
            instead: 'keep Retain',
            needsYes: true,
          }
        : { verdict: 'applied-live', what: `${object} outlives its claim: ${shown(field)}` },
    ),
    each(['spec'], (field, { object }) => ({
      verdict: 'applied-live',
      what: `${object} takes it up for claims that are bound from now on: ${shown(field)}`,
    })),
  ],
};
